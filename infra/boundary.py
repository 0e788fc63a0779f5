"""The permission boundary that every role of every project carries."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import policies
import pulumi
import pulumi_aws as aws

NAME = "mlops-boundary"


@dataclass(frozen=True, kw_only=True)
class BoundaryArgs:
    """Arguments of Boundary.

    `role_path` is the one that all of the projects' roles are below, `state` the ARN of a state bucket that was there.
    """

    account: str
    role_path: str
    state: str | None
    tags: Mapping[str, str]


class Boundary(pulumi.ComponentResource):
    """The boundary, as a policy of the account."""

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: BoundaryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Boundary", name, None, opts)
        policy = aws.iam.Policy(
            "policy",
            name=NAME,
            description="The most that a role of a machine learning project can do",
            policy=json.dumps(policies.boundary(args.account, args.role_path, args.state)),
            tags=args.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.arn = policy.arn
        self.register_outputs({"arn": self.arn})
