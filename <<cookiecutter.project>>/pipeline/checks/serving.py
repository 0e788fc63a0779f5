"""Whether an environment's endpoint is free or ours, and whether its alarms reach anybody."""

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline import aws, names
from pipeline import endpoint as endpoints
from pipeline.checks.finding import Finding, fail, ok, warn

SUBJECT = "endpoint"
TOPIC = "alarm topic"
PENDING = "PendingConfirmation"


def judge(project: names.Project, name: str, tags: Mapping[str, str] | None) -> Finding:
    """Whether the name is free (no `tags`) or this project's."""
    if tags is None:
        return ok(SUBJECT, f"{name} does not exist, so the name is free")
    owner = tags.get("project")
    if owner == project.name:
        return ok(SUBJECT, f"{name} is ours")
    todo = "delete it if nobody needs it, or bake the project under another name"
    return fail(SUBJECT, f"{name} exists and is {owner or 'nobody'}'s by its tags", todo)


def heard(topic: str, subscriptions: Sequence[Mapping[str, Any]] | None) -> Finding:
    """Whether anybody has confirmed that they want to hear of the alarms; None: there is no topic."""
    if subscriptions is None:
        return fail(TOPIC, f"there is no topic {topic}", f"make up STACK={topic.split('-')[-2]}")
    waiting = [one["Endpoint"] for one in subscriptions if one["SubscriptionArn"] == PENDING]
    if waiting:
        todo = "open the mail of AWS Notifications and follow its link; it is valid for two days"
        return fail(TOPIC, f"{', '.join(waiting)} has not confirmed {topic}", todo)
    if not subscriptions:
        return warn(TOPIC, f"nobody hears of {topic}", "subscribe, or make up of this stack again")
    return ok(TOPIC, f"{topic} tells {', '.join(str(one['Endpoint']) for one in subscriptions)}")


def look(project: names.Project, environment: str, here: str) -> list[Finding]:
    """Ask SageMaker and SNS. Raises ClientError."""
    name = names.endpoint(project, environment)
    live = endpoints.describe(name)
    tags = None
    if live:
        listed = aws.client("sagemaker").list_tags(ResourceArn=live["EndpointArn"])["Tags"]
        tags = {one["Key"]: one["Value"] for one in listed}
    topic = names.alarm_topic(project, environment)
    arn = f"arn:aws:sns:{project.region}:{here}:{topic}"
    listed = aws.find(aws.client("sns").list_subscriptions_by_topic, TopicArn=arn)
    return [judge(project, name, tags), heard(topic, listed["Subscriptions"] if listed else None)]
