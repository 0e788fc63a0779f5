"""What guards an update: its plan, its alarms, its judge. Everything that the state machine asks of them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from pipeline import alarms, aws, canary, capacity, endpoint, ledger, observe, preflight, prune, watch
from pipeline.errors import InfrastructureError
from pipeline.ledger import Record
from pipeline.policy import Policy
from pipeline.release.asked import RELEASE, ROLLBACK, guarded
from pipeline.settings import Service

MOST_TICKS = 120

Tick = TypeVar("Tick")
Step = tuple[str, Callable[[], Any]]


def armed(record: Record, service: Service, rules: Policy) -> Record:
    """The record with room for its update, its plan, and its alarms, which are on guard.

    A rollback goes back however thin traffic is. Raises UserError where no canary is possible, RefusalError
    where traffic proves too little, InfrastructureError where an alarm cannot guard.
    """
    if scaled(record):
        record = _with_room(record, service, rules)
    if not guarded(record):
        return record
    if record.kind == ROLLBACK:
        rules = replace(rules, canary=replace(rules.canary, unproven=True))
    live = endpoint.describe(service.endpoint) or {}  # with the room that was made
    record = record.having(plan=preflight.plan(live, record, service, rules))
    record = ledger.save(service.ledger_table, record)
    return record.having(alarms=alarms.arm(record, service, rules))


def scaled(record: Record) -> bool:
    """Whether an update makes room where the endpoint scales: in production, at once or not."""
    return record.environment == canary.GUARDED


def _with_room(record: Record, service: Service, rules: Policy) -> Record:
    """The record with what is to be put back, written down before anything is changed."""
    if "capacity" not in record.details:
        record = record.having(capacity=capacity.known(service, record.environment))
        record = ledger.save(service.ledger_table, record)
    capacity.raised(service, record, rules)
    return record


def request(record: Record, service: Service) -> dict[str, Any]:
    """The UpdateEndpoint request of a release."""
    if not guarded(record):
        return canary.at_once(service.endpoint, record.config_asked)
    plan = record.details["plan"]
    return canary.update(
        service.endpoint,
        record.config_asked,
        canary_instances=plan["canary_instances"],
        bake_seconds=plan["bake_seconds"],
        final_seconds=plan["final_seconds"],
        alarms=alarms.all_names(record),
    )


def longest(record: Record) -> float:
    """AWS seconds that SageMaker gives the update."""
    if not guarded(record) or "plan" not in record.details:
        return canary.PROVISIONING_SECONDS
    plan = record.details["plan"]
    return canary.longest(plan["bake_seconds"], plan["final_seconds"])


def mine(record: Record) -> set[str]:
    """The names of the release's alarms."""
    return set(alarms.all_names(record)) if guarded(record) else set()


def judged(record: Record, service: Service, rules: Policy) -> Record:
    """The record after one look of the judge: its evidence, its warnings, and the moment when it decides."""
    if not guarded(record) or "plan" not in record.details:
        return record
    opinion = watch.tick(record, service, rules)
    if opinion is None:
        return record
    at, details = ledger.now(), record.details
    if opinion.signals:
        record = record.having(ticks=thinned([*details.get("ticks", []), watch.evidence(opinion, at)]))
    warnings = details.get("warnings", [])
    if new := [one for one in opinion.warnings if one not in warnings]:
        record = record.having(warnings=[*warnings, *new])
    if opinion.reject and "judged" not in details:
        record = record.having(judged={"at": at, "signal": opinion.signal, "sentence": opinion.sentence})
    return record


def thinned(ticks: Sequence[Tick], most: int = MOST_TICKS) -> list[Tick]:
    """Every second tick, where there are too many; the last one stays. Pure."""
    return list(ticks) if len(ticks) <= most else list(ticks[::-2])[::-1]


def abort(record: Record, service: Service) -> None:
    """Say no to an update in the name of a person."""
    watch.abort(record, service)


def fired(record: Record) -> list[dict[str, Any]]:
    """The changes of the release's alarms: `{at, signal, before, after, reason}`."""
    return alarms.fired(record) if guarded(record) else []


def observed(record: Record, service: Service, described: dict[str, Any] | None) -> dict[str, Any]:
    """The share of the traffic that the candidate had, its requests and those that it failed."""
    if described is None or "begun" not in record.details:
        raise InfrastructureError("nobody saw the update begin")
    since, now = datetime.fromisoformat(record.details["begun"]).timestamp(), aws.clock(described)
    requests, failed = observe.served(service, record.config_asked, since=since, now=now)
    ticks = record.details.get("ticks", [])
    counts = ticks[-1]["signals"].get("errors", {}) if ticks else {}
    both = counts.get("canary", 0) + counts.get("stable", 0)
    return {
        "share": round(counts["canary"] / both, 4) if both else None,
        "failed_requests": failed,
        "canary_requests": requests,
    }


def calmed(record: Record, service: Service, rules: Policy) -> list[Step]:
    """What is put back and taken away once an update is over: each with the words for it."""
    before, keep = record.details.get("capacity") or {}, rules.releases.keep
    steps: list[Step] = []
    if guarded(record):
        steps.append(("delete its alarms", lambda: alarms.disarm(record)))
    if before:
        steps.append(("let the endpoint scale as before", lambda: capacity.restore(service, before)))
    if record.kind == RELEASE:  # a rollback's role deletes nothing
        steps.append(("prune", lambda: prune.prune(record.environment, service, keep, dry_run=False)))
    return steps
