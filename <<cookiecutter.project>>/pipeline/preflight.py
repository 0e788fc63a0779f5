"""What a release plans before it changes anything, and what it refuses to begin with."""

import statistics
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pipeline import aws, canary, endpoint, ledger, observe, verdict
from pipeline.errors import RefusalError, UserError
from pipeline.judge import bake
from pipeline.judge.bake import Bake
from pipeline.ledger import Record
from pipeline.policy import Policy
from pipeline.sections import Canary
from pipeline.settings import Service

EXCLUDED = "ml.inf1."  # falls back to all at once, without a bake: dg/deployment-guardrails-exclusions
PERIODS = (10, 30, 60, 120, 300)  # seconds, of what is judged at once
LEAST = 3  # requests that the smaller fleet is expected to have in a period, so that few are empty
TICKS = 10  # that a bake has at least, however thin traffic is
LATEST = 5  # releases that say how long a new fleet takes


def plan(live: Mapping[str, Any], record: Record, service: Service, rules: Policy) -> dict[str, Any]:
    """details["plan"] of a guarded release; `live` is DescribeEndpoint's answer, with the capacity to bake.

    Raises UserError where no canary is possible, RefusalError where traffic is too thin to prove anything and
    policy asks for a proof.
    """
    described = endpoint.serving(live)
    possible(live, described, service)
    instances = sum(one.get("DesiredInstanceCount", 0) for one in live["ProductionVariants"])
    taken = canary.taken(service.endpoint, instances, rules.canary.share)
    model = str(described["ProductionVariants"][0]["ModelName"])
    before = observe.before(
        record.environment, service.endpoint, live["EndpointConfigName"], model, aws.clock(described)
    )
    exact = replace(rules.canary, share=taken / instances)
    length = bake.length(before.rate, exact, phi=before.phi.get("errors", 1.0))
    if not length.proves and not rules.canary.unproven:
        raise RefusalError(thin(before.rate, length))
    return {
        "rate": before.rate,
        "share_planned": taken / instances,
        "instances": instances,
        "canary_instances": taken,
        "bake_seconds": length.seconds,
        "final_seconds": rules.canary.final_seconds,
        "evidence": rules.canary.evidence,
        "metric_seconds": period(before.rate, length.seconds, published(described), exact),
        "needed": length.needed,
        "proves": length.proves,
        "base": before.base,
        "phi": before.phi,
        "latency_us": before.latency_us,
        **({"score_edges": before.score_edges} if before.score_edges else {}),
        "live_model": model,
        "provisioning_seconds": provisioning(ledger.records(service.ledger_table)),
    }


def possible(live: Mapping[str, Any], described: Mapping[str, Any], service: Service) -> None:
    """Raise UserError, and say what to do, where AWS would not bake an update of the endpoint. Pure."""
    name, variants = service.endpoint, described["ProductionVariants"]
    if live["EndpointStatus"] != "InService":
        raise UserError(
            f"{name} is {verdict.stage(dict(live))} with {live['EndpointConfigName']}: "
            "run the verb again when it is InService"
        )
    if len(variants) > 1:
        raise UserError(
            f"{name} serves {len(variants)} variants, and a release moves one: take the others away first"
        )
    if "ServerlessConfig" in variants[0]:
        raise UserError(f"{name} is serverless and has no instances to split: give its variant instances")
    for kind in (str(variants[0].get("InstanceType")), service.instance_type):
        if kind.startswith(EXCLUDED):
            raise UserError(
                f"AWS updates {kind} all at once, without a bake: set service:instance_type to another type"
            )


def thin(rate: float, length: Bake) -> str:
    """Why traffic proves nothing. Pure."""
    long = "no bake is long enough" if length.needed is None else f"a proof takes {length.needed:,} seconds"
    return (
        f"at {rate:.3g} requests a second {long}, and policy allows {length.seconds:,}: "
        "wait for more traffic, raise canary.longest_seconds, or set canary.unproven = true in policy.toml"
    )


def period(rate: float, bake_seconds: int, reported: int, rules: Canary) -> int:
    """The seconds of a tick: as short as both fleets report, longer where most ticks would be empty. Pure."""
    least = max(rules.metric_seconds, reported)
    fits = [one for one in PERIODS if one >= least and (one == least or one * TICKS <= bake_seconds)]
    smaller = rate * min(rules.share, 1 - rules.share)
    return next((one for one in fits if smaller * one >= LEAST), max(fits, default=least))


def published(described: Mapping[str, Any]) -> int:
    """How often a configuration reports its requests, in seconds (API shape MetricsConfig). Pure."""
    its = described.get("MetricsConfig", {})
    return int(its.get("MetricPublishFrequencyInSeconds", 60)) if its.get("EnableEnhancedMetrics") else 60


def provisioning(history: list[Record]) -> float | None:
    """How long a new fleet took to start, by the latest releases; None where nobody knows. Pure."""
    known = [record.details.get("seconds", {}).get("provisioning") for record in history]
    latest = [seconds for seconds in known if seconds is not None][:LATEST]
    return statistics.median(latest) if latest else None
