"""One look at a release under way: observe, judge, tell AWS.

Everything is read anew from AWS, so that any process can take a release over. A look that fails says nothing
and does not beat; the heartbeat alarm's window is how long AWS puts up with that.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from pipeline import alarms, aws, endpoint, observe, pulse, verdict
from pipeline.judge import opinion
from pipeline.judge.opinion import Opinion
from pipeline.ledger import Record
from pipeline.observe import Began
from pipeline.policy import Policy
from pipeline.progress import say
from pipeline.sections import Canary
from pipeline.settings import Service

HUMAN, ALARMS = "human", "alarms"  # beside the judge's signals: who else speaks


def tick(record: Record, service: Service, rules: Policy) -> Opinion | None:
    """Observe, judge, publish Verdict and Heartbeat.

    None where there is nothing to compare yet, and where AWS could not be asked or told: then nothing is
    published, and it is never an error. In the final bake, which has no control arm, it is what was compared
    before.
    """
    try:
        found = look(record, service, rules)
        pulse.publish(record, service, verdict=int(found is not None and found.reject))
    except (BotoCoreError, ClientError) as error:
        say(f"{record.release}: no look this time, {' '.join(str(error).split())}")
        return None
    return found


def look(record: Record, service: Service, rules: Policy) -> Opinion | None:
    """What is to be thought of the release now; None where nothing is compared. Raises ClientError.

    A rejection stands, details["judged"]: AWS may look at the alarm later than at the moment it was said.
    """
    if record.aborted_by:
        return _rejected(HUMAN, f"{record.aborted_by} took it back")
    if said := record.details.get("judged"):
        return _rejected(said["signal"], said["sentence"])
    if gone := absent(record, alarms.listed(record)):
        return _guarded_again(record, service, rules, gone)
    described = endpoint.describe(service.endpoint)
    began = baking(described, record.config_asked) if described else None
    if described is None or began is None:
        return None
    bake = ticks(record, rules.canary)
    signals = observe.during(record, service, bake, began=began, now=aws.clock(described))
    if not signals:
        return None
    plan = record.details["plan"]
    planned = max(1, plan["bake_seconds"] // bake.metric_seconds)
    return opinion.judge(signals, rules=bake, phi=plan["phi"], planned=planned)


def ticks(record: Record, rules: Canary) -> Canary:
    """The rules with the share and the length of a tick that this release planned. Pure."""
    plan = record.details["plan"]
    return replace(rules, share=plan["share_planned"], metric_seconds=plan["metric_seconds"])


def baking(described: Mapping[str, Any], asked: str) -> Began | None:
    """When the update began, and when its fleet began to bake; None while it does not. Pure.

    API shapes PendingDeploymentSummary and ProductionVariantStatus: StartTime is the deployment's, and
    that of the present status.
    """
    if verdict.pending(dict(described)) != asked:
        return None
    update = described["PendingDeploymentSummary"]
    found = [
        status["StartTime"].timestamp()
        for one in update.get("ProductionVariants", [])
        for status in one.get("VariantStatus", [])
        if status["Status"] == "Baking" and "StartTime" in status
    ]
    if not found:
        return None
    started = update.get("StartTime")
    return Began(update=started.timestamp() if started else min(found), bake=min(found))


def absent(record: Record, listed: list[dict[str, Any]]) -> list[str]:
    """The signals whose alarms somebody has deleted. Pure."""
    present = {one["AlarmName"] for one in listed}
    return [signal for signal in alarms.SIGNALS if alarms.name(record, signal) not in present]


def _guarded_again(record: Record, service: Service, rules: Policy, gone: list[str]) -> Opinion:
    """A release that lost an alarm goes back. Where it is the one that rejects, it is made again, to say so.

    That SageMaker watches an alarm by its name, whichever made it, is a guess.
    """
    lost = ", ".join(alarms.name(record, signal) for signal in gone)
    warnings: tuple[str, ...] = ()
    if alarms.REJECT in gone:
        aws.client("cloudwatch").put_metric_alarm(**alarms.requests(record, service, rules)[alarms.REJECT])
        warnings = (
            f"somebody deleted {alarms.name(record, alarms.REJECT)}, by which AWS takes a candidate back: it "
            "was made again; look whether the endpoint returns, else run `pipeline rollback`",
        )
    return _rejected(ALARMS, f"somebody deleted {lost}: unguarded, the candidate does not stay", warnings)


def _rejected(signal: str, sentence: str, warnings: tuple[str, ...] = ()) -> Opinion:
    return Opinion(True, 0.0, signal, sentence, {}, warnings)


def abort(record: Record, service: Service) -> None:
    """Take the candidate back: Verdict 1. It does not beat, for nobody judges because of it.

    The alarm is in ALARM for one period; before the bake, when nobody looks at it yet, it is `aborted_by` in
    the record that makes every tick say so again. Raises ClientError.
    """
    pulse.publish(record, service, verdict=1, alive=False)


def evidence(found: Opinion, at: str) -> dict[str, Any]:
    """One of details["ticks"]. Pure."""
    signals = {
        name: {
            "canary": one.canary,
            "stable": one.stable,
            "canary_failed": one.canary_failed,
            "stable_failed": one.stable_failed,
            "evidence": round(one.evidence, 3),
        }
        for name, one in found.signals.items()
    }
    return {"at": at, "evidence": round(found.evidence, 3), "signals": signals}
