"""One open release per environment, and a record that survives its runner."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pipeline import aws, ledger
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
    with pytest.raises(UserError, match="production-v1-20130101t000000 is under way") as refused:
        ledger.begin(TABLE, TWO)
    assert "`pipeline rollback production`" in str(refused.value)


@pytest.mark.usefixtures("cloud")
def test_a_refused_release_leaves_no_record() -> None:
    """Record and lock are written together or not at all."""
    ledger.begin(TABLE, ONE)
    with pytest.raises(UserError):
        ledger.begin(TABLE, TWO)
    assert [record.release for record in ledger.records(TABLE)] == [ONE.release]


@pytest.mark.usefixtures("cloud")
def test_the_same_release_is_taken_up() -> None:
    """A new process gets the first one's record, id and start included."""
    ledger.begin(TABLE, ONE)
    taken = ledger.begin(TABLE, replace(ONE, release="production-v1-later", started="later"))
    assert (taken.release, taken.started) == (ONE.release, ONE.started)


@pytest.mark.usefixtures("cloud")
def test_a_lock_that_somebody_deleted_leaves_nothing_open() -> None:
    """The release is found and closed all the same."""
    opened = ledger.begin(TABLE, ONE)
    aws.client("dynamodb").delete_item(TableName=TABLE, Key={"release": {"S": ledger.LOCK}})
    assert ledger.current(TABLE) == opened
    ledger.close(TABLE, opened, "failed")
    assert (ledger.current(TABLE), ledger.records(TABLE)[0].state) == (None, "failed")


def test_a_release_by_canary_is_not_taken_up_by_one_at_once() -> None:
    """Who asked for `--now` would wait for a bake."""
    at_once, by_canary = (ONE.having(guarded=guarded) for guarded in (False, True))
    assert ledger.same(at_once, at_once)
    assert not ledger.same(at_once, by_canary)


def test_two_of_a_second_are_two() -> None:
    """The id tells the milliseconds."""
    release, started = ledger.identify("production", 1)
    digits = "".join(one for one in started.removesuffix("+00:00") if one.isdigit())
    assert release == f"production-v1-{digits[:8]}t{digits[8:]}"
    assert len(digits) == 17


@pytest.mark.usefixtures("cloud")
def test_every_write_is_a_beat_and_a_revision() -> None:
    """Whoever watches sees that somebody works on it; a beat alone is no revision."""
    ledger.save(TABLE, ledger.begin(TABLE, ONE))
    ledger.beat(TABLE, ONE.release)
    stored = ledger.current(TABLE)
    assert stored and (stored.beat, stored.revision) == (2, 1)


@pytest.mark.usefixtures("cloud")
def test_what_is_none_again_is_gone() -> None:
    """A write replaces every attribute, so that none of an earlier one stays."""
    record = ledger.save(TABLE, replace(ledger.begin(TABLE, ONE), cause="judge"))
    ledger.save(TABLE, replace(record, cause=None))
    stored = ledger.current(TABLE)
    assert stored and stored.cause is None


@pytest.mark.usefixtures("cloud")
def test_two_processes_do_not_undo_each_other() -> None:
    """The slower one's write goes on top of the faster one's: the further state, and both's details."""
    slow = ledger.begin(TABLE, ONE)
    ledger.save(TABLE, replace(slow, state="prepared", aborted_by="somebody").having(plan={"share": 0.5}))
    merged = ledger.save(TABLE, replace(slow, state="gated").having(replay={"passed": True}))
    assert (merged.state, merged.aborted_by) == ("prepared", "somebody")
    assert merged.details == {"plan": {"share": 0.5}, "replay": {"passed": True}}


@pytest.mark.usefixtures("cloud")
def test_closing_frees_the_lock() -> None:
    """The next release can begin, and history has both, the newest first."""
    ledger.close(TABLE, ledger.begin(TABLE, ONE), "failed")
    assert ledger.current(TABLE) is None
    ledger.begin(TABLE, TWO)
    assert [record.version for record in ledger.records(TABLE)] == [2, 1]


@pytest.mark.usefixtures("cloud")
def test_what_is_closed_is_not_written_again() -> None:
    """A process that was thought dead must not open the door for a third release, or change the end."""
    record = ledger.begin(TABLE, ONE)
    ledger.close(TABLE, record, "failed")
    ledger.begin(TABLE, TWO)
    for write in (lambda: ledger.save(TABLE, record), lambda: ledger.close(TABLE, record, "failed")):
        with pytest.raises(ledger.ClosedError) as closed:
            write()
        assert closed.value.record.state == "failed"
    assert ledger.current(TABLE) == TWO


@pytest.mark.usefixtures("cloud")
def test_a_state_that_cannot_follow_is_not_written() -> None:
    """Nothing is promoted that was not asked for."""
    record = ledger.begin(TABLE, ONE)
    with pytest.raises(ValueError, match="from locked to promoted"):
        ledger.close(TABLE, record, "promoted")
    assert ledger.current(TABLE) == ONE


@pytest.mark.usefixtures("cloud")
def test_a_table_that_is_away_for_a_minute_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A write that cannot be made at once is made later."""
    real, refusals = aws.client("dynamodb"), iter([1, 2])
    away = {"Error": {"Code": "InternalServerError"}, "ResponseMetadata": {"HTTPStatusCode": 500}}

    def write(**request: Any) -> Any:
        if next(refusals, None):
            raise ClientError(away, "TransactWriteItems")
        return real.transact_write_items(**request)

    table = SimpleNamespace(transact_write_items=write, get_item=real.get_item)
    with monkeypatch.context() as absent:
        absent.setattr(aws, "client", lambda service: table)
        ledger.begin(TABLE, ONE)
    assert ledger.current(TABLE) == ONE


@pytest.mark.usefixtures("cloud")
def test_an_environment_without_a_ledger_has_no_history() -> None:
    """Status can be asked before the service stack is applied."""
    assert ledger.records("absent") == []


def promoted(record: ledger.Record) -> ledger.Record:
    """The record as a promoted release."""
    return replace(record, state="promoted")


def test_the_way_back_is_the_newest_promoted_that_is_not_live() -> None:
    """History is newest first; rolled-back releases and the live configuration are passed over."""
    bad = replace(TWO, config_asked="config-3", state="rolled_back")
    found = ledger.earlier([bad, promoted(TWO), promoted(ONE)], live="config-2", version=None)
    assert found == promoted(ONE)


def test_the_way_back_can_be_named() -> None:
    """A version that was never promoted is no way back."""
    history = [promoted(TWO), replace(ONE, state="rolled_back")]
    assert ledger.earlier(history, live="other", version=1) is None


def test_the_version_behind_a_configuration() -> None:
    """The ledger knows what a live configuration is made of, and says so when it does not."""
    assert ledger.serving([promoted(TWO), ONE], "config-1") == ONE
    assert ledger.serving([promoted(TWO), ONE], "config-9") is None
