"""GitHub's deployments follow the ledger and the endpoint; a GitHub that refuses is a warning."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from pipeline.__main__ import run
from tests.pipeline.conftest import Fleet, keep
from tests.pipeline.known_github import GitHub
from tests.pipeline.test_rollback import ONE, TABLE, TWO

PLACE = "flights-production"
VERB = ["deployment", "production", "--json"]


@pytest.fixture
def tell(
    fleet: Fleet, register: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> Callable[[], object]:
    """Two versions are registered, the first one is live; runs the verb and returns what it told GitHub."""
    register()
    register(model="two")
    fleet.serve(ONE.config_asked)
    keep(TABLE, ONE)

    def go() -> object:
        assert run(VERB) == 0
        return json.loads(capsys.readouterr().out)["told"]

    return go


def states(github: GitHub) -> dict[str, list[str]]:
    """The states that each release's deployment went through."""
    return {
        one["payload"]["release"]: [status["state"] for status in one["statuses"]]
        for one in github.state["deployments"]
        if one["environment"] == PLACE
    }


def test_the_live_version_is_a_success(github_has: GitHub, tell: Callable[[], object]) -> None:
    """In the endpoint's name, which no job has as its environment."""
    assert tell() == {ONE.release: "success"}
    assert states(github_has) == {ONE.release: ["success"]}
    assert github_has.state["deployments"][0]["payload"]["config"] == ONE.config_asked


def test_what_github_knows_is_not_told_again(github_has: GitHub, tell: Callable[[], object]) -> None:
    """The verb is run after each release, each rollback, each reconcile."""
    tell()
    assert tell() == {}
    assert states(github_has) == {ONE.release: ["success"]}


def test_what_takes_its_place_makes_the_one_before_inactive(
    github_has: GitHub, fleet: Fleet, tell: Callable[[], object]
) -> None:
    """GitHub would not, in production."""
    tell()
    keep(TABLE, TWO)
    fleet.serve(TWO.config_asked)
    tell()
    assert states(github_has) == {ONE.release: ["success", "inactive"], TWO.release: ["success"]}


def test_what_was_taken_back_is_a_failure_and_the_live_one_stays(
    github_has: GitHub, tell: Callable[[], object]
) -> None:
    """The endpoint serves the old configuration."""
    tell()
    keep(TABLE, replace(TWO, state="rolled_back", verdict="rolled_back", cause="judge"))
    tell()
    assert states(github_has) == {ONE.release: ["success"], TWO.release: ["failure"]}


def test_what_a_killed_process_left_is_put_right_once_it_is_closed(
    github_has: GitHub, tell: Callable[[], object]
) -> None:
    """The same deployment, from in progress to its end."""
    open_one = replace(TWO, state="canary", verdict=None, ended=None)
    keep(TABLE, open_one)
    tell()
    keep(TABLE, replace(TWO, state="rolled_back", verdict="rolled_back", cause="heartbeat"))
    tell()
    assert states(github_has)[TWO.release] == ["in_progress", "failure"]


def test_where_nothing_was_released_there_is_nothing_to_tell(
    github_has: GitHub, fleet: Fleet, capsys: pytest.CaptureFixture[str]
) -> None:
    """And no error."""
    assert run(VERB) == 0
    assert github_has.state["deployments"] == []


def test_a_refusal_is_a_warning(
    github_has: GitHub, tell: Callable[[], object], capsys: pytest.CaptureFixture[str]
) -> None:
    """The version is served all the same, so the job is not failed by it."""
    github_has.refuse("POST repos/somebody/flights/deployments", 403)
    assert run(VERB) == 0
    assert "HTTP 403" in json.loads(capsys.readouterr().out)["error"]
