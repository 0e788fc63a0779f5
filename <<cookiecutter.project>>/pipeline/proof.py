"""What is proved of a release where no traffic judges it: the contract, latency, scaling, and who is told.

Contract and latency speak about the version; scaling and alarms about what the service stack has made.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from pipeline import aws, measured, names, observe, probe, scaling, verdict
from pipeline.command import Document
from pipeline.ledger import Record
from pipeline.measured import Metric
from pipeline.policy import Policy
from pipeline.sections import Slo
from pipeline.settings import Service

CALLS = 30  # in each of two minutes: a new machine is slow at first
MINUTE = 60
PATIENCE_SECONDS = 300  # until AWS has published a metric, generously
PERCENTILES = ("p50", "p95")


def of(record: Record, model_data: str, service: Service, rules: Policy) -> Document:
    """details["proof"]: `wrong`, the first thing that is not as promised, or None; and its cause."""
    if wrong := probe.run(service.endpoint, record.model, model_data):
        return {"wrong": f"the contract test failed: {wrong}", "cause": verdict.CONTRACT}
    latency = answered(record, model_data, service)
    if wrong := slow(latency, rules.slo):
        return {"wrong": wrong, "cause": verdict.CONTRACT, "latency_ms": latency}
    wrong = unscaled(service, record.environment) or untold(record.environment, rules.slo)
    return {"wrong": wrong, "cause": verdict.PROVISION if wrong else None, "latency_ms": latency}


def answered(record: Record, model_data: str, service: Service) -> dict[str, float]:
    """The model's time for its own good examples, ms, as AWS measures it for this configuration: p50 and p95.

    ModelLatency is in microseconds (dg/monitoring-cloudwatch). Of the minutes that were measured the best
    counts, as the first has a cold start in it. Empty when AWS publishes none within PATIENCE_SECONDS.
    """
    good, began = probe.read_signature(model_data)["examples"]["good"], time.time()
    for pause in (MINUTE, 0):
        probe.repeat(service.endpoint, good, CALLS)
        aws.sleep(pause)
    own = observe.fleet(service.endpoint, record.config_asked)
    asked = {one: Metric("AWS/SageMaker", "ModelLatency", own, one) for one in PERCENTILES}
    since = time.monotonic()
    while aws.elapsed(since) < PATIENCE_SECONDS:
        found = measured.read(asked, since=began - aws.real(MINUTE), now=time.time(), period=MINUTE)
        if all(found.values()):
            return {one: round(min(values.values()) / 1000, 3) for one, values in found.items()}
        aws.poll()
    return {}


def slow(latency_ms: Mapping[str, float], slo: Slo) -> str | None:
    """Why the model's time breaks the objectives; None when it keeps them, or nobody knows. Pure."""
    bounds = {"p50": slo.latency_p50_ms, "p95": slo.latency_p95_ms}
    for one, bound in bounds.items():
        if latency_ms.get(one, 0) > bound:
            measured_ms = f"{one} of the model's time is {latency_ms[one]:g} ms"
            return f"{measured_ms}, and may be {bound:g} (slo.latency_{one}_ms)"
    return None


def unscaled(service: Service, environment: str) -> str | None:
    """Why the endpoint does not scale as the service stack's settings say; None when it does."""
    most = service.maximum_instances
    if most is None or most <= service.instance_count or scaling.scales(service.endpoint):
        return None
    way = f"`make up STACK={environment}`"
    return f"the endpoint does not scale, though service:maximum_instances is {most}: {way}"


def untold(environment: str, slo: Slo) -> str | None:
    """Why nobody would be told of a broken objective; None when every alarm of the stack's is armed."""
    wanted = {names.alarm(names.project(), environment, "slo", one): one for one in signals(slo)}
    found = aws.client("cloudwatch").describe_alarms(AlarmNames=list(wanted), AlarmTypes=["MetricAlarm"])
    return unarmed(list(wanted), found["MetricAlarms"], environment)


def signals(slo: Slo) -> list[str]:
    """The metric alarms on the objectives.

    Not the composites above them: DescribeAlarms tells of those only whom it tells of all alarms (API).
    """
    burning = [f"burn-{burn.name}-{window}" for burn in slo.burns() for window in ("long", "short")]
    return [*burning, *(f"latency-{one}" for one in PERCENTILES), "cpu", "memory"]


def unarmed(wanted: Sequence[str], described: Sequence[Mapping[str, Any]], environment: str) -> str | None:
    """The first alarm that is missing or switched off. Pure."""
    armed = {one["AlarmName"]: one.get("ActionsEnabled", True) for one in described}
    for name in wanted:
        if not armed.get(name):
            word = "is switched off" if name in armed else "is missing"
            return f"the alarm {name} {word}: `make up STACK={environment}`"
    return None
