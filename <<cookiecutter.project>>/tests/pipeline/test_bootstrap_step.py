"""A step believes nothing but what it sees afterwards, and says which right is missing."""

import pytest
from botocore.exceptions import ClientError

from pipeline.bootstrap import step
from pipeline.bootstrap.step import State, Step, done, person, todo
from pipeline.errors import InfrastructureError, UserError
from pipeline.github import GithubError

DOWN = GithubError("GitHub refused GET x: oh (HTTP 502)", 502)
DENIED = GithubError("GitHub refused PUT x: no (HTTP 403)", 403)


def raising(error: Exception) -> State:
    """Look, and be refused."""
    raise error


def test_what_was_made_is_looked_at_again() -> None:
    """An answer of 200 is no proof."""
    deaf = Step("deaf", lambda: todo("it is not there"), [], lambda: None)
    with pytest.raises(InfrastructureError, match="deaf was done, and still: it is not there; run the same"):
        step.made(deaf)


def test_what_a_plan_does_not_allow_is_left_to_a_person() -> None:
    """Without looking again: it would be tried for ever."""
    left = person("the plan has none", "take another")
    assert step.made(Step("plan", lambda: todo("not there"), [], lambda: left)) == left


def test_a_missing_right_is_named() -> None:
    """That of the step."""
    closed = Step("closed", lambda: raising(DENIED), [], right="the permission Variables: write")
    with pytest.raises(UserError, match=r"closed: .* needs the permission Variables: write: sign in"):
        step.seen(closed)


def test_other_refusals_stay_what_they_are() -> None:
    """GitHub may be down."""
    down = Step("down", lambda: raising(DOWN), [])
    with pytest.raises(GithubError, match="HTTP 502"):
        step.seen(down)


@pytest.mark.parametrize(
    "error", [DENIED, ClientError({"Error": {"Code": "AccessDenied", "Message": "not you"}}, "GetRole")]
)
def test_a_table_shows_what_could_not_be_looked_at(error: Exception) -> None:
    """And goes on with the next row."""
    state = step.shown(Step("closed", lambda: raising(error), []))
    assert (state.kind, state.found) == ("a person", "could not be looked at")


def test_what_is_there_is_shown() -> None:
    """As the step says it."""
    assert step.shown(Step("open", lambda: done("there"), [])) == done("there")
