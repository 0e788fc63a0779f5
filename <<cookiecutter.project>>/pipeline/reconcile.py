"""`pipeline reconcile`: close what a dead process left, as it would have closed it itself."""

import click

from pipeline import beat, endpoint, ledger, policy, settings
from pipeline.command import ENVIRONMENT, Answer, verb
from pipeline.ledger import Record
from pipeline.release import answer, follow, left
from pipeline.report.markdown import plain
from pipeline.settings import Service

SENTENCES = {
    left.ALIVE: "{release} is under way ({state}), and its process is alive: nothing to do",
    left.WAITING: "{release} waits for the service stack to make the endpoint: nothing to do",
    left.UNATTENDED: "{release} is under way ({state}), and nobody judges it: the heartbeat's alarm takes it "
    "back; --wait waits for that, and closes it",
}


@verb("reconcile", "pipeline reconcile production --wait")
@ENVIRONMENT
@click.option("--wait", is_flag=True, help="Wait until an update that is under way is over.")
def command(environment: str, wait: bool) -> Answer:
    """Close the release or rollback in ENVIRONMENT whose process died, by what the endpoint says.

    It does all that the dead process would have done: verdict and cause, registry, alarms, capacity, ledger.
    An update that is under way without a judge is left to the heartbeat's alarm. Every release and rollback
    begins with it, and it may be run at any time: with nothing open there is nothing to do.
    """
    service = settings.service(environment)
    present = ledger.current(service.ledger_table)
    if present is None:
        document = {"environment": environment, "found": None, "release": None}
        line = f"{environment}: nothing to do, no release is open"
        return Answer(document, [line], summary=f"**reconcile** {line}.")
    what, record, moved = _reconciled(present, service, wait=wait)
    told = answer.of(record, endpoint.describe(service.endpoint), moved)
    said = {"found": what, "sentence": None}
    if what in SENTENCES:
        sentence = SENTENCES[what].format(release=record.release, state=record.state)
        summary = f"**reconcile** {environment}: {plain(sentence)}."
        return Answer({**told.document, **said, "sentence": sentence}, [sentence], summary=summary)
    summary = f"**reconcile** {environment}: closed {plain('; '.join(map(str, told.lines)))}."
    return Answer({**told.document, **said}, told.lines, summary=summary)


def _reconciled(record: Record, service: Service, *, wait: bool) -> tuple[str, Record, dict[str, object]]:
    """What was found of an open release, the record as it is now, and what the registry was told."""
    rules = policy.load()
    if left.found(record, follow.look(service)) == left.WAITING:
        return left.WAITING, record, left.MOVED
    if beat.alive(service.ledger_table, record):
        if not wait:
            return left.ALIVE, record, left.MOVED
        record = left.outlived(record, service)
        if record.ended:
            return left.CLOSED, record, left.MOVED
    if wait and left.found(record, follow.look(service)) == left.UNATTENDED:
        record = left.wait(record, service)
        if record.ended:
            return left.CLOSED, record, left.MOVED
    record, moved = left.close(record, service, rules)
    return left.CLOSED if record.ended else left.UNATTENDED, record, moved
