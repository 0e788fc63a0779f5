"""The role that the endpoint's containers run under."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import policies
import pulumi
import pulumi_aws as aws

from pipeline import names


@dataclass(frozen=True, kw_only=True)
class ExecutionArgs:
    """Arguments of Execution."""

    project: names.Project
    environment: str
    account: str
    key_arn: pulumi.Input[str]
    tags: Mapping[str, str]


class Execution(pulumi.ComponentResource):
    """The endpoint's execution role."""

    role_arn: pulumi.Output[str]

    def __init__(self, name: str, args: ExecutionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Execution", name, None, opts)
        inside = pulumi.ResourceOptions(parent=self)
        role = aws.iam.Role(
            "role",
            name=names.role(args.project, f"endpoint-{args.environment}"),
            description=f"The {args.environment} endpoint of {args.project.name}",
            assume_role_policy=json.dumps(policies.assumed_by_sagemaker(args.account)),
            permissions_boundary=policies.boundary(args.account),
            tags=args.tags,
            opts=inside,
        )
        aws.iam.RolePolicy(
            "policy",
            name="serve",
            role=role.name,
            policy=pulumi.Output.from_input(args.key_arn).apply(
                lambda key: json.dumps(policies.serve(args.project, args.account, args.environment, key))
            ),
            opts=inside,
        )
        self.role_arn = role.arn
        self.register_outputs({"role_arn": self.role_arn})
