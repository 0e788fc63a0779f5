"""What guards the whole account: no public bucket in it, and somebody who is told what it costs."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from settings import Alert

NAME = "mlops-account"
TOLD_AT = ((80, "ACTUAL"), (100, "FORECASTED"))  # percent of the budget


@dataclass(frozen=True, kw_only=True)
class GuardsArgs:
    """Arguments of Guards. No `alert`, no budget."""

    account: str
    block_public_access: bool
    alert: Alert | None
    tags: Mapping[str, str]


class Guards(pulumi.ComponentResource):
    """S3's public access block for the account, and a monthly budget; each where it is chosen."""

    def __init__(self, name: str, args: GuardsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Guards", name, None, opts)
        inside = pulumi.ResourceOptions(parent=self)
        if args.block_public_access:
            aws.s3.AccountPublicAccessBlock(
                "closed",
                account_id=args.account,
                block_public_acls=True,
                block_public_policy=True,
                ignore_public_acls=True,
                restrict_public_buckets=True,
                opts=inside,
            )
        if args.alert:
            aws.budgets.Budget(
                "budget",
                name=NAME,
                budget_type="COST",
                limit_amount=f"{args.alert.usd}.0",
                limit_unit="USD",
                time_unit="MONTHLY",
                notifications=[
                    {
                        "comparison_operator": "GREATER_THAN",
                        "threshold": percent,
                        "threshold_type": "PERCENTAGE",
                        "notification_type": kind,
                        "subscriber_email_addresses": [args.alert.email],
                    }
                    for percent, kind in TOLD_AT
                ],
                tags=args.tags,
                opts=inside,
            )
        self.register_outputs({})
