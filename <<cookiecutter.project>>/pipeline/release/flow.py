"""A release or rollback from beginning to end, taken up wherever an earlier process left it."""

from dataclasses import replace

from pipeline import aws, beat, endpoint, ledger, names, policy, states, tags, verdict
from pipeline.command import Answer, Document
from pipeline.errors import RefusalError, UserError, explain
from pipeline.ledger import ClosedError, Record
from pipeline.policy import Policy
from pipeline.progress import say
from pipeline.release import answer, closing, follow, gates, guard, left, update
from pipeline.release.asked import RELEASE, Asked
from pipeline.settings import Service
from pipeline.verdict import Outcome


def carry_out(asked: Asked) -> Answer:
    """Close what a dead process left, open or take up the release, update the endpoint, close the ledger."""
    rules, table = policy.load(), asked.service.ledger_table
    record = asked.record(endpoint.describe(asked.service.endpoint))
    present = ledger.current(table)
    if present and not ledger.same(present, record):
        left.make_way(present, asked.service, rules)
        present, record = None, asked.record(endpoint.describe(asked.service.endpoint))
    if present is None and (told := _without_update(asked, record)):
        return told
    record = asked.joined(ledger.begin(table, record))
    with beat.held(table, record):
        try:
            record, moved = _drive(asked, record, rules)
        except ClosedError as closed:
            record, moved = closed.record, left.MOVED
    return answer.of(record, endpoint.describe(asked.service.endpoint), moved)


def _without_update(asked: Asked, record: Record) -> Answer | None:
    """The answer when no update is needed or allowed; None when one is."""
    live = endpoint.describe(asked.service.endpoint)
    history = ledger.records(asked.service.ledger_table)
    if live and verdict.derive(live, None, record.config_asked) == verdict.PROMOTED:
        known = ledger.serving(history, record.config_asked)
        if known and known.state == ledger.PROMOTED:
            reason = f"nothing to do: {asked.environment} serves version {asked.version.number}"
            if asked.kind == RELEASE and endpoint.restore(asked.environment, asked.version, asked.service):
                reason += "; its configuration, which somebody had deleted, was made again"
            outcome = Outcome(verdict.PROMOTED, None, reason)
            moved = closing.tell_registry(replace(record, release=known.release), outcome, asked.service)
            told = replace(record, release=known.release, to_verdict=0.0)
            return answer.of(answer.judged(told, outcome), live, moved)
    if refused := gates.refusal(asked, live, history):
        return answer.of(answer.judged(replace(record, release=""), refused), live, left.MOVED)
    return None


def _drive(asked: Asked, record: Record, rules: Policy) -> tuple[Record, Document]:
    """Bring an open release to its end, from whatever state it is in."""
    service, fresh = asked.service, False
    live = follow.look(service)
    if record.state in states.BEFORE_UPDATE or (live is not None and not update.begun(live, record)):
        try:
            outcome, record = _prepare(asked, record, rules)
            if outcome is not None and outcome.verdict == verdict.READY:
                return answer.judged(record, outcome), left.MOVED
            if outcome is not None:
                return closing.finish(record, outcome, service, rules)
            record, fresh = _begin(record, service)
        except ClosedError:
            raise
        except Exception as error:
            return _failed(record, service, rules, error)
    if fresh or record.state in states.UNDER_WAY:
        record = follow.follow(record, service, rules, fresh=fresh)
    return closing.end(record, service, rules)


def _prepare(asked: Asked, record: Record, rules: Policy) -> tuple[Outcome | None, Record]:
    """Ask the gates, make what is served, arm the alarms; an outcome where that is the end.

    All of it is done again by whoever takes up the release before its update, but the gates that were passed.
    """
    service, table = asked.service, asked.service.ledger_table
    live = endpoint.describe(service.endpoint)
    gating = record.state == states.LOCKED
    if gating:
        refused, record = gates.ask(asked, record, live, rules)
        if refused:
            return refused, record
    if asked.kind == RELEASE:
        endpoint.make(asked.environment, asked.version, service)
    if gating:
        refused, record = gates.shadowed(asked, record, live, rules)
        if refused:
            return refused, record
        record, live = (
            ledger.save(table, replace(record, state=states.GATED)),
            endpoint.describe(service.endpoint),
        )
    if live is not None and record.config_asked not in (
        live.get("EndpointConfigName"),
        verdict.pending(live),
    ):
        update.in_service(live, service)
        record = guard.armed(record, service, rules)
    if record.state == states.GATED:
        record = ledger.save(table, replace(record, state=states.PREPARED))
    if record.aborted_by:
        return left.ended(record, ""), record
    return (_first(record), record) if live is None else (None, record)


def _first(record: Record) -> Outcome:
    """Tell the service stack which configuration its endpoint starts with."""
    environment, ssm = record.environment, aws.client("ssm")
    name = names.parameter(names.project(), environment, "first-configuration")
    ssm.put_parameter(Name=name, Value=record.config_asked, Type="String", Overwrite=True)
    # AWS takes tags with a new parameter only (API PutParameter, Tags), and here it may exist
    ssm.add_tags_to_resource(ResourceType="Parameter", ResourceId=name, Tags=tags.present(environment))
    reason = (
        f"there is no endpoint: `make up STACK={environment}` makes it from what {name} says, "
        f"then run `pipeline release {environment} --version {record.version}` again"
    )
    return Outcome(verdict.READY, None, reason)


def _begin(record: Record, service: Service) -> tuple[Record, bool]:
    """Ask for the update, unless the endpoint is there or on its way; the record, and whether it asked."""
    live = endpoint.there(service.endpoint)
    if record.config_asked == verdict.pending(live):
        under_way = replace(record, state=states.move(record.state, states.UPDATING))
        return ledger.save(service.ledger_table, under_way), False
    if record.config_asked == live.get("EndpointConfigName"):
        return record, False
    return update.start(record, live, service), True


def _failed(record: Record, service: Service, rules: Policy, error: Exception) -> tuple[Record, Document]:
    """Free the lock, as nothing was updated; then let the error speak, if it is the caller's or a defect."""
    stop = explain(error)
    record = ledger.get(service.ledger_table, record.release) or record
    live = follow.look(service)
    if record.state in states.UNDER_WAY and live is not None and update.begun(live, record):
        raise error  # it was updated after all: the same verb takes it up
    why = " ".join(str(stop or error).split())
    outcome = left.ended(record, why)
    if isinstance(stop, RefusalError):
        outcome = Outcome(verdict.REFUSED, "traffic", why)
    record, moved = closing.finish(record, outcome, service, rules)
    if stop is None or isinstance(stop, UserError):
        raise error
    say(f"{record.release} failed: {why}")
    return record, moved
