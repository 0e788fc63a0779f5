"""One look at what an environment serves: find what was captured, have it read, judge it."""

from collections.abc import Mapping
from typing import Any

from pipeline import aws, endpoint, ledger, names, policy, registry, runbook, settings
from pipeline.command import Document
from pipeline.ledger import Record
from pipeline.monitor import document, job, measures, system, verdict, window, worth
from pipeline.monitor.finding import BROKEN, UNKNOWN, Finding
from pipeline.monitor.moment import Moment, stamp, written
from pipeline.monitor.view import System, View
from pipeline.monitor.window import Window
from pipeline.policy import Policy
from pipeline.progress import say
from pipeline.registry import Version
from pipeline.sections import Monitor
from pipeline.settings import Service

ROLE = "inspect"  # of the registry's account, where captured traffic and labels are


def look(environment: str) -> View:
    """What is served, and the verdict on it. Raises InfrastructureError when the job fails."""
    rules, service = policy.load(), settings.service(environment)
    live = endpoint.describe(service.endpoint)
    if live is None:
        why = f"{environment} serves nothing yet: run `pipeline release {environment}`"
        return unseen(environment, rules, Moment.present(), why)
    moment = Moment(now=aws.clock(live))
    config = live["EndpointConfigName"]
    record = ledger.serving(ledger.records(service.ledger_table), config)
    if record is None:
        why = (
            f"{environment} serves {config}, of which the ledger knows nothing: release a registered version"
        )
        return unseen(environment, rules, moment, why, BROKEN)
    return _judged(record, service, live, rules, moment.now)


def unseen(environment: str, rules: Policy, moment: Moment, why: str, state: str = UNKNOWN) -> View:
    """The view where nothing can be looked at; `state` is that of the sight. Pure."""
    findings = verdict.nothing(why, rules.monitor, state)
    return _view(environment, rules, moment, findings=findings, read=document.NOTHING)


def _judged(record: Record, service: Service, live: Mapping[str, Any], rules: Policy, now: float) -> View:
    config = endpoint.serving(live)
    version = registry.get(service.model_package_group, record.version)
    instance_type = config["ProductionVariants"][0]["InstanceType"]
    machines = system.look(service.endpoint, live, instance_type, rules, now)
    captured = config.get("DataCaptureConfig", {}).get("DestinationS3Uri")
    with aws.acting(names.REGISTRY, ROLE):
        found = _window(captured, record.environment, service, rules.monitor, now)
        name, read = _read(record.environment, version, found, rules.monitor)
    moment = Moment(
        now=now,
        live=stamp(record.ended or record.started),
        last=found.captured.newest,
        asked=machines.requests,
        refused=machines.refused,
        labels_kept=found.labels.kept,
    )
    return _view(
        record.environment,
        rules,
        moment,
        findings=verdict.judge(read, rules.monitor, moment),
        read=read,
        version=record.version,
        config=record.config_asked,
        job=name,
        cut=found.cut,
        system=machines,
    )


def _window(captured: str | None, environment: str, service: Service, rules: Monitor, now: float) -> Window:
    """What the live configuration has captured, each in a folder of its own, and the environment's labels."""
    bucket = settings.storage().bucket
    of_config = captured or f"s3://{bucket}/{window.NOWHERE}"
    prefix = f"{of_config.rstrip('/')}/{service.endpoint}/{names.VARIANT}/"
    return window.find(prefix, f"s3://{bucket}/labels/{environment}/", rules, now)


def _read(environment: str, version: Version, found: Window, rules: Monitor) -> tuple[str | None, Document]:
    """The job's name and document; no job is started for a window without a request."""
    if not found.captured.objects:
        say(f"monitor: {environment} has captured no request since the window began")
        return None, document.NOTHING
    return job.run(environment, version, found, rules)


def _view(
    environment: str,
    rules: Policy,
    moment: Moment,
    *,
    findings: list[Finding],
    read: Document,
    version: int | None = None,
    config: str | None = None,
    job: str | None = None,
    cut: str | None = None,
    system: System | None = None,
) -> View:
    return View(
        environment=environment,
        endpoint=names.endpoint(names.project(), environment),
        at=written(moment.now),
        version=version,
        config=config,
        job=job,
        document=read,
        findings=findings,
        cut=cut,
        system=system or System(),
        rules=rules.monitor,
        slo=rules.slo,
        judged=[one["from"] for one in worth.labelled(read, rules.monitor, moment)],
        values=measures.values(read, rules.monitor, moment),
        runbook=runbook.folder(names.project()),
    )
