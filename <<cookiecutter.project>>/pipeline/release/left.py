"""What a dead process left open: closed by what DescribeEndpoint says, with all that it would have done."""

from contextlib import suppress
from typing import Any

from pipeline import beat, ledger, shadow, states, verdict
from pipeline.command import Document
from pipeline.errors import UserError
from pipeline.ledger import ClosedError, Record
from pipeline.policy import Policy
from pipeline.progress import say, waiting
from pipeline.release import closing, follow, guard, update
from pipeline.release.asked import proved
from pipeline.settings import Service
from pipeline.verdict import Outcome

CLOSED, ALIVE, UNATTENDED, WAITING = "closed", "alive", "unattended", "waiting"
MOVED: Document = {"moved": {}, "error": None}


def found(record: Record, described: dict[str, Any] | None) -> str:
    """What an open release of a dead process is: to be closed, under way, or waiting for the stack. Pure.

    A first release stops at `prepared` by itself: the service stack makes its endpoint.
    """
    if record.config_before is None and described is None and record.state == states.PREPARED:
        return WAITING
    if verdict.derive(described, record.config_before, record.config_asked) is None:
        begun = described is not None and update.begun(described, record)
        return UNATTENDED if begun else CLOSED
    return CLOSED


def close(record: Record, service: Service, rules: Policy) -> tuple[Record, Document]:
    """Close what a dead process left, unless its update is still under way; the record as it is then.

    Where somebody else closes it meanwhile, theirs is the last word.
    """
    described = follow.look(service)
    if found(record, described) != CLOSED:
        return record, MOVED
    try:
        with beat.held(service.ledger_table, record):
            record = ledger.save(service.ledger_table, record)
            say(f"{record.release} was left {record.state} by a dead process, and is closed")
            return _ended(record, described, service, rules)
    except ClosedError as closed:
        return closed.record, MOVED


def _ended(
    record: Record, described: dict[str, Any] | None, service: Service, rules: Policy
) -> tuple[Record, Document]:
    """The record as its process would have ended it, by what DescribeEndpoint says."""
    if not _begun(record, described):
        if record.state in states.BEFORE_UPDATE and described is not None:
            shadow.end(record, service)
        why = f"its process died, {record.state}, before it asked for an update"
        return closing.finish(record, ended(record, why), service, rules)
    if unproved(record, described):
        why = f"its process died before the contract test: `{again(record)}` makes it"
        return closing.finish(record, ended(record, why), service, rules)
    return closing.end(record, service, rules)


def _begun(record: Record, described: dict[str, Any] | None) -> bool:
    """Whether its update was asked for, as far as that can be known of an endpoint that is gone. Pure."""
    if described is None:
        return record.state not in states.BEFORE_UPDATE
    return update.begun(described, record)


def outlived(record: Record, service: Service) -> Record:
    """Wait until the process of an open release has closed it, or is dead; the record as it is then."""
    while record.ended is None and beat.alive(service.ledger_table, record):
        record = ledger.get(service.ledger_table, record.release) or record
    return record


def unproved(record: Record, described: dict[str, Any] | None) -> bool:
    """Whether the endpoint serves what only a contract test can promote, and nobody made it. Pure.

    Who closes sends no request, and goes back at most: the way there is the release's own role's.
    """
    served = verdict.derive(described, record.config_before, record.config_asked) == verdict.PROMOTED
    return served and proved(record) and "proof" not in record.details


def again(record: Record) -> str:
    """The verb that asks for the same once more."""
    return f"pipeline {record.kind} {record.environment} --version {record.version}"


def ended(record: Record, why: str) -> Outcome:
    """The outcome of a release that ends before its update."""
    if record.aborted_by:
        return Outcome(verdict.FAILED, verdict.HUMAN, f"aborted by {record.aborted_by} before the update")
    return Outcome(verdict.FAILED, verdict.PROVISION, why)


def wait(record: Record, service: Service) -> Record:
    """Wait until an update without a judge is over, and open no eye but this one."""
    with waiting(f"{record.kind} {record.release}, which nobody judges") as show:
        ends = (record.config_before, record.config_asked)
        follow.settled(service, *ends, guard.longest(record), fresh=False, show=show)
    return ledger.get(service.ledger_table, record.release) or record


def make_way(record: Record, service: Service, rules: Policy) -> None:
    """Close an open release that is in another one's way. Raises UserError while it cannot be closed."""
    if found(record, follow.look(service)) == WAITING:
        instead = Outcome(verdict.FAILED, verdict.SUPERSEDED, "another release was asked for instead")
        with suppress(ClosedError):
            closing.finish(record, instead, service, rules)
        return
    if beat.alive(service.ledger_table, record):
        present = ledger.current(service.ledger_table)
        if present is not None and present.release == record.release:
            raise UserError(ledger.occupied(present))
        return
    closed, _ = close(record, service, rules)
    if closed.ended is None:
        raise UserError(
            f"{record.release} is under way and its process is dead: the heartbeat's alarm takes it back; "
            f"run `pipeline reconcile {record.environment} --wait` first"
        )
