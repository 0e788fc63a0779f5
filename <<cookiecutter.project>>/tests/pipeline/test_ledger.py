"""One open release per environment, and a record that survives its runner."""

from dataclasses import replace

import pytest

from pipeline import ledger
from pipeline.errors import UserError

TABLE = "flights-production-releases"
ONE = ledger.Record(
    release="production-v1-20130101t000000",
    environment="production",
    kind="release",
    version=1,
    config_before=None,
    config_asked="config-1",
    model="model-1",
    started="2013-01-01T00:00:00+00:00",
)
TWO = replace(
    ONE,
    release="production-v2-20130102t000000",
    version=2,
    config_asked="config-2",
    started="2013-01-02T00:00:00+00:00",
)


def test_a_record_survives_the_table() -> None:
    """Numbers stay numbers, and what is None is absent."""
    full = replace(ONE, to_verdict=12.5, verdict="promoted")
    item = ledger.encode(full)
    assert (ledger.decode(item), "cause" in item) == (full, False)


def test_an_attribute_of_a_later_program_is_ignored() -> None:
    """An older runner can read what a newer one wrote."""
    assert ledger.decode({**ledger.encode(ONE), "judge": {"S": "x"}}) == ONE


@pytest.mark.usefixtures("cloud")
def test_a_second_release_is_refused_and_told_which_is_open() -> None:
    """Two releases would judge each other's traffic."""
    ledger.begin(TABLE, ONE)
    with pytest.raises(UserError, match="production-v1-20130101t000000 is still open") as refused:
        ledger.begin(TABLE, TWO)
    assert "pipeline release production --version 1" in str(refused.value)


@pytest.mark.usefixtures("cloud")
def test_a_refused_release_leaves_no_record() -> None:
    """Record and lock are written together or not at all."""
    ledger.begin(TABLE, ONE)
    with pytest.raises(UserError):
        ledger.begin(TABLE, TWO)
    assert [record.release for record in ledger.records(TABLE)] == [ONE.release]


@pytest.mark.usefixtures("cloud")
def test_the_same_release_is_taken_up() -> None:
    """A new runner gets the first one's record, id and start included."""
    ledger.begin(TABLE, ONE)
    assert ledger.begin(TABLE, replace(ONE, release="production-v1-later", started="later")) == ONE


@pytest.mark.usefixtures("cloud")
def test_closing_frees_the_lock() -> None:
    """The next release can begin, and history has both, the newest first."""
    ledger.close(TABLE, replace(ledger.begin(TABLE, ONE), verdict="promoted"))
    assert ledger.current(TABLE) is None
    ledger.begin(TABLE, TWO)
    assert [record.version for record in ledger.records(TABLE)] == [2, 1]


@pytest.mark.usefixtures("cloud")
def test_closing_late_does_not_free_another_releases_lock() -> None:
    """A runner that was thought dead must not open the door for a third release."""
    ledger.close(TABLE, ledger.begin(TABLE, ONE))
    ledger.begin(TABLE, TWO)
    ledger.close(TABLE, ONE)
    assert ledger.current(TABLE) == TWO


@pytest.mark.usefixtures("cloud")
def test_an_environment_without_a_ledger_has_no_history() -> None:
    """Status can be asked before the service stack is applied."""
    assert ledger.records("absent") == []


def promoted(record: ledger.Record) -> ledger.Record:
    """The record as a promoted release."""
    return replace(record, verdict="promoted")


def test_the_way_back_is_the_newest_promoted_that_is_not_live() -> None:
    """History is newest first; rolled-back releases and the live configuration are passed over."""
    bad = replace(TWO, config_asked="config-3", verdict="rolled_back")
    found = ledger.earlier([bad, promoted(TWO), promoted(ONE)], live="config-2", version=None)
    assert found == promoted(ONE)


def test_the_way_back_can_be_named() -> None:
    """A version that was never promoted is no way back."""
    history = [promoted(TWO), replace(ONE, verdict="rolled_back")]
    assert ledger.earlier(history, live="other", version=1) is None


def test_the_version_behind_a_configuration() -> None:
    """The ledger knows what a live configuration is made of, and says so when it does not."""
    assert ledger.serving([promoted(TWO), ONE], "config-1") == ONE
    assert ledger.serving([promoted(TWO), ONE], "config-9") is None
