"""Tests of sandbox.outbox: what would be posted outside is kept."""

import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.request import urlopen

import pytest
from botocore.exceptions import ClientError
from conftest import policy
from hosted import Account, account

from sandbox.outbox import headers

HOME = "123456789012"
ADDRESS = "https://api.github.com/repos/acme/flights/actions/workflows/retrain.yml/dispatches"
KEY = {"ApiKeyAuthParameters": {"ApiKeyName": "Authorization", "ApiKeyValue": "Bearer secret"}}
ALARM = {
    "Namespace": "N", "MetricName": "M", "Statistic": "Maximum", "Period": 60, "EvaluationPeriods": 1, "Threshold": 1.0,
    "ComparisonOperator": "GreaterThanOrEqualToThreshold", "TreatMissingData": "ignore",
}  # fmt: skip


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """An account."""
    with account(tmp_path_factory.mktemp("outbox"), 300) as its:
        yield its


def connection(aws: Account, name: str) -> str:
    """The ARN of a new connection."""
    made = aws.world.client("events").create_connection(Name=name, AuthorizationType="API_KEY", AuthParameters=KEY)
    return str(made["ConnectionArn"])


def start(aws: Account, name: str, *actions: str, service: str = "events.amazonaws.com") -> str:
    """A rule on an alarm that posts to a destination, in a role that may do `actions`; the destination's ARN."""
    bridge, iam = aws.world.client("events"), aws.world.client("iam")
    made = bridge.create_api_destination(
        Name=name, ConnectionArn=connection(aws, name), InvocationEndpoint=ADDRESS, HttpMethod="POST"
    )
    pattern = {
        "source": ["aws.cloudwatch"],
        "detail-type": ["CloudWatch Alarm State Change"],
        "detail": {"alarmName": [name], "state": {"value": ["ALARM"]}},
    }
    rule = bridge.put_rule(Name=name, EventPattern=json.dumps(pattern))["RuleArn"]
    trusted = {
        "Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole",
        "Condition": {"ArnEquals": {"aws:SourceArn": rule}},
    }  # fmt: skip
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(trusted))["Role"]["Arn"]
    if actions:
        allowed = {"Effect": "Allow", "Action": list(actions), "Resource": made["ApiDestinationArn"]}
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy(allowed))
    target = {
        "Id": "t", "Arn": made["ApiDestinationArn"], "RoleArn": role,
        "HttpParameters": {"HeaderParameters": {"X-GitHub-Api-Version": "2022-11-28"}},
        "InputTransformer": {
            "InputPathsMap": {"alarm": "$.detail.alarmName"},
            "InputTemplate": '{"ref": "main", "inputs": {"because": <alarm>}}',
        },
    }  # fmt: skip
    bridge.put_targets(Rule=name, Targets=[target])
    aws.cloudwatch.put_metric_alarm(AlarmName=name, **ALARM)
    aws.cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="a test")
    return str(made["ApiDestinationArn"])


def counted(aws: Account, rule: str, expected: str) -> bool:
    """Whether a metric of a rule's appears within 3 s."""
    end = time.monotonic() + 3
    while time.monotonic() < end:
        named = [{"Name": "RuleName", "Value": rule}]
        found = aws.cloudwatch.list_metrics(Namespace="AWS/Events", Dimensions=named)["Metrics"]
        if expected in [one["MetricName"] for one in found]:
            return True
        time.sleep(0.05)
    return False


def kept(aws: Account, rule: str) -> list[dict[str, Any]]:
    """What the outbox has of a rule."""
    with urlopen(f"{aws.world.url}/sandbox/outbox", timeout=5) as answer:
        found: list[dict[str, Any]] = [one for one in json.load(answer) if one["rule"] == rule]
    return found


