"""A person takes production back: at once, with a role that can do nothing else."""

import pytest

from workflows import events, releasing
from workflows.github import NUMBERS, GitHub

pytestmark = pytest.mark.slow
WHY = "complaints since noon"


def test_a_rollback_by_hand(live: GitHub) -> None:
    """Nobody approves it; what is live is what was promoted before, and GitHub shows that."""
    production = live.production
    version = next(record.version for record in production.records() if record.config_asked == production.live())
    other = next(one for one in production.good if one != version)
    if not any(record.version == other and record.state == "promoted" for record in production.records()):
        assert releasing.released(live, other).results["production/release"] == "success"
    before = production.live()
    ran = live.run("rollback.yml", events.dispatch("eve", environment="production", why=WHY, now="true"))

    assert ran.results == {"rollback": "success"}, ran.log
    assert releasing.roles(ran) == ["ci-rollback-production"]
    record = production.records()[0]
    assert (record.kind, record.state, record.why) == ("rollback", "promoted", WHY)
    assert production.live() == record.config_asked != before
    newest, *_ = [one for one in releasing.deployments(live)[::-1] if one["release"] == record.release]
    assert newest["state"] == "success"
    assert [one["state"] for one in releasing.deployments(live)].count("success") == 1
    assert "## production: promoted" in ran.summary and WHY in ran.summary


def test_a_rollback_to_what_was_never_promoted_is_refused(live: GitHub) -> None:
    """The run says so, and shows no other release as its own."""
    before = live.production.live()
    asked = {"environment": "production", "version": str(live.production.broken), "why": WHY}
    ran = live.run("rollback.yml", events.dispatch("eve", **asked), GITHUB_RUN_ID=str(next(NUMBERS)))

    assert ran.results == {"rollback": "failure"}, ran.log
    assert live.production.live() == before
    assert f"version {live.production.broken} was never promoted" in ran.summary
    assert "## production" not in ran.summary
