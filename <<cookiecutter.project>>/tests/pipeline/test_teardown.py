"""Teardown deletes what the verbs made and nothing else, and lists again."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from pipeline import aws, endpoint, registry, settings
from pipeline.__main__ import run

from .conftest import BUCKET, GROUP, Fleet


def alarm(name: str) -> None:
    """An alarm of that name."""
    aws.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Namespace="n",
        MetricName="m",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )


@pytest.fixture
def made(fleet: Fleet, register: Callable[..., int]) -> Fleet:
    """Staging serves version 1."""
    version = registry.get(GROUP, register())
    service = settings.service("staging")
    endpoint.make("staging", version, service)
    fleet.serve(endpoint.target("staging", version, service).config)
    return fleet


def teardown(capsys: pytest.CaptureFixture[str], what: str, *options: str) -> tuple[int, dict[str, Any]]:
    """Run the verb; exit code and JSON."""
    code = run(["teardown", what, *options, "--confirm", "flights", "--json"])
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return code, document


def test_an_environment_goes_whole(made: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    """Endpoint, configuration, model and release alarm."""
    alarm("flights-staging-v1-20130101t000000-errors")
    code, document = teardown(capsys, "staging")
    kinds = sorted(thing.split()[0] for thing in document["deleted"])
    assert (code, document["left"]) == (0, [])
    assert kinds == ["alarm", "endpoint", "endpoint-config", "model"]


def test_what_a_stack_made_stays(made: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    """The SLO's alarm belongs to the service stack, and another project's things to that project."""
    others = ["flights-staging-slo-latency", "flights-staging-two-v1-20130101t000000-errors"]
    for name in others:
        alarm(name)
    teardown(capsys, "staging")
    found = aws.client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert sorted(one["AlarmName"] for one in found) == others


def test_the_platform_stays_while_an_environment_serves(
    made: Fleet, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its models and images are in use."""
    code, document = teardown(capsys, "platform")
    assert (code, "run `pipeline teardown staging` first" in document["error"]) == (2, True)


def test_an_environment_without_a_role_to_look_with_is_taken_for_destroyed(
    fleet: Fleet, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its stack is gone, and with it the role; otherwise the platform could never go."""
    monkeypatch.setattr(aws, "observer", lambda environment: None)
    code = run(["teardown", "platform", "--confirm", "flights"])
    assert (code, "taken for destroyed" in capsys.readouterr().err) == (0, True)


def test_what_is_left_is_said(
    made: Fleet, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A deletion that did nothing is noticed, because AWS is asked again: exit code 20."""
    monkeypatch.setattr("pipeline.teardown.delete_environment", lambda things: None)
    code, document = teardown(capsys, "staging")
    assert (code, len(document["left"]), document["deleted"]) == (20, 3, [])


def test_the_bucket_is_emptied_of_every_version(
    cloud: Callable[[str], Any], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A versioned bucket keeps what is deleted by name, and could not be destroyed."""
    s3 = cloud("s3")
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    for body in (b"1", b"2"):
        s3.put_object(Bucket=BUCKET, Key="a?b", Body=body)
    s3.delete_object(Bucket=BUCKET, Key="a?b")
    code, document = teardown(capsys, "platform")
    assert (code, len(document["deleted"]), document["left"]) == (0, 3, [])
    assert "Versions" not in s3.list_object_versions(Bucket=BUCKET)


LEDGER = "flights-production-releases"


@pytest.fixture
def guarded(cloud: Callable[[str], Any]) -> Callable[[], bool]:
    """Production's ledger is protected, as its stack makes it; says whether it still is."""
    dynamodb = cloud("dynamodb")
    dynamodb.update_table(TableName=LEDGER, DeletionProtectionEnabled=True)
    return lambda: bool(dynamodb.describe_table(TableName=LEDGER)["Table"]["DeletionProtectionEnabled"])


def test_the_ledger_keeps_its_protection(guarded: Callable[[], bool], fleet: Fleet, capsys: Any) -> None:
    """It is the history of releases; the next steps say how it is lifted."""
    code, document = teardown(capsys, "production")
    assert (code, guarded()) == (0, True)
    assert document["next"][0].startswith("pipeline teardown production --with-ledger --confirm flights")


def test_the_ledgers_protection_is_lifted_when_asked(
    guarded: Callable[[], bool], fleet: Fleet, capsys: Any
) -> None:
    """The table itself goes with its stack."""
    code, document = teardown(capsys, "production", "--with-ledger")
    assert (code, guarded()) == (0, False)
    assert document["deleted"] == [f"protection {LEDGER}"]


def test_the_steps_that_follow_are_told_in_order(fleet: Fleet, capsys: Any) -> None:
    """First the stack, then Pulumi's protection, then the rest."""
    _, document = teardown(capsys, "staging")
    assert [step.split(",")[0] for step in document["next"]] == [
        "cd infra/service && pulumi stack select staging",
        "pulumi state unprotect --all",
        "pulumi destroy --refresh",
    ]


def test_the_platform_has_no_ledger(cloud: Callable[[str], Any], capsys: Any) -> None:
    """The mistake is said."""
    code, document = teardown(capsys, "platform", "--with-ledger")
    assert (code, "has no ledger" in document["error"]) == (2, True)
