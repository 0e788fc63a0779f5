"""The endpoint's first creation, and its scaling. Every later change of what it serves is a release."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from settings import Machine

from infra.ground import Ground
from pipeline import names

REQUESTS_PER_INSTANCE = 3000  # a minute, the target that scaling keeps to: 50 a second


@dataclass(frozen=True, kw_only=True)
class EndpointArgs:
    """Arguments of Endpoint."""

    ground: Ground
    configuration: str
    machine: Machine
    protected: bool


class Endpoint(pulumi.ComponentResource):
    """The endpoint and, when it may grow, its scaling."""

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: EndpointArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Endpoint", name, None, opts)
        named = names.endpoint(args.ground.project, args.ground.part)
        endpoint = aws.sagemaker.Endpoint(
            "endpoint",
            name=named,
            endpoint_config_name=args.configuration,
            tags=args.ground.tags,
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=args.protected,
                # the release tool's: Pulumi would take a rolled-back release for a success
                ignore_changes=["endpoint_config_name", "deployment_config"],
            ),
        )
        if args.machine.maximum > args.machine.count:
            self._scaling(args, endpoint)
        self.arn = endpoint.arn
        self.register_outputs({"arn": self.arn})

    def _scaling(self, args: EndpointArgs, endpoint: aws.sagemaker.Endpoint) -> None:
        inside = pulumi.ResourceOptions(parent=self, depends_on=[endpoint])
        named = names.endpoint(args.ground.project, args.ground.part)
        target = aws.appautoscaling.Target(
            "target",
            service_namespace="sagemaker",
            resource_id=f"endpoint/{named}/variant/{names.VARIANT}",
            scalable_dimension="sagemaker:variant:DesiredInstanceCount",
            min_capacity=args.machine.count,
            max_capacity=args.machine.maximum,
            tags=args.ground.tags,
            opts=inside,
        )
        aws.appautoscaling.Policy(
            "scaling",
            name=f"{named}-requests",
            policy_type="TargetTrackingScaling",
            service_namespace=target.service_namespace,
            resource_id=target.resource_id,
            scalable_dimension=target.scalable_dimension,
            target_tracking_scaling_policy_configuration={
                "target_value": REQUESTS_PER_INSTANCE,
                "predefined_metric_specification": {
                    "predefined_metric_type": "SageMakerVariantInvocationsPerInstance"
                },
            },
            opts=inside,
        )
