"""The change log says who, what, when and why, newest first."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline import aws, gate, history
from pipeline.__main__ import run

from .conftest import BUCKET, keep, place
from .test_rollback import ONE, TABLE, TWO

AT, URI = "2013-01-03T00:00:00.000+00:00", "s3://bucket/gate/job.json"
RULES = [{"rule": "rows", "passed": True}, {"rule": "champion", "passed": False}]
VERDICT = {"passed": False, "candidate": "job-1", "champion": None, "called": "worse", "rules": RULES}
Show = Callable[..., dict[str, Any]]


@pytest.fixture
def show(capsys: pytest.CaptureFixture[str]) -> Show:
    """The verb's JSON."""

    def go(*arguments: str) -> dict[str, Any]:
        assert run(["history", *arguments, "--json"]) == 0
        document: dict[str, Any] = json.loads(capsys.readouterr().out)
        return document

    return go


def test_a_refusal_names_the_rules() -> None:
    """And how the candidate was called."""
    [event] = history.of_verdict(VERDICT, AT, URI)
    assert (event.what, event.why, event.evidence) == (
        "gate refused",
        "job-1: called worse; against it: champion",
        URI,
    )


def test_a_rule_that_is_switched_off_speaks_against_nobody() -> None:
    """It has decided nothing."""
    off = {"rule": "champion", "passed": None, "override": None}
    [event] = history.of_verdict({**VERDICT, "rules": [off]}, AT, URI)
    assert event.why == "job-1: called worse"


def test_an_override_is_an_event_with_its_reason() -> None:
    """Who, when and why are its own."""
    override = {"by": "octocat", "reason": "a holiday", "at": "2013-01-02T00:00:00+00:00"}
    overridden = {"rule": "champion", "passed": True, "override": override}
    _, event = history.of_verdict({**VERDICT, "passed": True, "rules": [overridden]}, AT, URI)
    assert (event.what, event.by, event.why, event.at) == (
        "gate's rule champion overridden",
        "octocat",
        "job-1: a holiday",
        override["at"],
    )


def test_a_release_says_what_became_of_it_and_who_asked() -> None:
    """Its cause and its reason are the ledger's."""
    back = {"verdict": "rolled_back", "cause": "backstop", "reason": "an alarm fired", "by": "octocat"}
    event = history.of_release(replace(TWO, **back))
    assert (event.what, event.by, event.why, event.evidence) == (
        "release of version 2: rolled_back (backstop)",
        "octocat",
        "an alarm fired",
        "production-v2",
    )


def test_an_open_release_says_what_it_is_about() -> None:
    """There is no verdict and no reason yet."""
    event = history.of_release(replace(ONE, verdict=None, state="updating", config_before="config-0"))
    assert (event.what, event.why) == ("release of version 1: updating", "config-0 is to become config-1")


def test_the_newest_comes_first_whatever_the_clocks_offset() -> None:
    """Moments are compared, not their spelling."""
    early, late = "2013-01-01T23:30:00+00:00", "2013-01-02T01:00:00+01:00"
    events = [history.Event(at=at, what="", why="", evidence="") for at in (early, late)]
    assert [event.at for event in history.newest(events, 9)] == [late, early]
    assert len(history.newest(events, 1)) == 1


def filled(register: Callable[..., int]) -> None:
    """A version, a verdict and two releases."""
    register()
    body = json.dumps(VERDICT).encode()
    aws.client("s3").put_object(Bucket=BUCKET, Key=gate.key("job-1"), Body=body)
    for record in (ONE, TWO):
        keep(TABLE, record)


@pytest.mark.usefixtures("project")
def test_an_event_is_three_lines() -> None:
    """When, what and where; why; who, and what shows it."""
    assert history.lines_of(
        history.of_release(replace(TWO, by="arn:aws:iam::1:user/ann", reason="it serves"))
    ) == [
        "2013-01-02 00:00  release of version 2: promoted in production",
        "    it serves",
        "    by ann, see production-v2",
    ]


@pytest.mark.usefixtures("project")
def test_who_let_a_release_stands_beside_who_asked_for_it() -> None:
    """An approval has a form."""
    let = TWO.having(approvals=[{"form": "reviewers", "by": ["ann"]}])
    assert history.lines_of(history.of_release(let))[-1] == "    approved by ann, see production-v2"


def test_everything_is_told(register: Callable[..., int], show: Show) -> None:
    """Registry, verdicts and ledgers, in one list."""
    filled(register)
    document = show()
    assert [event["what"] for event in document["events"][-2:]] == [
        "release of version 2: promoted",
        "release of version 1: promoted",
    ]
    assert {event["what"] for event in document["events"][:2]} == {"gate refused", "version 1 registered"}
    assert document["left_out"] == {}


def test_an_environment_has_its_releases_alone(register: Callable[..., int], show: Show) -> None:
    """And the other none."""
    filled(register)
    assert {event["environment"] for event in show("production")["events"]} == {"production"}
    assert show("staging")["events"] == []


def test_no_more_is_told_than_asked_for(register: Callable[..., int], show: Show) -> None:
    """The latest."""
    filled(register)
    assert [event["environment"] for event in show("--last", "3")["events"]] == [None, None, "production"]


def test_another_account_is_named_and_the_rest_is_shown(
    register: Callable[..., int], project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence below the rest."""
    filled(register)
    place(project, staging="2" * 12)
    assert run(["history"]) == 0
    told = capsys.readouterr().out
    assert "gate refused" in told and told.count("staging is left out: the credentials reach account") == 1


@pytest.mark.usefixtures("cloud")
def test_with_nothing_in_reach_there_is_no_answer(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The sentence says which account to sign in to."""
    place(project, registry="2" * 12, staging="2" * 12, production="2" * 12)
    assert run(["history"]) == 2
    assert "sign in to 222222222222" in capsys.readouterr().err


@pytest.mark.usefixtures("cloud")
def test_an_empty_project_says_how_to_begin(capsys: pytest.CaptureFixture[str]) -> None:
    """No empty page."""
    assert run(["history"]) == 0
    assert "run `pipeline train` first" in capsys.readouterr().out
