"""The ledger: what was released when, and how it ended."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.ground import Ground
from pipeline import names


@dataclass(frozen=True, kw_only=True)
class LedgerArgs:
    """Arguments of Ledger."""

    ground: Ground
    key_arn: pulumi.Input[str]
    protected: bool


class Ledger(pulumi.ComponentResource):
    """A table with one item per release, restorable to any second of the last 35 days."""

    table: pulumi.Output[str]

    def __init__(self, name: str, args: LedgerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Ledger", name, None, opts)
        table = aws.dynamodb.Table(
            "table",
            name=names.ledger(args.ground.project, args.ground.part),
            billing_mode="PAY_PER_REQUEST",
            hash_key="release",
            attributes=[{"name": "release", "type": "S"}],
            point_in_time_recovery={"enabled": True},
            server_side_encryption={"enabled": True, "kms_key_arn": args.key_arn},
            deletion_protection_enabled=args.protected,
            tags=args.ground.tags,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protected),
        )
        self.table = table.name
        self.register_outputs({"table": self.table})
