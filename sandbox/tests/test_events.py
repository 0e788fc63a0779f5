"""Tests of sandbox.events and sandbox.telling: what an endpoint goes through reaches a topic."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from conftest import policy
from hosted import Account, account

from sandbox.events import matches, text

EVENT = {"source": "aws.sagemaker", "resources": ["a", "b"], "detail": {"EndpointName": "live", "Count": 2}}
SENTENCE = {"InputPathsMap": {"name": "$.detail.EndpointName", "none": "$.detail.None"}}
MAY = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sns:Publish", "Resource": "*"}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ({"source": ["aws.sagemaker"]}, True),
        ({"source": ["aws.s3", "aws.sagemaker"], "detail": {"EndpointName": ["live"]}}, True),
        ({"resources": ["b", "c"]}, True),
        ({"detail": {"Count": [2]}}, True),
        ({"source": ["aws.s3"]}, False),
        ({"source": ["aws.sagemaker"], "detail": {"EndpointName": ["other"]}}, False),
        ({"detail": {"EndpointStatus": ["UPDATING"]}}, False),
        ({"source": {"name": ["aws.sagemaker"]}}, False),
    ],
)
def test_a_pattern_matches(pattern: dict[str, Any], expected: bool) -> None:
    """All of its fields must be there, each with one of its values."""
    assert matches(pattern, EVENT) is expected


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ({}, json.dumps(EVENT)),
        ({"Input": '"fixed"'}, '"fixed"'),
        ({"InputTransformer": SENTENCE | {"InputTemplate": '"<name> moves <none>"'}}, '"live moves <none>"'),
        ({"InputTransformer": SENTENCE | {"InputTemplate": '{"it": <name>}'}}, '{"it": "live"}'),
    ],
    ids=["all of it", "a text", "a sentence", "JSON"],
)
def test_what_a_target_gets(target: dict[str, Any], expected: str) -> None:
    """The event, or a text with values of it; a variable that finds nothing stays unfilled."""
    assert text(target, EVENT) == expected


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """An account."""
    with account(tmp_path_factory.mktemp("events"), 300) as its:
        yield its


class Inbox:
    """A queue behind a topic that a rule on an endpoint's deployments publishes to."""

    def __init__(self, aws: Account, endpoint: str, *statements: dict[str, Any], **rule: Any) -> None:
        """Make all of it."""
        sns, sqs, events = (aws.world.client(service) for service in ("sns", "sqs", "events"))
        self.sqs, self.url = sqs, sqs.create_queue(QueueName=endpoint)["QueueUrl"]
        topic = sns.create_topic(Name=endpoint)["TopicArn"]
        if statements:
            sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy(*statements))
        queue = sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes={"RawMessageDelivery": "true"})
        pattern = {
            "source": ["aws.sagemaker"],
            "detail-type": ["SageMaker Endpoint Deployment State Change"],
            "detail": {"EndpointName": [endpoint]},
        }
        events.put_rule(Name=endpoint, EventPattern=json.dumps(pattern), **rule)
        events.put_targets(Rule=endpoint, Targets=[{"Id": "topic", "Arn": topic}])
        self.got: list[dict[str, Any]] = []

    def details(self, ended: bool = True) -> list[dict[str, Any]]:
        """What came, in the order of the endpoint's changes, once the last one came or 3 s are over."""
        end = time.monotonic() + 3
        while time.monotonic() < end and not (ended and self._over()):
            answer = self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10)
            self.got += [json.loads(message["Body"])["detail"] for message in answer.get("Messages", [])]
        return self.got

    def _over(self) -> bool:
        return any(detail["EndpointStatus"] == "IN_SERVICE" for detail in self.got) and len(self.got) >= 3


def stages(details: list[dict[str, Any]]) -> set[tuple[str, int]]:
    """The pending variants' statuses and capacities."""
    pending = [detail["PendingDeploymentSummary"]["ProductionVariants"][0] for detail in details if pending_in(detail)]
    return {
        (status["Status"], variant["CurrentInstanceCount"])
        for variant in pending
        for status in variant["VariantStatus"]
    }


def pending_in(detail: dict[str, Any]) -> bool:
    """Whether a deployment is under way."""
    return "PendingDeploymentSummary" in detail


