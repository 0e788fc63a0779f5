"""What staging proves beside the contract: latency, scaling, and alarms that tell somebody."""

from dataclasses import replace
from typing import Any

import pytest

from pipeline import proof
from pipeline.ledger import Record

from .guarded import FACTS, RELEASE, RULES

pytestmark = pytest.mark.usefixtures("project")
SLO = RULES.slo
STAGED: Record = replace(RELEASE, environment="staging", details={"guarded": False})


def test_a_model_that_keeps_the_objectives_has_nothing_wrong() -> None:
    """At the bound it is kept."""
    assert proof.slow({"p50": SLO.latency_p50_ms, "p95": SLO.latency_p95_ms}, SLO) is None


@pytest.mark.parametrize("one", ["p50", "p95"])
def test_a_slow_model_is_named_with_the_bound(one: str) -> None:
    """Measured value, bound, and where it is written."""
    said = proof.slow({"p50": 1.0, "p95": 2.0, one: 500.0}, SLO)
    assert f"{one} of the model's time is 500 ms" in str(said) and f"slo.latency_{one}_ms" in str(said)


def test_what_aws_did_not_measure_is_not_held_against_the_model() -> None:
    """No metric is no latency."""
    assert proof.slow({}, SLO) is None


@pytest.mark.parametrize(
    ("most", "scales", "wrong"),
    [(None, False, False), (2, False, False), (4, True, False), (4, False, True)],
)
def test_what_the_stack_says_scales_must_scale(
    monkeypatch: pytest.MonkeyPatch, most: int | None, scales: bool, wrong: bool
) -> None:
    """Where the most is the count, or an older stack says nothing, nothing has to."""
    monkeypatch.setattr("pipeline.scaling.scales", lambda endpoint: scales)
    said = proof.unscaled(replace(FACTS, maximum_instances=most), "staging")
    assert (said is not None) is wrong


def test_every_alarm_on_an_objective_must_be_armed() -> None:
    """One that is missing is named, and so is one that was switched off."""
    armed = [{"AlarmName": one, "ActionsEnabled": True} for one in ("a", "b")]
    assert proof.unarmed(["a", "b"], armed, "staging") is None
    assert "c is missing" in str(proof.unarmed(["a", "c"], armed, "staging"))
    off = [armed[0], {"AlarmName": "b", "ActionsEnabled": False}]
    assert "b is switched off" in str(proof.unarmed(["a", "b"], off, "staging"))


def test_the_alarms_are_those_of_the_stack() -> None:
    """By name; the composites above them are not asked for."""
    assert proof.signals(SLO) == [
        "burn-fast-long",
        "burn-fast-short",
        "burn-slow-long",
        "burn-slow-short",
        "latency-p50",
        "latency-p95",
        "cpu",
        "memory",
    ]


@pytest.mark.parametrize(
    ("broken", "cause"),
    [
        ({}, None),
        ({"probe.run": "a prediction is nan"}, "contract"),
        ({"proof.untold": "missing"}, "provision"),
    ],
)
def test_whose_fault_it_is(
    monkeypatch: pytest.MonkeyPatch, broken: dict[str, str], cause: str | None
) -> None:
    """A version answers for its answers, and not for what the stack has not made."""
    fakes: dict[str, Any] = {"probe.run": None, "proof.untold": None} | broken
    for target, found in fakes.items():
        monkeypatch.setattr(f"pipeline.{target}", lambda *_, found=found: found)
    monkeypatch.setattr("pipeline.proof.answered", lambda *_: {"p50": 1.0, "p95": 2.0})
    assert proof.of(STAGED, "s3://b/m.tar.gz", FACTS, RULES)["cause"] == cause


def test_latency_is_the_best_minute_of_the_configuration_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """In milliseconds, of AWS's microseconds."""
    asked: list[Any] = []

    def read(metrics: Any, **_: Any) -> dict[str, dict[int, float]]:
        asked.append(metrics["p50"])
        return {"p50": {1: 9000.0, 2: 1500.0}, "p95": {1: 80_000.0, 2: 2500.0}}

    monkeypatch.setattr("pipeline.measured.read", read)
    monkeypatch.setattr("pipeline.probe.read_signature", lambda _: {"examples": {"good": [{}]}})
    monkeypatch.setattr("pipeline.probe.repeat", lambda *_: None)
    monkeypatch.setattr("pipeline.aws.sleep", lambda seconds: None)
    assert proof.answered(STAGED, "s3://b/m.tar.gz", FACTS) == {"p50": 1.5, "p95": 2.5}
    assert ("EndpointConfigName", "new") in asked[0].dimensions
