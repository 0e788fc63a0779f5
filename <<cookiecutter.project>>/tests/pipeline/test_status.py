"""Status reads the endpoint and the ledger, whatever is missing."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline import aws, ledger
from pipeline.__main__ import run

from .conftest import Fleet, keep, place
from .test_rollback import ONE, TABLE


def test_a_live_environment_shows_its_version(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    """The version comes from the ledger, the rest from DescribeEndpoint."""
    fleet.serve("config-1")
    keep(TABLE, ONE)
    run(["status", "production", "--json"])
    found = json.loads(capsys.readouterr().out)["environments"]["production"]
    assert (found["status"], found["config"], found["version"]) == ("InService", "config-1", 1)
    assert [one["release"] for one in found["releases"]] == [ONE.release]


def test_a_release_under_way_shows_its_state_and_its_alarms(
    fleet: Fleet, capsys: pytest.CaptureFixture[str]
) -> None:
    """What somebody deleted is gone, and the screen says so."""
    fleet.serve("config-1")
    alarms = [{"name": name, "signal": name, "rule": ""} for name in ("reject", "heartbeat")]
    ledger.begin(TABLE, replace(ONE, state="canary", verdict=None).having(alarms=alarms))
    aws.client("cloudwatch").put_metric_alarm(
        AlarmName="reject",
        Namespace="n",
        MetricName="Verdict",
        Statistic="Maximum",
        Period=10,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
    )
    run(["status", "production", "--json"])
    found = json.loads(capsys.readouterr().out)["environments"]["production"]
    assert (found["open"], found["state"]) == (ONE.release, "canary")
    assert [one["state"] for one in found["alarms"]] == ["OK", "gone"]
    run(["status", "production"])
    assert "Under way" in capsys.readouterr().out


@pytest.mark.usefixtures("fleet")
def test_without_an_endpoint_the_screen_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    """Both environments are on it."""
    assert run(["status"]) == 0
    screen = capsys.readouterr().out
    assert screen.count("no endpoint") == 2 and "production" in screen


@pytest.mark.usefixtures("fleet")
def test_an_environment_in_another_account_is_left_out(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """These credentials cannot see it."""
    place(project, staging="222222222222")
    run(["status", "--json"])
    assert list(json.loads(capsys.readouterr().out)["environments"]) == ["production"]


@pytest.mark.usefixtures("fleet")
def test_credentials_without_an_environment_are_the_users_mistake(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The registry's account serves nothing."""
    place(project, staging="222222222222", production="333333333333")
    assert run(["status", "--json"]) == 2
    assert "puts no environment into account 123456789012" in capsys.readouterr().out


def test_who_let_a_release_is_on_the_screen(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    """In which form."""
    fleet.serve("config-1")
    keep(TABLE, ONE.having(approvals=[{"form": "reviewers", "by": ["ann"]}]))
    run(["status", "production"])
    assert "approved" in capsys.readouterr().out
