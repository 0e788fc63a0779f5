"""`pipeline postmortem`: of which release or span, and where the page goes."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.__main__ import run
from pipeline.errors import UserError
from pipeline.postmortem import KEPT_DAYS, sounded, span
from pipeline.postmortem.incident import Change

from .conftest import keep, place
from .test_rollback import ONE, TABLE, TWO

NOW = datetime(2013, 1, 3, tzinfo=UTC)
FIRES = Change(at="2013-01-02T12:00:00+00:00", kind="slo-cpu", before="OK", after="ALARM", reason="it is hot")


@pytest.fixture
def told(cloud: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A ledger with two releases, and an alarm's history."""
    monkeypatch.setattr(sounded, "changes", lambda *_: [FIRES])
    for record in (ONE, TWO):
        keep(TABLE, record)


@pytest.fixture
def document(told: None, capsys: pytest.CaptureFixture[str]) -> Callable[..., dict[str, Any]]:
    """The verb's JSON."""

    def go(*words: str) -> dict[str, Any]:
        assert run(["postmortem", "production", *words, "--json"]) == 0
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    return go


def test_the_newest_release_is_told_unless_one_is_named(document: Callable[..., dict[str, Any]]) -> None:
    """Of the environment that is asked for."""
    assert document()["after"]["version"] == 2
    assert document(ONE.release)["after"]["version"] == 1


def test_a_span_is_told_with_its_alarms(document: Callable[..., dict[str, Any]]) -> None:
    """And what was live at both ends."""
    found = document("--since", "2013-01-01T12:00", "--until", "2013-01-02T18:00")
    assert found["kinds"] == ["slo-cpu"]
    assert (found["before"]["version"], found["after"]["version"]) == (1, 2)


def test_a_span_older_than_cloudwatchs_memory_says_so(document: Callable[..., dict[str, Any]]) -> None:
    """What it does not remember did not fail to happen."""
    assert f"for {KEPT_DAYS} days" in document("--since", "2013-01-01")["left_out"][-1]
    recent = f"{datetime.now(UTC) - timedelta(days=2):%Y-%m-%dT%H:%M}"
    assert document("--since", recent)["left_out"] == []


def test_a_registry_out_of_reach_is_named(document: Callable[..., dict[str, Any]], project: Path) -> None:
    """The environment's own part is told."""
    place(project, registry="2" * 12)
    found = document("--since", "2013-01-01")
    assert "registry is left out" in found["left_out"][0] and found["kinds"] == ["slo-cpu"]


@pytest.mark.usefixtures("told")
def test_an_environment_out_of_reach_is_a_mistake(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """There is nothing to tell."""
    place(project, production="2" * 12)
    assert run(["postmortem", "production", "--since", "2013-01-01"]) == 2
    assert "sign in to 222222222222" in capsys.readouterr().err


@pytest.mark.usefixtures("told")
def test_the_page_is_a_new_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its folder is made; what people wrote into it is not written over."""
    out = tmp_path / "a" / "one.md"
    assert run(["postmortem", "production", "--out", str(out)]) == 0
    assert out.read_text().startswith("# Postmortem: release of version 2 into production, promoted\n")
    out.write_text("ours")
    assert run(["postmortem", "production", "--out", str(out)]) == 2
    assert "name another file" in capsys.readouterr().err and out.read_text() == "ours"


@pytest.mark.usefixtures("told")
def test_without_a_file_the_page_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """As it would be written."""
    assert run(["postmortem", "production"]) == 0
    assert capsys.readouterr().out.endswith(
        "## What will be done\n\n| what | who | until |\n| --- | --- | --- |\n|  |  |  |\n"
    )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((ONE.release, "--since", "2013-01-01"), "leave one out"),
        (("--until", "2013-01-01"), "write --since as well"),
        (("nonsense",), "`pipeline status production` lists them"),
    ],
)
@pytest.mark.usefixtures("told")
def test_what_cannot_be_meant_is_a_mistake(
    words: tuple[str, ...], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a sentence that says what to write."""
    assert run(["postmortem", "production", *words]) == 2
    assert sentence in capsys.readouterr().err


def test_a_time_without_an_offset_is_utc() -> None:
    """As all that the record holds."""
    assert span("2013-01-01T03:00", None, NOW) == (datetime(2013, 1, 1, 3, tzinfo=UTC), NOW)
    assert span("2013-01-01T03:00+02:00", None, NOW)[0] == datetime(2013, 1, 1, 1, tzinfo=UTC)


def test_a_span_ends_now_at_the_latest() -> None:
    """Nothing has happened after."""
    assert span("2013-01-01", "2013-02-01", NOW)[1] == NOW


@pytest.mark.parametrize(
    ("since", "until", "sentence"),
    [
        ("yesterday", None, "--since yesterday is no time"),
        ("2013-01-01", "soon", "--until soon is no time"),
        ("2013-01-04", None, "is not before now"),
        ("2013-01-02", "2013-01-01", "is not before --until 2013-01-01"),
    ],
)
def test_a_span_that_is_none_is_a_mistake(since: str, until: str | None, sentence: str) -> None:
    """And the sentence has an example."""
    with pytest.raises(UserError, match=sentence):
        span(since, until, NOW)