def test_an_alarm_is_a_request_that_is_kept(aws: Account) -> None:
    """With its headers, and without what authorises it."""
    start(aws, "kept", "events:InvokeApiDestination")
    end = time.monotonic() + 3
    while not kept(aws, "kept") and time.monotonic() < end:
        time.sleep(0.05)
    [request] = kept(aws, "kept")
    assert (request["method"], request["url"], request["account"]) == ("POST", ADDRESS, HOME)
    assert json.loads(request["body"]) == {"ref": "main", "inputs": {"because": "kept"}}
    assert request["headers"]["User-Agent"] == "Amazon/EventBridge/ApiDestinations"
    assert request["headers"]["X-GitHub-Api-Version"] == "2022-11-28"
    assert request["headers"]["Authorization"] == "of the connection kept"
    assert "secret" not in json.dumps(request)


@pytest.mark.parametrize(
    ("name", "actions", "service"),
    [
        ("nothing", (), "events.amazonaws.com"),
        ("other", ("events:PutEvents",), "events.amazonaws.com"),
        ("distrustful", ("events:InvokeApiDestination",), "sagemaker.amazonaws.com"),
    ],
)
def test_a_role_that_may_not_posts_nothing(aws: Account, name: str, actions: tuple[str, ...], service: str) -> None:
    """It lacks the action, or does not trust EventBridge: the rule's metric counts what was lost."""
    start(aws, name, *actions, service=service)
    assert counted(aws, name, "FailedInvocations")
    assert kept(aws, name) == []


def test_a_calm_alarm_posts_nothing(aws: Account) -> None:
    """The rule is about ALARM alone."""
    start(aws, "calm", "events:InvokeApiDestination")
    assert counted(aws, "calm", "Invocations")
    aws.cloudwatch.set_alarm_state(AlarmName="calm", StateValue="OK", StateReason="a test")
    aws.cloudwatch.set_alarm_state(AlarmName="calm", StateValue="ALARM", StateReason="again")
    end = time.monotonic() + 3
    while len(kept(aws, "calm")) < 2 and time.monotonic() < end:
        time.sleep(0.05)
    assert len(kept(aws, "calm")) == 2


def test_a_connections_headers_win() -> None:
    """But for those that are EventBridge's own; a secret one is not shown."""
    target = {"HttpParameters": {"HeaderParameters": {"Accept": "text/plain", "User-Agent": "me"}}}
    more = [{"Key": "Accept", "Value": "application/json"}, {"Key": "X", "Value": "s", "IsValueSecret": True}]
    given = {"Name": "c", "AuthParameters": KEY | {"InvocationHttpParameters": {"HeaderParameters": more}}}
    found = headers(target, given)
    assert (found["Accept"], found["User-Agent"]) == ("application/json", "Amazon/EventBridge/ApiDestinations")
    assert "X" not in found


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"InvocationEndpoint": "http://api.github.com"}, "must use HTTPS"),
        ({"ConnectionArn": f"arn:aws:events:eu-west-1:{HOME}:connection/none/0a"}, "does not exist"),
        ({"HttpMethod": "SEND"}, "enum value set"),
        ({"InvocationEndpoint": "https://a b"}, "regular expression pattern"),
    ],
)
def test_a_destination_that_aws_refuses_is_refused(aws: Account, changes: dict[str, str], why: str) -> None:
    """By its address, its connection, its method."""
    made = connection(aws, f"refused-{abs(hash(why))}")
    asked = {"Name": "d", "ConnectionArn": made, "InvocationEndpoint": ADDRESS, "HttpMethod": "POST"}
    with pytest.raises(ClientError, match=why):
        aws.world.client("events").create_api_destination(**asked | changes)


def test_a_target_outside_needs_a_role(aws: Account) -> None:
    """AWS takes none without."""
    bridge = aws.world.client("events")
    bridge.put_rule(Name="roleless", EventPattern="{}")
    with pytest.raises(ClientError, match="RoleArn is required"):
        bridge.put_targets(
            Rule="roleless",
            Targets=[{"Id": "t", "Arn": f"arn:aws:events:eu-west-1:{HOME}:api-destination/d/0a"}],
        )
