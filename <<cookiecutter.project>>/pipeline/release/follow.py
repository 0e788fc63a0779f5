"""An update, followed until DescribeEndpoint says that it is over: stages, evidence, seconds."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from pipeline import aws, endpoint, ledger, states, verdict
from pipeline.errors import InfrastructureError
from pipeline.ledger import Record
from pipeline.policy import Policy
from pipeline.progress import waiting
from pipeline.release import guard
from pipeline.settings import Service

SLACK_SECONDS = 600  # what we wait beyond SageMaker's own limit
UNSEEN_SECONDS = 60  # for so long after UpdateEndpoint, an endpoint that looks unchanged is no verdict
SAVED_SECONDS = 60  # between two writes of evidence


def follow(record: Record, service: Service, rules: Policy, *, fresh: bool) -> Record:
    """Wait for the update of `record`, write its progress down; the record as it is when the update is over.

    `fresh` says that this process has just asked for the update; another one's may be over already. Raises
    ClosedError when another process has closed the release, InfrastructureError when it takes too long.
    """
    saved = time.monotonic()

    def see(described: dict[str, Any] | None, over: bool) -> None:
        nonlocal record, saved
        before = record
        record = seen = noted(record, described)
        if not over:
            record = guard.judged(record, service, rules)
        if over or seen != before or _decided(seen, record) or aws.elapsed(saved) > SAVED_SECONDS:
            record, saved = ledger.save(service.ledger_table, record), time.monotonic()

    limit, ends = guard.longest(record), (record.config_before, record.config_asked)
    with waiting(f"{record.kind} {record.release}") as show:
        settled(service, *ends, limit, fresh=fresh, see=see, show=show)
    return record


def settled(
    service: Service,
    before: str | None,
    asked: str,
    limit: float,
    *,
    fresh: bool,
    see: Callable[[dict[str, Any] | None, bool], None] = lambda described, over: None,
    show: Callable[[str], None] = lambda stage: None,
) -> dict[str, Any] | None:
    """Poll until an update from `before` to `asked` is over; DescribeEndpoint's last answer, or None.

    `see` is told each answer, and whether it is the last. For UNSEEN_SECONDS of a `fresh` update an unchanged
    endpoint is no verdict. Raises InfrastructureError when it is not over SLACK_SECONDS after AWS's `limit`.
    """
    since, moved = time.monotonic(), not fresh
    while True:
        described = look(service)
        moved = moved or described is None or described["EndpointStatus"] != "InService"
        word = verdict.derive(described, before, asked)
        early = word == verdict.ROLLED_BACK and not moved and aws.elapsed(since) < UNSEEN_SECONDS
        over = word is not None and not early
        show("gone" if described is None else verdict.stage(described))
        see(described, over)
        if over:
            return described
        if aws.elapsed(since) > limit + SLACK_SECONDS:
            raise InfrastructureError(
                f"{service.endpoint} is still updating after {limit:g} s: run the same verb to go on waiting"
            )
        aws.poll()


def _decided(before: Record, after: Record) -> bool:
    """Whether the judge has made up its mind just now, which must not be lost."""
    return before.details.get("judged") != after.details.get("judged")


def look(service: Service) -> dict[str, Any] | None:
    """DescribeEndpoint, however long AWS takes to answer; None when the endpoint is gone."""
    found: dict[str, Any] | None = aws.patiently(endpoint.describe, name=service.endpoint)
    return found


def noted(record: Record, described: dict[str, Any] | None, now: str | None = None) -> Record:
    """The record with what one look at the endpoint adds: state, stage, seconds. Pure but for the clock."""
    if described is None:
        return record
    now, details = now or ledger.now(), record.details
    stages, seconds = details.get("stages", []), details.get("seconds", {})
    stage = verdict.stage(described)
    if not stages or stages[-1]["stage"] != stage:
        stages = [*stages, {"at": now, "stage": stage}]
    begun = described.get("PendingDeploymentSummary", {}).get("StartTime")
    if begun and "begun" not in details:
        record = record.having(begun=aws.stamp(begun))
    state = record.state
    if state in states.UNDER_WAY and verdict.pending(described) == record.config_asked:
        state = states.seen(described, state)
    if state in (states.CANARY, states.FINAL) and "provisioning" not in seconds:
        seconds = {**seconds, "provisioning": passed(stages[0]["at"], now)}
    return replace(record, state=state).having(stages=stages, seconds=seconds)


def passed(start: str, end: str) -> float:
    """AWS seconds between two stamps."""
    gone = datetime.fromisoformat(end) - datetime.fromisoformat(start)
    return round(gone.total_seconds() * aws.SPEED, 1)
