"""Staging's endpoint goes when its time is up, and only then."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline import aws, expire, ledger
from pipeline.__main__ import run

from .conftest import Fleet, keep

TABLE = "flights-staging-releases"
FIRST = "/flights/staging/first-configuration"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ENDED = ledger.Record(
    release="staging-v1-20260301t060000",
    environment="staging",
    kind="release",
    version=1,
    config_asked="config-1",
    model="model-1",
    state=ledger.PROMOTED,
    verdict="promoted",
    started="2026-03-01T06:00:00.000+00:00",
    ended="2026-03-01T07:00:00.000+00:00",
)


@pytest.mark.parametrize(
    ("live", "history", "lifetime", "sentence"),
    [
        (False, [ENDED], 4, "there is no endpoint"),
        (True, [], 4, "nothing was ever released here"),
        (True, [replace(ENDED, ended=None)], 4, "staging-v1-20260301t060000 is still open"),
        (True, [ENDED], 5, "ended 5.0 hours ago, and staging.lifetime_hours is 5"),
        (True, [replace(ENDED, ended="2026-03-01T11:00:00+00:00"), ENDED], 4, "ended 1.0 hours ago"),
        (True, [replace(ENDED, started="2026-03-01T09:00:00+00:00", ended=None), ENDED], 4, "is still open"),
    ],
)
def test_it_stays(live: bool, history: list[ledger.Record], lifetime: float, sentence: str) -> None:
    """Without an endpoint, without a release, during one, and until the newest ended long enough ago."""
    decision = expire.decide(live, history, NOW, lifetime)
    assert not decision.due
    assert sentence in decision.reason


def test_it_goes_after_its_lifetime() -> None:
    """The sentence has both numbers."""
    decision = expire.decide(True, [ENDED], NOW, 4)
    assert decision.due
    assert decision.reason.endswith("ended 5.0 hours ago, which is more than staging.lifetime_hours = 4")


def test_hours_are_awss() -> None:
    """Where AWS's time runs sixty times as fast, an hour is a minute."""
    assert expire.decide(True, [ENDED], NOW - timedelta(hours=4, minutes=55), 4, speed=60).due


@pytest.fixture
def old(fleet: Fleet, register: Callable[..., int]) -> Fleet:
    """Staging serves what was released long ago."""
    register()
    fleet.serve(ENDED.config_asked)
    keep(TABLE, ENDED)
    aws.client("ssm").put_parameter(Name=FIRST, Value=ENDED.config_asked, Type="String")
    return fleet


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    """Run a verb; exit code and JSON."""
    code = run([*arguments, "--json"])
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return code, document


def test_the_endpoint_and_its_first_configuration_go(old: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    """Without the parameter the service stack makes no endpoint before a release asks for it."""
    code, document = answer(capsys, "expire", "staging")
    assert (code, document["deleted"]) == (0, ["endpoint flights-staging", f"parameter {FIRST}"])
    assert (old.states, aws.find(aws.client("ssm").get_parameter, Name=FIRST)) == ([], None)


def test_a_dry_run_only_says_so(old: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    """The decision is the same."""
    code, document = answer(capsys, "expire", "staging", "--dry-run")
    assert (code, document["due"], document["deleted"], len(old.states)) == (0, True, [], 1)


def test_production_is_refused(old: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    """Its endpoint goes with a teardown."""
    code, document = answer(capsys, "expire", "production")
    assert code == 2
    assert "use `pipeline teardown production`" in document["error"]


def test_the_next_release_asks_for_the_endpoint_again(old: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    """As the first release did: prepared, with what the service stack is to make, and exit code 3."""
    run(["expire", "staging"])
    capsys.readouterr()
    code, document = answer(capsys, "release", "staging")
    told = aws.client("ssm").get_parameter(Name=FIRST)["Parameter"]["Value"]
    assert (code, document["verdict"], told) == (3, "prepared", document["config_asked"])


def test_a_workflow_is_told_what_became_of_it(
    old: Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And why."""
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    run(["expire", "staging"])
    assert (tmp_path / "summary").read_text().startswith("**expire** flights-staging deleted: ")
