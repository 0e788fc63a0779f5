"""The platform's key: for data, models, images, and the volumes of jobs."""

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


class Encryption(pulumi.ComponentResource):
    """A key that rotates every year, and its alias."""

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: EncryptionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Encryption", name, None, opts)
        project = args.ground.project
        key = aws.kms.Key(
            "key",
            description=f"Data, models and images of {project.name}",
            enable_key_rotation=True,
            deletion_window_in_days=30,
            policy=json.dumps(resources.platform_key(args.ground.place)),
            tags=args.ground.tags,
            opts=pulumi.ResourceOptions(parent=self, protect=True),
        )
        aws.kms.Alias(
            "alias",
            name=names.key_alias(project),
            target_key_id=key.key_id,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.arn = key.arn
        self.register_outputs({"arn": self.arn})
