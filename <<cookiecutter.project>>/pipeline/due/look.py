"""The facts that a retrain is decided on: alarms, data, versions, verdicts, and what was started before."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from pipeline import (
    aws,
    canary,
    evaluate,
    gate,
    jobs,
    manifest,
    names,
    newest,
    policy,
    record,
    registry,
    runbook,
    seen,
    settings,
    workflow,
)
from pipeline.due import triggers
from pipeline.due.causes import AGE, DATA, Alarm, Champion, Data, Facts, Verdict
from pipeline.errors import UserError
from pipeline.sections import PINNED, Retrain


def facts(root: Path, bounds: Retrain) -> Facts:
    """What is known now; changes nothing. Raises UserError as `evaluate.champion` does."""
    present, written = champion(), record.written()
    trained = next((job for job, _ in written if is_candidate(job)), None)
    return Facts(
        now=datetime.now(UTC),
        follows=policy.load(root).data.follow != PINNED,
        champion=present,
        waiting=waiting(root),
        tried=of_run(trained) if trained else None,
        alarms=tuple(sounding(bounds)) if present else (),
        verdicts=tuple(islice(verdicts(), bounds.refusals)),
        triggers=tuple(triggers.newest()),
        recorded=max((at for _, at in written), default=None),
        run=workflow.run(),
        speed=aws.SPEED,
    )


def now() -> Facts:
    """What a person's own run needs to know: when and which it is."""
    return Facts(now=datetime.now(UTC), run=workflow.run())


def is_candidate(job: str) -> bool:
    """Whether a job was trained to be registered, and is no experiment."""
    return job.startswith(names.job(names.project(), jobs.TRAINING.word, ""))


def champion() -> Champion | None:
    """What production serves, and what it was trained on; None before the first release."""
    present = evaluate.champion()
    if present is None:
        return None
    version = registry.get(settings.registry().model_package_group, present.version)
    return Champion(
        version=version.number,
        registered=datetime.fromisoformat(version.created),
        data=of(version.properties.get("manifest", "")),
    )


def of_run(job: str) -> Data:
    """What a run was trained on."""
    return of((record.read(job) or {}).get("manifest", ""))


def of(sha256: str) -> Data:
    """The manifest of that name in the bucket."""
    found = seen.pinned(sha256) if sha256 else None
    return Data(manifest=sha256, to=_newest_row(found) if found else None)


def waiting(root: Path) -> Data:
    """What a retrain would train on."""
    foreseen = newest.foreseen(root)
    return Data(manifest=foreseen.sha256, to=_newest_row(foreseen))


def _newest_row(pinned: manifest.Manifest) -> datetime:
    return manifest.span(pinned.files)[1]


def sounding(bounds: Retrain) -> Iterator[Alarm]:
    """The alarms of production that start a retrain and are in ALARM, in policy.toml's order.

    Seen in the role that may look at production alone. Raises UserError when it cannot be taken.
    """
    project, promises = names.project(), [one for one in bounds.on if one not in (DATA, AGE)]
    known = {alarm_of(project, one): one for one in promises}
    if not known:
        return
    look = aws.observer(canary.GUARDED)
    if look is None:
        raise UserError("this role cannot see production's alarms: apply its service stack (infra/service)")
    found = look("cloudwatch").describe_alarms(AlarmNames=list(known), AlarmTypes=["MetricAlarm"])
    states = {one["AlarmName"]: one for one in found["MetricAlarms"] if one["StateValue"] == "ALARM"}
    for name in (name for name in known if name in states):
        changed = states[name].get("StateTransitionedTimestamp", states[name]["StateUpdatedTimestamp"])
        yield Alarm(promise=known[name], name=name, since=changed.astimezone(UTC))


def alarm_of(project: names.Project, promise: str) -> str:
    """The alarm of production that sounds when a promise of the model is broken."""
    return names.alarm(project, canary.GUARDED, "model", runbook.signal(promise))


def verdicts() -> Iterator[Verdict]:
    """What the gate said of candidates, newest first; each is read as it is asked for."""
    for candidate, at in gate.asked():
        if is_candidate(candidate) and (found := gate.read(candidate)):
            yield Verdict(candidate=candidate, passed=found["passed"], at=at)
