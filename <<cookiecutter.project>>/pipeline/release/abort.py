"""A release under way, aborted by a person: the reject alarm is the only lever, as AWS stops no update."""

from dataclasses import replace

from pipeline import aws, beat, endpoint, ledger, states, verdict
from pipeline.command import Answer
from pipeline.errors import InfrastructureError, UserError
from pipeline.ledger import ClosedError, Record
from pipeline.policy import Policy
from pipeline.progress import waiting
from pipeline.release import answer, follow, guard, left
from pipeline.release.asked import guarded
from pipeline.settings import Service


def carry_out(record: Record, service: Service, rules: Policy, why: str | None) -> Answer:
    """Abort an open release, wait until the endpoint serves what it served before, and tell.

    A living process of the release closes it; for a dead one this does. Raises UserError for an update
    without alarms, InfrastructureError when it ends with the new configuration all the same.
    """
    if not guarded(record) and record.state in states.UNDER_WAY:
        raise UserError(
            f"{record.release} has no alarm to abort it by: wait for its end with `pipeline reconcile "
            f"{record.environment} --wait`, then roll back"
        )
    by = f"{aws.caller()}: {why}" if why else aws.caller()
    try:
        record = ledger.save(service.ledger_table, replace(record, aborted_by=by))
        record = _until_over(record, service)
        moved = left.MOVED
        if record.ended is None:
            record, moved = _closed(record, service, rules)
    except ClosedError as closed:
        record, moved = closed.record, left.MOVED
    if record.state == ledger.PROMOTED:
        raise InfrastructureError(
            f"the abort came too late, {record.environment} serves {record.config_asked}: run "
            f"`pipeline rollback {record.environment}` again"
        )
    return answer.of(record, endpoint.describe(service.endpoint), moved)


def _until_over(record: Record, service: Service) -> Record:
    """Say no until the endpoint has gone back, or a release that had not begun is closed by its process.

    Again and again, because AWS listens while the new fleet bakes, and not before.
    """
    with waiting(f"abort of {record.release}") as show:
        while record.ended is None:
            described = follow.look(service)
            show("gone" if described is None else verdict.stage(described))
            if record.state in states.UNDER_WAY:
                if verdict.derive(described, record.config_before, record.config_asked):
                    return record
                guard.abort(record, service)
            elif not beat.alive(service.ledger_table, record):
                return record
            aws.poll()
            record = ledger.get(service.ledger_table, record.release) or record
    return record


def _closed(record: Record, service: Service, rules: Policy) -> tuple[Record, dict[str, object]]:
    """The record, closed by its own process if that lives, else here."""
    record = left.outlived(record, service)
    return (record, left.MOVED) if record.ended else left.close(record, service, rules)
