"""Whether AWS counts costs by our tags, without which the budgets see nothing.

https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/activating-tags.html
"""

from collections.abc import Mapping

from pipeline import aws
from pipeline.checks.finding import Finding, ok, warn

SUBJECT = "budget tags"
TAGS = ("project", "environment")
WHERE = "Billing, Cost allocation tags, in the account that pays"
UNASKED = f"see under {WHERE} that {' and '.join(TAGS)} are active"


def judge(status: Mapping[str, str]) -> list[Finding]:
    """Whether each tag is active; `status` is AWS's, for the tags that it has seen."""
    idle = [tag for tag in TAGS if status.get(tag) != "Active"]
    if not idle:
        return [ok(SUBJECT, f"costs are counted by {' and '.join(TAGS)}")]
    todo = (
        f"activate {' and '.join(idle)} under {WHERE}: "
        "AWS lists a tag a day after its first use, and counts a day later"
    )
    return [warn(SUBJECT, f"costs are not counted by {' and '.join(idle)}, so no budget tells", todo)]


def look() -> list[Finding]:
    """Ask Cost Explorer. Raises ClientError."""
    listed = aws.client("ce").list_cost_allocation_tags(TagKeys=list(TAGS))
    return judge({one["TagKey"]: one["Status"] for one in listed["CostAllocationTags"]})
