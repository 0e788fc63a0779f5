"""sandbox.rehearsal.observer: a plain client's reads of a real sandbox."""

import json
import time
from collections import Counter
from types import SimpleNamespace

import pytest
from conftest import REGION, Sandbox, until

from sandbox.rehearsal.identity import Identity
from sandbox.rehearsal.observer import Live, Observer

PROJECT = "observed"
STAGED = [{"ModelLifeCycle": {"Stage": "Staging", "StageStatus": "Approved"}}, *[{} for _ in range(11)]]
ELSEWHERE = {"staging": "222222222222"}


@pytest.fixture(scope="module")
def observer(sandbox: Sandbox) -> Observer:
    """An observer of a project whose stacks have published what a project's stacks publish."""
    ssm = sandbox.client("ssm")
    published = {
        "production/service": {"endpoint": "observed-live", "ledger_table": "observed-ledger"},
        "platform/registry": {"model_package_group": "observed-models"},
    }
    for name, value in published.items():
        ssm.put_parameter(Name=f"/{PROJECT}/{name}", Value=json.dumps(value), Type="String")
    return Observer(sandbox.url, Identity(name=PROJECT, region=REGION, github_owner="o", accounts=ELSEWHERE))


@pytest.fixture(scope="module")
def ledger(sandbox: Sandbox) -> None:
    """A ledger with one release."""
    dynamodb = sandbox.client("dynamodb")
    dynamodb.create_table(
        TableName="observed-ledger",
        KeySchema=[{"AttributeName": "release", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "release", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    item = {"release": {"S": "r-1"}, "verdict": {"S": "promoted"}, "version": {"N": "3"}}
    dynamodb.put_item(TableName="observed-ledger", Item=item)


@pytest.fixture(scope="module")
def registry(sandbox: Sandbox) -> None:
    """A registry with more versions than one page of its list holds."""
    sagemaker = sandbox.client("sagemaker")
    sagemaker.create_model_package_group(ModelPackageGroupName="observed-models")
    for number in range(12):
        status = "Rejected" if number == 1 else "Approved"
        sagemaker.create_model_package(
            ModelPackageGroupName="observed-models", ModelApprovalStatus=status, **STAGED[number]
        )


@pytest.fixture(scope="module")
def logs(sandbox: Sandbox) -> None:
    """What three serving processes of two models wrote."""
    client, group = sandbox.client("logs"), "/aws/sagemaker/Endpoints/observed-live"
    client.create_log_group(logGroupName=group)
    lines = {
        "one": [("m-1", {"200": 5, "500": 0})],
        "two": [("m-1", {"200": 2, "400": 1})],
        "three": [("m-2", {"500": 4}), ("m-3", {"200": 0})],
    }
    for stream, served in lines.items():
        client.create_log_stream(logGroupName=group, logStreamName=stream)
        said = [json.dumps({"event": "served", "model": model, "counts": counts}) for model, counts in served]
        events = [{"timestamp": int(time.time() * 1000), "message": message} for message in ("started", *said)]
        client.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)


def test_settings_are_read_by_name(observer: Observer) -> None:
    """Below the project's own name."""
    assert observer.settings("platform", "registry") == {"model_package_group": "observed-models"}


def test_the_ledgers_texts_are_read(observer: Observer, ledger: None) -> None:
    """A number is none."""
    assert observer.ledger("production", "r-1") == {"release": "r-1", "verdict": "promoted"}


def test_a_silent_ledger_is_empty(observer: Observer, ledger: None) -> None:
    """And no exception."""
    assert observer.ledger("production", "r-2") == {}


def test_every_version_of_the_registry_is_read(observer: Observer, registry: None) -> None:
    """Of every page."""
    assert observer.packages() == {number: "Rejected" if number == 2 else "Approved" for number in range(1, 13)}


def test_a_version_without_a_stage_has_none(registry: None, observer: Observer) -> None:
    """AWS leaves the life cycle out."""
    assert observer.stages() == {1: "Staging"}


def test_what_was_served_is_summed_by_model(observer: Observer, logs: None) -> None:
    """Over all processes; what is zero is not there."""
    assert observer.served("production") == {"m-1": Counter({200: 7, 400: 1}), "m-2": Counter({500: 4})}


def test_alarms_that_sound_are_named(observer: Observer, sandbox: Sandbox) -> None:
    """Those that rest are not."""
    cloudwatch = sandbox.client("cloudwatch")
    for name, dimension in {
        "observed-1": "EndpointConfigName",
        "observed-2": "EndpointConfigName",
        "o": "Other",
    }.items():
        cloudwatch.put_metric_alarm(
            AlarmName=name,
            Namespace="observed",
            MetricName="Errors",
            Dimensions=[{"Name": dimension, "Value": name}],
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="notBreaching" if name == "observed-2" else "breaching",
        )
    assert until(lambda: observer.sounding("production")).keys() == {"observed-1", "o"}


def test_live_is_what_describe_endpoint_says(observer: Observer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the endpoint that the service's settings name."""
    described = {"observed-live": {"EndpointStatus": "Updating", "EndpointConfigName": "c-1"}}
    sagemaker = SimpleNamespace(describe_endpoint=lambda EndpointName: described[EndpointName])  # noqa: N803
    ssm = observer.client("ssm")
    monkeypatch.setattr(observer, "client", lambda service, _: {"ssm": ssm, "sagemaker": sagemaker}[service])
    assert observer.live("production") == Live("Updating", "c-1")


def test_an_environment_serves_when_its_endpoint_is_listed(observer: Observer, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its whole name: others may hold it in theirs."""
    listed = [{"EndpointName": "observed-live-2"}]
    sagemaker = SimpleNamespace(list_endpoints=lambda NameContains: {"Endpoints": listed})  # noqa: N803
    ssm = observer.client("ssm")
    monkeypatch.setattr(observer, "client", lambda service, _: {"ssm": ssm, "sagemaker": sagemaker}[service])
    assert not observer.serves("production")
    listed.append({"EndpointName": "observed-live"})
    assert observer.serves("production")


def test_a_client_is_made_once(observer: Observer) -> None:
    """Making one takes long; production lies in the registry's account."""
    assert observer.client("ssm") is observer.client("ssm", "production")


def test_an_environment_is_read_in_its_own_account(observer: Observer) -> None:
    """As an administrator of it."""
    accounts = [observer.client("sts", part).get_caller_identity()["Account"] for part in ("registry", "staging")]
    assert accounts == ["123456789012", "222222222222"]
