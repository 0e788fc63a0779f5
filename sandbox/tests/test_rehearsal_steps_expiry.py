"""sandbox.rehearsal.steps at the end of staging: its endpoint goes, and nothing else."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import rehearsal_fakes as fakes
from rehearsal_steps import fails, going_well

from sandbox.rehearsal import life as shared
from sandbox.rehearsal import steps


@pytest.fixture
def life(tmp_path: Path) -> Any:
    """A rehearsal where every verb does well and production serves `old`, under traffic."""
    return going_well(tmp_path)


@pytest.fixture
def released(life: Any) -> Any:
    """Staging's last release is long ago, as the clock runs, and its endpoint goes when it is asked to."""
    life.record.speed = 1e6
    life.release("New", "release", "staging")
    expiring(life)
    return life


def expiring(life: Any, down: Sequence[str] = ("staging",), **more: Any) -> None:
    """The verb answers so, and those endpoints are gone."""

    def answer() -> fakes.Answer:
        life.observer.down = list(down)
        return 0, {"due": True, "deleted": ["endpoint", "parameter"], "reason": "it is time"} | more

    life.verbs.answers["pipeline expire staging"] = answer


def test_staging_expires(released: Any) -> None:
    """By the policy, which is changed where everybody sees it."""
    assert steps.expiry(released) == "staging is down: it is time"
    assert released.workspace.acts == ["set lifetime_hours of policy.toml to 0.5", "commit Let staging go sooner"]
    assert released.verbs.by["pipeline expire staging"].startswith("ci-monitor-staging of ")


def test_a_release_that_was_left_open_fails(released: Any) -> None:
    """Each ended, and each environment is looked at."""
    released.verbs.answers["pipeline reconcile production"] = (0, {"release": "production-v2"})
    fails(steps.expiry, released, "production-v2 is still open in production")
    assert released.verbs.by["pipeline reconcile production"].startswith("ci-monitor-production of ")


def test_staging_that_is_not_due_fails(released: Any) -> None:
    """It was waited for."""
    expiring(released, due=False, deleted=[], reason="it is young")
    fails(steps.expiry, released, "staging stays: it is young")


def test_staging_that_would_come_again_fails(released: Any) -> None:
    """The parameter that its stack makes it from has to go, too."""
    expiring(released, deleted=["endpoint"])
    fails(steps.expiry, released, "went without the parameter that it is made from")


def test_an_endpoint_that_stays_fails(released: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the verb says."""
    expiring(released, down=[])
    monkeypatch.setattr(steps, "wait_for", lambda holds, _seconds: shared.wait_for(holds, 0.05))
    fails(steps.expiry, released, "staging's endpoint is still there")


def test_production_that_goes_as_well_fails(released: Any) -> None:
    """It does not expire."""
    expiring(released, down=["staging", "production"])
    fails(steps.expiry, released, "production's endpoint went as well")
