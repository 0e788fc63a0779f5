"""A release is planned from traffic, and refused where AWS would not bake it."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pipeline import aws, ledger, observe, preflight
from pipeline.errors import RefusalError, UserError
from pipeline.judge.bake import Bake
from pipeline.observe import Before

from .guarded import FACTS, RELEASE, RULES

pytestmark = pytest.mark.usefixtures("project")
LIVE = {
    "EndpointName": FACTS.endpoint,
    "EndpointStatus": "InService",
    "EndpointConfigName": "old",
    "ProductionVariants": [{"VariantName": "live", "DesiredInstanceCount": 5}],
}
CONFIG: dict[str, Any] = {
    "ProductionVariants": [{"VariantName": "live", "ModelName": "one", "InstanceType": "ml.m5.large"}],
    "MetricsConfig": {"EnableEnhancedMetrics": True, "MetricPublishFrequencyInSeconds": 10},
}


def plan(
    monkeypatch: pytest.MonkeyPatch,
    *,
    rate: float = 20.0,
    config: dict[str, Any] | None = None,
    live: dict[str, Any] | None = None,
    rules: Any = RULES,
    history: Any = (),
) -> dict[str, Any]:
    """The plan of a release."""
    found = SimpleNamespace(describe_endpoint_config=lambda EndpointConfigName: config or CONFIG)  # noqa: N803
    past = Before(rate, {"errors": 0.002}, {"errors": 1.0}, {"p90": 4000.0}, [])
    monkeypatch.setattr(aws, "client", lambda service: found)
    monkeypatch.setattr(observe, "before", lambda *_: past)
    monkeypatch.setattr(ledger, "records", lambda table: list(history))
    return preflight.plan(live or LIVE, RELEASE, FACTS, rules)


def test_the_share_is_of_whole_instances(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of five is two."""
    found = plan(monkeypatch)
    assert (found["instances"], found["canary_instances"], found["share_planned"]) == (5, 2, 0.4)


def test_thin_traffic_bakes_longer_and_may_prove_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """At 20 requests a second the shortest bake is a proof, at one in ten seconds the longest is none."""
    busy, quiet = plan(monkeypatch), plan(monkeypatch, rate=0.1)
    assert (busy["bake_seconds"], busy["proves"]) == (RULES.canary.shortest_seconds, True)
    assert (quiet["bake_seconds"], quiet["proves"]) == (RULES.canary.longest_seconds, False)


def test_thin_traffic_is_refused_where_policy_asks_for_a_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the rate, and what to do."""
    strict = replace(RULES, canary=replace(RULES.canary, unproven=False))
    with pytest.raises(RefusalError, match=r"at 0\.1 requests a second .* canary\.unproven = true"):
        plan(monkeypatch, rate=0.1, rules=strict)


def test_a_live_configuration_that_is_gone_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS would take no update, and the sentence says how it comes back."""

    def gone(**_: str) -> None:
        said = {"Code": "ValidationException", "Message": "Could not find endpoint configuration"}
        raise ClientError({"Error": said}, "DescribeEndpointConfig")

    monkeypatch.setattr(aws, "client", lambda service: SimpleNamespace(describe_endpoint_config=gone))
    with pytest.raises(UserError, match=r"somebody deleted old, .* makes it again"):
        preflight.plan(LIVE, RELEASE, FACTS, RULES)


def test_no_traffic_is_said_in_words() -> None:
    """No bake is long enough."""
    assert "no bake is long enough" in preflight.thin(0.0, Bake(3600, None, False))


@pytest.mark.parametrize(
    ("live", "config", "why"),
    [
        ({"EndpointStatus": "Updating"}, {}, "is Updating with old: run the verb again"),
        ({"ProductionVariants": [{"DesiredInstanceCount": 1}]}, {}, "needs 2 or more"),
        ({}, {"ProductionVariants": CONFIG["ProductionVariants"] * 2}, "serves 2 variants"),
        ({}, {"ProductionVariants": [{"ServerlessConfig": {}, "ModelName": "one"}]}, "is serverless"),
        (
            {},
            {"ProductionVariants": [{"InstanceType": "ml.inf1.xlarge", "ModelName": "one"}]},
            "updates ml.inf1.xlarge all at once",
        ),
    ],
)
def test_what_aws_would_not_bake_is_refused(
    monkeypatch: pytest.MonkeyPatch, live: dict[str, Any], config: dict[str, Any], why: str
) -> None:
    """Some of it AWS would update all at once without a word."""
    with pytest.raises(UserError, match=why):
        plan(monkeypatch, live=LIVE | live, config=CONFIG | config)


@pytest.mark.parametrize(
    ("rate", "bake", "reported", "expected"),
    [
        (20.0, 600, 10, 10),
        (0.6, 600, 10, 10),
        (0.2, 600, 10, 30),
        (0.02, 600, 10, 60),
        (0.02, 3600, 10, 300),
        (20.0, 600, 60, 60),
        (0.0, 600, 10, 60),
    ],
)
def test_a_tick_has_some_requests_of_both(rate: float, bake: int, reported: int, expected: int) -> None:
    """As short as both fleets report, longer where traffic is thin, and never a large part of the bake."""
    assert preflight.period(rate, bake, reported, RULES.canary) == expected


def test_a_configuration_without_enhanced_metrics_reports_each_minute() -> None:
    """Whatever it says about its own utilisation (API shape MetricsConfig)."""
    assert preflight.published({"MetricsConfig": {"MetricPublishFrequencyInSeconds": 10}}) == 60
    assert (preflight.published({}), preflight.published(CONFIG)) == (60, 10)


def test_earlier_releases_say_how_long_a_fleet_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The median of the latest ones; null while nobody knows."""
    took = [replace(RELEASE, details={"seconds": {"provisioning": one}}) for one in (200, 240, 900)]
    assert plan(monkeypatch, history=[RELEASE, *took])["provisioning_seconds"] == 240
    assert plan(monkeypatch)["provisioning_seconds"] is None
