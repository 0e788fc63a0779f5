"""Monitor: every hour, what a runner that died has left open is closed.

Named so that pytest comes to it after `test_retrain`, whose story begins before anything serves.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from killable import LONG, until
from production import Production

from workflows import events
from workflows.act import Run
from workflows.github import NUMBERS, GitHub
from workflows.monitoring import QUIET, monitor

pytestmark = pytest.mark.slow
ROLE = "*ci-monitor-production*"
FAILED = QUIET | {"production": "failure", "tell": "success"}


@pytest.fixture(scope="module")
def production(hosted: GitHub, served: Production) -> Iterator[Production]:
    """A version that production serves; main as it was afterwards."""
    head = hosted.git("rev-parse", "HEAD")
    yield served
    hosted.git("reset", "--quiet", "--hard", head)


@pytest.fixture(scope="module")
def before(production: Production) -> str:
    """What is live before a release is killed."""
    return production.live()


@pytest.fixture(scope="module")
def closed(hosted: GitHub, production: Production, before: str) -> Run:
    """The monitor, after a release was killed while the new fleet takes over, and AWS has taken that back."""
    [version] = {one.version for one in production.records() if one.config_asked == before}
    candidate = production.patched(version)
    running = production.under("updating", candidate)
    running.kill()
    until(lambda: production.settled(), LONG, "the heartbeat's alarm, and the way back")
    assert production.locked()
    hosted.set(issues=[], comments={})
    return monitor(hosted)


def test_it_closes_what_a_killed_release_has_left(closed: Run, production: Production, before: str) -> None:
    """The ledger says who took it back, and what served before serves."""
    assert closed.results == QUIET, closed.log
    assert not production.locked()
    record = production.records()[0]
    assert (record.verdict, record.cause) == ("rolled_back", "heartbeat")
    assert production.live() == before


def test_it_says_what_it_has_closed(closed: Run) -> None:
    """In a line for each environment."""
    assert "**reconcile** production: closed release of version " in closed.summary
    assert "rolled\\_back (heartbeat)" in closed.summary
    assert "**reconcile** staging: nothing to do" in closed.summary


def test_an_hour_later_there_is_nothing_to_do(hosted: GitHub, closed: Run) -> None:
    """And nobody is told."""
    ran = monitor(hosted)
    assert ran.results == QUIET, ran.log
    assert "**reconcile** production: nothing to do, no release is open." in ran.summary
    assert hosted.state.get("issues", []) == []


@contextmanager
def denied(production: Production) -> Iterator[None]:
    """AWS refuses the monitor its ledger, as when somebody has changed a policy."""
    production.fault(do="error", operation="dynamodb.*", caller=ROLE, code="AccessDeniedException", status=400)
    try:
        yield
    finally:
        production.lift()


def test_a_monitor_that_fails_opens_one_issue(hosted: GitHub, production: Production) -> None:
    """With the reason; the next hour adds to it. What judges the model has one of its own."""
    hosted.set(issues=[], comments={})
    with denied(production):
        first, second = monitor(hosted), monitor(hosted)
    assert (first.results, second.results) == (FAILED, FAILED), first.log
    [issue] = [one for one in hosted.state["issues"] if one["title"] != "The monitor of the model"]
    assert issue["title"] == "The hourly monitor"
    assert "**`pipeline reconcile` stopped:** AWS refused" in issue["body"]
    assert len(hosted.state["comments"][str(issue["number"])]) == 1


def test_a_monitor_that_a_person_starts_opens_none(hosted: GitHub, production: Production) -> None:
    """Who has started it looks at it."""
    hosted.set(issues=[], comments={})
    with denied(production):
        ran = hosted.run("monitor.yml", events.dispatch(), GITHUB_RUN_ID=str(next(NUMBERS)))
    assert ran.results == FAILED | {"tell": "skipped"}, ran.log
    assert hosted.state["issues"] == []
