"""What CloudWatch says of the machines that serve: the same numbers that the service stack's alarms watch."""

from collections.abc import Mapping
from typing import Any

from pipeline import aws, instances, measured, observe
from pipeline.measured import Metric, Values
from pipeline.monitor.view import System
from pipeline.policy import Policy
from pipeline.sections import Slo

SERVED, MACHINE = "AWS/SageMaker", "/aws/sagemaker/Endpoints"  # namespaces: infra/service/objectives.py
MINUTE, HOUR, DAY = 60, 3600, 86_400  # seconds


def look(
    endpoint: str, live: Mapping[str, Any], instance_type: str | None, rules: Policy, now: float
) -> System:
    """The last day of AWS's time; `live` is DescribeEndpoint's answer, `now` AWS's. Raises ClientError."""
    own = observe.fleet(endpoint, None)
    since = now - aws.real(DAY)
    hourly = {
        "p50": Metric(SERVED, "ModelLatency", own, "p50"),
        "p95": Metric(SERVED, "ModelLatency", own, "p95"),
        "timed": Metric(SERVED, "ModelLatency", own, "SampleCount"),
        "cpu": Metric(MACHINE, "CPUUtilization", own, "Average"),
        "memory": Metric(MACHINE, "MemoryUtilization", own, "Average"),
    }
    counted = {
        "requests": Metric(SERVED, "Invocations", own, "Sum"),
        "failed": Metric(SERVED, "Invocation5XXErrors", own, "Sum"),
        "refused": Metric(SERVED, "Invocation4XXErrors", own, "Sum"),
    }
    hours = measured.read(hourly, since=since, now=now, period=HOUR)
    minutes = measured.read(counted, since=since, now=now, period=MINUTE)
    return System(
        requests=_sum(minutes["requests"]),
        failed=_sum(minutes["failed"]),
        refused=_sum(minutes["refused"]),
        burns=burns(minutes, rules.slo, aws.period(now, MINUTE)),
        bounds={one.name: one.rate for one in rules.slo.burns()},
        p50_ms=_milliseconds(hours, "p50"),
        p95_ms=_milliseconds(hours, "p95"),
        cpu_percent=_per_core(_mean(hours["cpu"]), instance_type),
        memory_percent=_mean(hours["memory"]),
        **machines(live, instance_type, rules.costs),
    )


def burns(minutes: Mapping[str, Values], slo: Slo, now: int) -> dict[str, float | None]:
    """How fast the error budget burns over each long window that ends in the minute `now`. Pure."""
    found: dict[str, float | None] = {}
    for one in slo.burns():
        first = now - one.long_seconds // MINUTE
        asked, failed = (
            sum(value for number, value in minutes[key].items() if number >= first)
            for key in ("requests", "failed")
        )
        found[one.name] = failed / asked / (1 - slo.availability) if asked >= slo.minimum_requests else None
    return found


def machines(
    live: Mapping[str, Any], instance_type: str | None, costs: Mapping[str, float]
) -> dict[str, Any]:
    """How many instances there are, of which type, and what a day of them costs. Pure."""
    number = sum(one.get("CurrentInstanceCount", 0) for one in live.get("ProductionVariants", []))
    price = costs.get(instance_type or "")
    dollars = None if price is None else price * number * 24
    return {"instances": number, "instance_type": instance_type, "dollars": dollars}


def _milliseconds(hours: Mapping[str, Values], percentile: str) -> float | None:
    """The median over the hours, each as heavy as its requests; ModelLatency is in microseconds."""
    middle = measured.middle(hours[percentile], hours["timed"])
    return None if middle is None else middle / 1000


def _sum(values: Values) -> float | None:
    return sum(values.values()) if values else None


def _mean(values: Values) -> float | None:
    return sum(values.values()) / len(values) if values else None


def _per_core(percent: float | None, instance_type: str | None) -> float | None:
    """A container's percentages are added up over its cores (dg/monitoring-cloudwatch, CPUUtilization)."""
    if percent is None or instance_type is None or not instances.known(instance_type):
        return None
    return percent / instances.cores(instance_type)
