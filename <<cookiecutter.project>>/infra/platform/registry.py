"""The model registry: one group, whose packages the verbs create."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from pipeline import names


@dataclass(frozen=True, kw_only=True)
class RegistryArgs:
    """Arguments of Registry."""

    project: names.Project
    tags: Mapping[str, str]


class Registry(pulumi.ComponentResource):
    """The model package group."""

    group: pulumi.Output[str]

    def __init__(self, name: str, args: RegistryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Registry", name, None, opts)
        inside = pulumi.ResourceOptions(parent=self)
        group = aws.sagemaker.ModelPackageGroup(
            "group",
            model_package_group_name=names.model_package_group(args.project),
            model_package_group_description=args.project.description,
            tags=args.tags,
            opts=inside,
        )
        aws.ssm.Parameter(
            "parameter",
            name=names.parameter(args.project, "platform", "registry"),
            type="String",
            value=json.dumps({"model_package_group": names.model_package_group(args.project)}),
            tags=args.tags,
            opts=inside,
        )
        self.group = group.model_package_group_name
        self.register_outputs({"group": self.group})
