"""What GitHub is to say of a release, by the ledger and by what is served."""

from dataclasses import replace

import pytest

from pipeline.deployment import wanted
from pipeline.ledger import Record
from tests.pipeline.explain_sample import ENDED, JUDGE, OPEN, PROMOTED

BEFORE = replace(PROMOTED, release="production-v2", version=2, config_asked="flights-production-aaaa")


def test_only_what_is_served_is_a_success() -> None:
    """What was served before is inactive."""
    serving = wanted.live([PROMOTED, BEFORE], PROMOTED.config_asked)
    states = [wanted.state(one, serving) for one in (PROMOTED, BEFORE)]
    assert states == ["success", "inactive"]


def test_after_a_rollback_the_one_who_brought_it_back_is_the_success() -> None:
    """The configuration is the same as the first time."""
    back = replace(BEFORE, release="production-v2-back", kind="rollback")
    serving = wanted.live([back, PROMOTED, BEFORE], BEFORE.config_asked)
    assert [wanted.state(one, serving) for one in (back, PROMOTED, BEFORE)] == [
        "success",
        "inactive",
        "inactive",
    ]


def test_without_an_endpoint_nothing_is_a_success() -> None:
    """Staging's is taken down after some hours."""
    assert wanted.live([PROMOTED, BEFORE], None) is None
    assert wanted.state(PROMOTED, None) == "inactive"


@pytest.mark.parametrize(
    ("record", "state"),
    [
        (JUDGE, "failure"),
        (ENDED["heartbeat"], "failure"),
        (ENDED["failed"], "failure"),
        (ENDED["stuck"], "error"),
        (OPEN["canary"], "in_progress"),
    ],
    ids=["taken back", "by AWS", "not released", "stuck", "under way"],
)
def test_what_is_not_served_says_why(record: Record, state: str) -> None:
    """A verdict has one word of GitHub's."""
    assert wanted.state(record, BEFORE) == state


def test_who_took_it_back_is_told() -> None:
    """A cause, or the person."""
    assert wanted.description(JUDGE).startswith("version 3 rolled back (judge): 51 of the candidate's")
    assert "rolled back (human) by ann" in wanted.description(ENDED["human"])


def test_a_description_keeps_within_githubs_bound() -> None:
    """140 characters; a longer one is refused."""
    assert len(wanted.description(replace(JUDGE, reason="x" * 999))) == 140


def test_a_verdict_is_in_the_payload_once_there_is_one() -> None:
    """A deployment's payload cannot be changed: it says nothing that may become false."""
    assert wanted.payload(JUDGE)["verdict"] == "rolled_back"
    assert "verdict" not in wanted.payload(OPEN["canary"])


def test_the_log_is_the_run_that_released_it() -> None:
    """Whoever tells GitHub of it."""
    told = wanted.status(JUDGE.having(runs=["https://one", "https://two"]), None)
    assert told["log_url"] == "https://two"
    assert "log_url" not in wanted.status(JUDGE, None)


@pytest.mark.parametrize("payload", [{}, "", "text", {"release": "a"}])
def test_a_deployment_that_is_not_ours_is_of_no_release(payload: object) -> None:
    """Somebody else may deploy to an environment of that name."""
    assert wanted.released({"payload": payload}) == ("a" if payload == {"release": "a"} else None)
