"""What the environment may cost in a month before its owner hears of it."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.ground import Ground
from pipeline import names

# percent of the month's amount, and of what: what was spent, or what the month will come to
ALERTS = ((80, "ACTUAL"), (100, "FORECASTED"))


@dataclass(frozen=True, kw_only=True)
class BudgetArgs:
    """Arguments of Budget."""

    ground: Ground
    monthly_usd: int


class Budget(pulumi.ComponentResource):
    """A monthly budget for what carries the environment's tags.

    AWS sees those tags once the payer has activated them as cost allocation tags; `pipeline doctor` says so:
    https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/activating-tags.html
    """

    def __init__(self, name: str, args: BudgetArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Budget", name, None, opts)
        project, environment = args.ground.project, args.ground.part
        budget = aws.budgets.Budget(
            "budget",
            name=names.budget(project, environment),
            budget_type="COST",
            limit_amount=f"{args.monthly_usd}.0",
            limit_unit="USD",
            time_unit="MONTHLY",
            metrics="UnblendedCost",
            filter_expression={
                "ands": [
                    {"tags": {"key": key, "values": [value], "match_options": ["EQUALS"]}}
                    for key, value in (("project", project.name), ("environment", environment))
                ]
            },
            notifications=[
                {
                    "notification_type": kind,
                    "comparison_operator": "GREATER_THAN",
                    "threshold": percent,
                    "threshold_type": "PERCENTAGE",
                    "subscriber_email_addresses": [project.owner_email],
                }
                for percent, kind in ALERTS
            ],
            tags=args.ground.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({"budget": budget.name})
