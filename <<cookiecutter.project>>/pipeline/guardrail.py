"""One update of an endpoint: started or attached to, watched until it is over, judged by DescribeEndpoint."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from pipeline import alarms, aws, canary, endpoint, ledger, names, probe, tags, verdict
from pipeline.errors import UserError
from pipeline.ledger import Record
from pipeline.policy import Canary
from pipeline.progress import waiting
from pipeline.settings import Service
from pipeline.verdict import Outcome

SLACK_SECONDS = 600  # what we wait beyond SageMaker's own limit


def alarm_name(record: Record) -> str:
    """The alarm of a release."""
    subject = record.release.removeprefix(f"{record.environment}-")
    return names.alarm(names.project(), record.environment, subject, "errors")


def guarded(environment: str) -> bool:
    """Whether updates are canaries with an alarm; others are all-at-once with a contract test."""
    return environment == canary.GUARDED


@dataclass
class Watch:
    """Shows each stage of an update and notes when its alarm was first seen in ALARM."""

    show: Callable[[str], None]
    alarm: str | None
    since: float
    fired_after: float | None = field(default=None)

    def __call__(self, stage: str) -> None:
        """Show `stage`, and look at the alarm until it has fired."""
        if self.alarm and self.fired_after is None and alarms.sounding(self.alarm):
            self.fired_after = aws.elapsed(self.since)
        self.show(stage if self.fired_after is None else f"{stage}, alarm fired")


def start(record: Record, live: dict[str, Any], service: Service, policy: Canary) -> Record:
    """Arm the alarm and call UpdateEndpoint. Raises UserError when the endpoint is not in service."""
    before = live.get("EndpointConfigName")
    if live["EndpointStatus"] != "InService":
        raise UserError(
            f"{service.endpoint} is {verdict.stage(live)} with {verdict.pending(live) or before}: "
            "run the verb again when it is InService"
        )
    guard = guarded(record.environment)
    alarm = canary.alarm(
        alarm_name(record),
        service.endpoint,
        record.config_asked,
        policy=policy,
        topic=service.alarm_topic_arn,
        model=record.model,
    )
    request = canary.update(
        service.endpoint,
        record.config_asked,
        policy=policy,
        guarded=guard,
        instances=endpoint.instances(live),
        alarms=[alarm["AlarmName"]],
    )
    if guard:
        alarms.put({**alarm, "Tags": tags.present(record.environment)})
    started = replace(record, state=ledger.UPDATING, config_before=before)
    ledger.save(service.ledger_table, started)
    aws.client("sagemaker").update_endpoint(**request)
    return started


def follow(
    record: Record, service: Service, policy: Canary, model_data: str, *, fresh: bool
) -> tuple[Record, Outcome]:
    """Wait for the update of `record`, judge it, and in staging prove it with the contract test.

    `fresh` says that this runner has just begun the update; another one's may be over already.
    """
    since = time.monotonic()
    alarm = alarm_name(record) if guarded(record.environment) else None
    described, watch = _wait(record, service, policy, since, alarm, fresh=fresh)
    word = verdict.derive(described, record.config_before, record.config_asked) or verdict.FAILED
    fired = alarms.fired(alarm) if alarm and word != verdict.PROMOTED else None
    outcome = verdict.explain(described, word, record.config_asked, fired)
    over = aws.elapsed(since)
    if outcome.verdict != verdict.PROMOTED:
        restored = round(over, 1) if outcome.verdict == verdict.ROLLED_BACK else None
        judged = over if watch.fired_after is None else watch.fired_after
        return replace(record, to_verdict=round(judged, 1), to_restored=restored), outcome
    record = replace(record, to_verdict=round(over, 1))
    if guarded(record.environment):
        return record, outcome
    wrong = probe.run(service.endpoint, record.model, model_data)
    return (record, outcome) if wrong is None else _undo(record, service, policy, since, wrong)


def _wait(
    record: Record, service: Service, policy: Canary, since: float, alarm: str | None, *, fresh: bool
) -> tuple[dict[str, Any], Watch]:
    """Settle the update that leads from `config_before` to `config_asked`."""
    limit = canary.longest(policy) + SLACK_SECONDS
    with waiting(f"{record.kind} {record.release}") as show:
        watch = Watch(show, alarm, since)
        described = endpoint.settle(
            service.endpoint,
            record.config_before,
            record.config_asked,
            since=since,
            limit=limit,
            fresh=fresh,
            show=watch,
        )
    return described, watch


def _undo(
    record: Record, service: Service, policy: Canary, since: float, wrong: str
) -> tuple[Record, Outcome]:
    """Return to the configuration before, because the contract test failed."""
    reason = f"the contract test failed: {wrong}"
    if record.config_before in (None, record.config_asked):
        return record, Outcome(verdict.FAILED, verdict.CONTRACT, f"{reason}; there is nothing to return to")
    back = canary.update(
        service.endpoint, str(record.config_before), policy=policy, guarded=False, instances=1, alarms=[]
    )
    aws.client("sagemaker").update_endpoint(**back)
    swapped = replace(record, config_before=record.config_asked, config_asked=back["EndpointConfigName"])
    described, _ = _wait(swapped, service, policy, time.monotonic(), None, fresh=True)
    if described.get("EndpointConfigName") != record.config_before:
        return record, Outcome(verdict.FAILED, verdict.CONTRACT, f"{reason}; the way back failed as well")
    restored = round(aws.elapsed(since), 1)
    return replace(record, to_restored=restored), Outcome(verdict.ROLLED_BACK, verdict.CONTRACT, reason)