def test_a_deployments_stages_are_told(aws: Account) -> None:
    """Each bake of a canary, and the end with the configuration that is live then."""
    aws.endpoint("told", aws.config("told-old", count=2))
    inbox = Inbox(aws, "told", MAY)
    aws.update("told", aws.config("told-new", count=2))
    aws.settled("told")
    details = inbox.details()
    assert stages(details) >= {("Creating", 0), ("Baking", 1), ("Baking", 2)}
    [last] = [detail for detail in details if detail["EndpointStatus"] == "IN_SERVICE"]
    assert (last["EndpointConfigName"], pending_in(last), type(last["CreationTime"])) == ("told-new", False, int)


def test_a_rollback_is_told(aws: Account) -> None:
    """The last word names the old configuration."""
    aws.endpoint("back", aws.config("back-old", count=2))
    inbox = Inbox(aws, "back", MAY)
    aws.update("back", aws.config("back-new", "crash", count=2))
    aws.settled("back")
    ended = [detail for detail in inbox.details() if detail["EndpointStatus"] == "IN_SERVICE"]
    assert [detail["EndpointConfigName"] for detail in ended] == ["back-old"]


@pytest.mark.parametrize(
    "statements",
    [[], [MAY | {"Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}}}]],
    ids=["without a statement", "with a condition"],
)
def test_a_topic_that_does_not_let_events_in_gets_nothing(aws: Account, statements: list[Any]) -> None:
    """Nor does one that asks for whom: EventBridge doesn't tell. Its own metric counts what was lost."""
    name = f"deaf-{len(statements)}"
    aws.endpoint(name, aws.config(f"{name}-old"))
    inbox = Inbox(aws, name, *statements)
    aws.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=aws.config(f"{name}-new"))
    aws.settled(name)
    assert inbox.details(ended=False) == []
    metrics = {metric["MetricName"] for metric in listed(aws, name)}
    assert metrics == {"Invocations", "FailedInvocations"}


def listed(aws: Account, rule: str) -> list[dict[str, Any]]:
    """The metrics of a rule."""
    named = [{"Name": "RuleName", "Value": rule}]
    found: list[dict[str, Any]] = aws.cloudwatch.list_metrics(Namespace="AWS/Events", Dimensions=named)["Metrics"]
    return found


def test_a_rule_that_is_off_tells_nothing(aws: Account) -> None:
    """Nor does one that is about another endpoint."""
    aws.endpoint("quiet", aws.config("quiet-old"))
    Inbox(aws, "quiet", MAY, State="DISABLED")
    Inbox(aws, "nobody", MAY)
    aws.sagemaker.update_endpoint(EndpointName="quiet", EndpointConfigName=aws.config("quiet-new"))
    aws.settled("quiet")
    assert listed(aws, "quiet") == listed(aws, "nobody") == []


@pytest.mark.parametrize(
    ("pattern", "code"),
    [
        ('{"detail": {"EndpointName": [{"prefix": "flight"}]}}', "NotInSandbox"),
        ('{"source": "aws.sagemaker"}', "InvalidEventPatternException"),
        ("{", "InvalidEventPatternException"),
    ],
)
def test_a_pattern_that_would_not_be_matched_is_refused(aws: Account, pattern: str, code: str) -> None:
    """Rather than never to match."""
    with pytest.raises(ClientError) as refused:
        aws.world.client("events").put_rule(Name="refused", EventPattern=pattern)
    assert refused.value.response["Error"]["Code"] == code


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ({"Arn": "arn:aws:lambda:eu-west-1:123456789012:function:f"}, "use an SNS topic or an API dest"),
        ({"Arn": "arn:aws:sns:eu-west-1:123456789012:t", "InputPath": "$.detail"}, "InputPath of a target"),
    ],
)
def test_a_target_that_nothing_would_reach_is_refused(aws: Account, target: dict[str, Any], told: str) -> None:
    """A function, or a way to say it that is not here."""
    aws.world.client("events").put_rule(Name="target", EventPattern="{}")
    with pytest.raises(ClientError, match=told):
        aws.world.client("events").put_targets(Rule="target", Targets=[{"Id": "t"} | target])
