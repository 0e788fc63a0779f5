"""The project's key: for its objects, images, volumes, ledgers and alarm topics."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import policies
import pulumi
import pulumi_aws as aws

from pipeline import names


@dataclass(frozen=True, kw_only=True)
class EncryptionArgs:
    """Arguments of Encryption."""

    project: names.Project
    account: str
    tags: Mapping[str, str]


class Encryption(pulumi.ComponentResource):
    """A key that rotates every year, and its alias."""

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: EncryptionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Encryption", name, None, opts)
        inside = pulumi.ResourceOptions(parent=self)
        key = aws.kms.Key(
            "key",
            description=f"Data, models and records of {args.project.name}",
            enable_key_rotation=True,
            deletion_window_in_days=30,
            policy=json.dumps(policies.key(args.account, args.project.region)),
            tags=args.tags,
            opts=inside,
        )
        aws.kms.Alias("alias", name=names.key_alias(args.project), target_key_id=key.key_id, opts=inside)
        self.arn = key.arn
        self.register_outputs({"arn": self.arn})
