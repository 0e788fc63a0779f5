"""The roles of the workflows' jobs: GitHub's tokens open them, and no stored key does."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import ci_policies
import policies
import pulumi
import pulumi_aws as aws
from infra_policy import infra

from pipeline import names

# purpose → the claim in GitHub's token that opens the role, and what the role may do
ROLES = {
    "preview": ("pull_request", ci_policies.preview),
    "retrain": (ci_policies.MAIN, ci_policies.retrain),
    "release-staging": ("environment:staging", ci_policies.release("staging")),
    "release-production": ("environment:production", ci_policies.release("production")),
    "rollback": ("environment:rollback", ci_policies.rollback),
    "infra": ("environment:infra", infra),
}


@dataclass(frozen=True, kw_only=True)
class AccessArgs:
    """Arguments of Access."""

    project: names.Project
    account: str
    key_arn: pulumi.Input[str]
    tags: Mapping[str, str]


class Access(pulumi.ComponentResource):
    """One role per workflow job, each with its own policy, all within the account's boundary."""

    role_arns: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: AccessArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Access", name, None, opts)
        inside = pulumi.ResourceOptions(parent=self)
        place = policies.Place(project=args.project, account=args.account)
        self.role_arns = {}
        for purpose, (claim, document) in ROLES.items():
            role = aws.iam.Role(
                purpose,
                name=names.role(args.project, purpose),
                description=f"The {purpose} job of {args.project.name}'s workflows",
                assume_role_policy=json.dumps(policies.assumed_by_github(place, claim)),
                permissions_boundary=policies.boundary(args.account),
                max_session_duration=3600,
                tags=args.tags,
                opts=inside,
            )
            aws.iam.RolePolicy(
                purpose,
                name=purpose,
                role=role.name,
                policy=pulumi.Output.from_input(args.key_arn).apply(
                    lambda key, document=document: json.dumps(document(place, key))
                ),
                opts=inside,
            )
            self.role_arns[purpose] = role.arn
        self.register_outputs({"role_arns": self.role_arns})
