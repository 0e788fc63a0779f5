"""What a change of a stack costs a month while nobody uses it. Pure.

List prices, whose sources and limits are in README.md, "What it costs when nobody uses it"; other kinds are
free there, or paid by use.
"""

from collections.abc import Mapping

EACH = {  # US$ a month
    "aws:kms/key:Key": 1.0,
    "aws:cloudwatch/metricAlarm:MetricAlarm": 0.1,  # on one metric
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": 0.5,
    "aws:cloudwatch/dashboard:Dashboard": 3.0,
}
ENDPOINT = "aws:sagemaker/endpoint:Endpoint"  # by the hour of its instances, which its release chooses
WHERE = "README.md, *What it costs when nobody uses it*"


def sentence(kinds: Mapping[str, int]) -> str:
    """The estimate for so many more resources of each of Pulumi's types, those of all stacks together."""
    more = sum(EACH.get(kind, 0.0) * count for kind, count in kinds.items())
    said = (
        f"about {abs(more):.2f} US$ a month {'more' if more > 0 else 'less'}"
        if more
        else "nothing more or less"
    )
    endpoints = kinds.get(ENDPOINT, 0)
    besides = (
        f", and the instances of {abs(endpoints)} endpoint{'s' * (abs(endpoints) > 1)}" if endpoints else ""
    )
    return f"While nobody uses it, this costs {said}{besides} ({WHERE})."
