"""One rule says which version moves to which stage."""

import pytest

from pipeline import verdict
from pipeline.stages import ARCHIVED, NONE, PRODUCTION, REJECTED, STAGING, STATUS, moves
from pipeline.verdict import Outcome

PROMOTED = Outcome(verdict.PROMOTED, None, "the endpoint serves it")
ALARM = Outcome(verdict.ROLLED_BACK, verdict.BACKSTOP, "an alarm fired")
CONTRACT = Outcome(verdict.FAILED, verdict.CONTRACT, "a prediction is nan")
MACHINES = Outcome(verdict.ROLLED_BACK, verdict.PROVISION, "no capacity")


def test_a_version_goes_from_nothing_to_staging_to_production() -> None:
    """One stage with each environment that serves it."""
    assert moves("staging", 1, PROMOTED, {1: NONE}) == {1: STAGING}
    assert moves("production", 1, PROMOTED, {1: STAGING}) == {1: PRODUCTION}


@pytest.mark.parametrize(("environment", "stage"), [("staging", STAGING), ("production", PRODUCTION)])
def test_what_was_at_the_stage_before_is_archived(environment: str, stage: str) -> None:
    """Also a version that an earlier release forgot there."""
    present = {1: stage, 2: stage, 3: NONE}
    assert moves(environment, 3, PROMOTED, present) == {1: ARCHIVED, 2: ARCHIVED, 3: stage}


def test_the_way_back_archives_the_version_that_is_left() -> None:
    """Going back by hand is a decision, not a verdict on the model."""
    assert moves("production", 1, PROMOTED, {1: ARCHIVED, 2: PRODUCTION}) == {1: PRODUCTION, 2: ARCHIVED}


def test_the_other_environments_version_stays() -> None:
    """What staging tries is not what production left."""
    assert moves("production", 2, PROMOTED, {1: STAGING, 2: NONE}) == {2: PRODUCTION}


def test_staging_takes_no_version_away_from_production() -> None:
    """The same version may be released to staging once more; what was tried there before is archived."""
    assert moves("staging", 1, PROMOTED, {1: PRODUCTION, 2: STAGING}) == {2: ARCHIVED}


@pytest.mark.parametrize("outcome", [ALARM, CONTRACT])
def test_what_fails_by_itself_is_rejected(outcome: Outcome) -> None:
    """And nothing else moves: the environment serves what it served."""
    assert moves("production", 2, outcome, {1: PRODUCTION, 2: STAGING}) == {2: REJECTED}


@pytest.mark.parametrize("outcome", [MACHINES, Outcome(verdict.FAILED, verdict.PROVISION, "")])
def test_what_fails_by_its_surroundings_stays(outcome: Outcome) -> None:
    """It may be tried again."""
    assert moves("production", 2, outcome, {1: PRODUCTION, 2: STAGING}) == {}


def test_a_version_that_is_where_it_belongs_is_not_moved_again() -> None:
    """The registry's history has no entry that says nothing."""
    assert moves("production", 2, PROMOTED, {1: ARCHIVED, 2: PRODUCTION}) == {}


def test_every_stage_has_the_status_that_aws_wants() -> None:
    """But for no stage, which is never written."""
    assert set(STATUS) == {STAGING, PRODUCTION, ARCHIVED, REJECTED}
