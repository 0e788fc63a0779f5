"""The model registry: one group, whose packages the verbs create."""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra import claim
from infra.ground import Ground
from infra.policies import resources
from pipeline import names


@dataclass(frozen=True, kw_only=True)
class RegistryArgs:
    """Arguments of Registry."""

    ground: Ground


class Registry(pulumi.ComponentResource):
    """The model package group, open to the releases of other accounts where there are such."""

    group: pulumi.Output[str]
    arn: pulumi.Output[str]

    def __init__(self, name: str, args: RegistryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Registry", name, None, opts)
        inside, project = pulumi.ResourceOptions(parent=self), args.ground.project
        group = aws.sagemaker.ModelPackageGroup(
            "group",
            model_package_group_name=names.model_package_group(project),
            model_package_group_description=project.description,
            tags=args.ground.tags,
            opts=inside,
        )
        if shared := resources.group(args.ground.place):
            aws.sagemaker.ModelPackageGroupPolicy(
                "group",
                model_package_group_name=group.model_package_group_name,
                resource_policy=json.dumps(shared),
                opts=inside,
            )
        aws.ssm.Parameter(
            "parameter",
            name=names.parameter(project, "platform", "registry"),
            type="String",
            value=json.dumps(
                {
                    "repository": claim.repository(project),
                    "model_package_group": names.model_package_group(project),
                }
            ),
            tags=args.ground.tags,
            opts=inside,
        )
        self.group, self.arn = group.model_package_group_name, group.arn
        self.register_outputs({"group": self.group, "arn": self.arn})
