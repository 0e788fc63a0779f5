"""The role that the endpoint's containers run under."""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.ground import Ground
from infra.policies import serving, trust
from pipeline import names


@dataclass(frozen=True, kw_only=True)
class ExecutionArgs:
    """Arguments of Execution."""

    ground: Ground
    platform_key: pulumi.Input[str]
    key_arn: pulumi.Input[str]


class Execution(pulumi.ComponentResource):
    """The endpoint's execution role."""

    role_arn: pulumi.Output[str]

    def __init__(self, name: str, args: ExecutionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Execution", name, None, opts)
        inside, on = pulumi.ResourceOptions(parent=self), args.ground
        role = aws.iam.Role(
            "role",
            name=names.role(on.project, f"endpoint-{on.part}"),
            path=on.project.role_path,
            description=f"The {on.part} endpoint of {on.project.name}",
            assume_role_policy=json.dumps(trust.sagemaker(on.account)),
            permissions_boundary=on.boundary,
            tags=on.tags,
            opts=inside,
        )
        aws.iam.RolePolicy(
            "policy",
            name="serve",
            role=role.name,
            policy=pulumi.Output.all(args.platform_key, args.key_arn).apply(
                lambda keys: json.dumps(serving.endpoint(on.place, on.part, *keys, on.network))
            ),
            opts=inside,
        )
        self.role_arn = role.arn
        self.register_outputs({"role_arn": self.role_arn})
