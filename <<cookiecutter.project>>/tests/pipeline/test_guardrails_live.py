"""The probe and the shadow against a running sandbox: real servers, alarms and updates."""

import io
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline import names, settings, shadow
from pipeline.__main__ import run
from pipeline.guardrails import experiments
from pipeline.guardrails.questions import QUESTIONS

from . import live as running
from .conftest import PROJECT, REPOSITORY
from .guarded import RELEASE, RULES
from .live import ENDPOINT, Live


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project's folder with its policy."""
    path = tmp_path_factory.mktemp("live") / "flights"
    path.mkdir()
    (path / "project.toml").write_text(PROJECT)
    (path / "policy.toml").write_text((REPOSITORY / "policy.toml").read_text())
    return path


@pytest.fixture(scope="module")
def live(folder: Path, trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """An account whose production serves `old`; `new` waits."""
    state = tmp_path_factory.mktemp("account") / "s"
    with running.serving(folder, trained, state, "old", "new") as (account, _):
        yield account


def test_a_probe_settles_everything_and_leaves_nothing(
    live: Live, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each question has an answer, and those of the sandbox are what it is said to assume."""
    code = run(["doctor", "--probe-guardrails", "--yes", "--json"])
    document = json.loads(capsys.readouterr().out)
    assert (code, document["error"]) == (0, None)
    answers = {key: one["value"] for key, one in document["answers"].items()}
    assert set(answers) == {one.key for one in QUESTIONS}
    assert (answers["one_instance"], answers["math_alarm"], answers["composite_alarm"]) == (False, True, True)
    assert "Cannot update in-progress endpoint" in answers["second_update"]
    assert answers["share"] == pytest.approx(0.5, abs=0.15)
    assert all(answers["statistics"].values()) and answers["embedded"] == {"plain": 1, "counted": 7}
    samples = answers["samples"]
    assert samples["told"] == pytest.approx(samples["requests"], rel=0.1) and samples["requests"] > 100
    assert "is in ALARM" in answers["rollback_text"]["reason"] and answers["alarm_at_start"] == "rolled back"
    assert answers["deleted_configuration"] is False
    shown = {(one["status"], one["current"], one["desired"]) for one in answers["stages"]}
    assert ("Baking", 1, 2) in shown
    assert document["cost"].startswith("US$ ") and document["instance_hours"] > 0
    assert probed(live) == []


def probed(live: Live) -> list[str]:
    """What of a probe is in the account."""
    sagemaker, cloudwatch, prefix = live.client("sagemaker"), live.client("cloudwatch"), f"{ENDPOINT}-probe"
    found = [one["EndpointName"] for one in sagemaker.list_endpoints(NameContains=prefix)["Endpoints"]]
    found += [one["ModelName"] for one in sagemaker.list_models(NameContains=prefix)["Models"]]
    configs = sagemaker.list_endpoint_configs(NameContains=prefix)["EndpointConfigs"]
    found += [one["EndpointConfigName"] for one in configs]
    kinds = ["MetricAlarm", "CompositeAlarm"]
    alarms = cloudwatch.describe_alarms(AlarmNamePrefix=f"{ENDPOINT}-v0-probe", AlarmTypes=kinds)
    found += [one["AlarmName"] for kind in kinds for one in alarms[f"{kind}s"]]
    groups = live.client("logs").describe_log_groups(logGroupNamePrefix=f"/aws/sagemaker/Endpoints/{prefix}")
    return found + [one["logGroupName"] for one in groups["logGroups"]]


def test_an_interrupt_removes_everything(
    live: Live, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the middle of an update too; the verb says that it did not get to its end."""

    def interrupted(self: experiments.Experiments, _stages: Any) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(experiments.Experiments, "_baking", interrupted)
    code = run(["doctor", "--probe-guardrails", "--yes", "--json"])
    document = json.loads(capsys.readouterr().out)
    assert (code, document["error"]) == (20, "interrupted; everything is removed")
    assert document["answers"]["one_instance"]["value"] is False
    assert probed(live) == []


def test_nothing_is_made_before_a_yes(
    live: Live, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever cannot be asked has not said it."""
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert run(["doctor", "--probe-guardrails", "--json"]) == 130
    assert "4 instances of ml.m5.large" in capsys.readouterr().err
    assert probed(live) == []


def test_a_candidate_shadows_the_live_model(live: Live) -> None:
    """Its answers are compared with those that callers got, one by one; then the endpoint is as before."""
    rules = replace(RULES, shadow=replace(RULES.shadow, seconds=300))
    live.client("dynamodb").create_table(
        TableName=f"{ENDPOINT}-releases",
        KeySchema=[{"AttributeName": "release", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "release", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    release = replace(RELEASE, config_before="old", config_asked="new", model="new")
    body = json.dumps({"instances": [example(live)]}).encode()
    over, got = threading.Event(), list[str]()

    def ask() -> None:
        runtime = live.client("sagemaker-runtime")
        while not over.wait(0.05):
            answer = runtime.invoke_endpoint(EndpointName=ENDPOINT, Body=body, ContentType="application/json")
            got.append(answer["CustomAttributes"])

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        found = shadow.run(release, settings.service("production"), rules)
    finally:
        over.set()
        asking.join()
    assert (found["passed"], set(got)) == (True, {"model=old"})
    assert found["counted"]["shadow"]["requests"] > 10 and found["compared"] > 10 and found["schema"] == 0
    described = live.client("sagemaker").describe_endpoint(EndpointName=ENDPOINT)
    assert (described["EndpointConfigName"], described["EndpointStatus"]) == ("old", "InService")
    assert "ShadowProductionVariants" not in described


def example(live: Live) -> Any:
    """A row that must be answered."""
    from pipeline import probe

    return probe.read_signature(f"s3://{running.BUCKET}/models/model.tar.gz")["examples"]["good"][0]


def test_names_fit(live: Live) -> None:
    """Of the longest project: SageMaker takes 63 characters."""
    longest = f"{'p' * 24}-{max(names.ENVIRONMENTS, key=len)}-probe-small"
    assert len(longest) <= 63
