"""What the verbs need to know about the environment, published as one parameter."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from settings import Machine

from infra import claim
from infra.ground import Ground
from infra.policies.serving import capture_prefix
from pipeline import instances, names


@dataclass(frozen=True, kw_only=True)
class FactsArgs:
    """Arguments of Facts. The bucket and its key are the registry's."""

    ground: Ground
    machine: Machine
    role_arn: pulumi.Input[str]
    bucket: pulumi.Input[str]
    platform_key: pulumi.Input[str]
    key_arn: pulumi.Input[str]
    ledger: pulumi.Input[str]
    topic_arn: pulumi.Input[str]


class Facts(pulumi.ComponentResource):
    """The environment's parameter: a release reads nothing else."""

    parameter: pulumi.Output[str]

    def __init__(self, name: str, args: FactsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Facts", name, None, opts)
        on = args.ground
        subnets, security_groups = on.network
        # AWS takes no key for the volume of a machine with disks of its own
        volume_key = None if instances.local_disks(args.machine.instance_type) else args.key_arn
        parameter = aws.ssm.Parameter(
            "parameter",
            name=names.parameter(on.project, on.part, "service"),
            type="String",
            value=pulumi.Output.json_dumps(
                {
                    "repository": claim.repository(on.project),
                    "endpoint": names.endpoint(on.project, on.part),
                    "execution_role_arn": args.role_arn,
                    "instance_type": args.machine.instance_type,
                    "instance_count": args.machine.count,
                    "maximum_instances": args.machine.maximum,
                    "bucket": args.bucket,
                    "capture_s3_uri": pulumi.Output.format(
                        "s3://{0}/{1}", args.bucket, capture_prefix(on.part)
                    ),
                    "capture_key_arn": args.platform_key,
                    "volume_key_arn": volume_key,
                    "ledger_table": args.ledger,
                    "alarm_topic_arn": args.topic_arn,
                    "model_package_group": on.place.group,
                    "subnets": list(subnets),
                    "security_groups": list(security_groups),
                }
            ),
            tags=on.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.parameter = parameter.name
        self.register_outputs({"parameter": self.parameter})
