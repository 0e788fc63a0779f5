"""The environment's key: for its ledger, its alarm topic, and the volumes of its endpoint."""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.ground import Ground
from infra.policies import resources
from pipeline import names


@dataclass(frozen=True, kw_only=True)
class EncryptionArgs:
    """Arguments of Encryption."""

    ground: Ground
    protected: bool


class Encryption(pulumi.ComponentResource):
    """A key that rotates every year, and its alias."""

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: EncryptionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Encryption", name, None, opts)
        project, environment = args.ground.project, args.ground.part
        key = aws.kms.Key(
            "key",
            description=f"Records and alarms of {project.name} in {environment}",
            enable_key_rotation=True,
            deletion_window_in_days=30,
            policy=json.dumps(resources.environment_key(args.ground.place, environment)),
            tags=args.ground.tags,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protected),
        )
        aws.kms.Alias(
            "alias",
            name=names.key_alias(project, environment),
            target_key_id=key.key_id,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.arn = key.arn
        self.register_outputs({"arn": self.arn})
