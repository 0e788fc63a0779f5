"""Tests of sandbox.guardrails."""

from typing import Any

import pytest

from sandbox.guardrails import Green, Phase, Plan, State, advance, plan, share
from sandbox.world import ApiError

CANARY = Plan(shares=(0.5, 1.0), bakes=(300.0, 120.0), timeout=1800.0, alarms=("a",))
NEW = State(started=0.0, entered=0.0)


def deployment(kind: str = "CANARY", **routing: Any) -> dict[str, Any]:
    """A DeploymentConfig with a 300 s interval and a 120 s termination wait."""
    routing = {"Type": kind, "WaitIntervalInSeconds": 300} | routing
    return {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing, "TerminationWaitInSeconds": 120}}


def size(value: int, kind: str = "INSTANCE_COUNT") -> dict[str, Any]:
    """A CapacitySize."""
    return {"Type": kind, "Value": value}


def run(until: float, *, tripped_at: float | None = None, green: Green = Green.READY) -> State:
    """The state after `until` AWS seconds of CANARY, looked at every 10."""
    state = NEW
    for now in range(0, int(until) + 1, 10):
        tripped = ["a"] if tripped_at is not None and now >= tripped_at else []
        state = advance(CANARY, state, now=float(now), green=green, tripped=tripped)
    return state


def test_no_traffic_while_green_starts() -> None:
    """Until the new fleet is ready the update is Creating and green gets nothing."""
    state = run(600, green=Green.STARTING)
    assert (state.phase, share(CANARY, state)) == (Phase.CREATING, 0.0)


def test_the_canary_bakes_first() -> None:
    """In the first step green has the canary's share."""
    state = run(290)
    assert (state.phase, state.step, share(CANARY, state)) == (Phase.BAKING, 0, 0.5)


def test_all_traffic_in_the_final_bake() -> None:
    """After the wait interval green has everything and the update is still pending."""
    state = run(310)
    assert (state.phase, state.step, share(CANARY, state)) == (Phase.BAKING, 1, 1.0)


def test_promoted_after_the_termination_wait() -> None:
    """300 s and 120 s without an alarm promote."""
    assert [run(410).phase, run(420).phase] == [Phase.BAKING, Phase.PROMOTED]


@pytest.mark.parametrize("at", [50.0, 350.0])
def test_an_alarm_rolls_back(at: float) -> None:
    """An alarm in the canary's or in the final bake sends all traffic back, and names itself."""
    state = run(400, tripped_at=at)
    assert (state.phase, share(CANARY, state), state.entered) == (Phase.ROLLED_BACK, 0.0, at)
    assert "alarm a" in state.reason


def test_an_alarm_at_the_start_rolls_back_without_traffic() -> None:
    """What is in ALARM when green is ready rolls back before green got traffic."""
    state = advance(CANARY, NEW, now=0.0, green=Green.READY, tripped=["a"])
    assert (state.phase, state.step) == (Phase.ROLLED_BACK, 0)


def test_an_alarm_while_green_starts_is_not_watched() -> None:
    """Alarms are watched during baking only."""
    assert advance(CANARY, NEW, now=0.0, green=Green.STARTING, tripped=["a"]).phase is Phase.CREATING


def test_an_alarm_after_the_promotion_changes_nothing() -> None:
    """A promoted update is over."""
    promoted = run(420)
    assert advance(CANARY, promoted, now=430.0, green=Green.READY, tripped=["a"]) is promoted


def test_green_that_fails_rolls_back() -> None:
    """A fleet that doesn't start sends the endpoint back."""
    assert run(0, green=Green.FAILED).phase is Phase.ROLLED_BACK


def test_the_timeout_rolls_back() -> None:
    """An update that outlasts MaximumExecutionTimeoutInSeconds is rolled back."""
    state = advance(CANARY, NEW, now=1801.0, green=Green.STARTING, tripped=[])
    assert (state.phase, "1800" in state.reason) == (Phase.ROLLED_BACK, True)


def test_default_is_all_at_once() -> None:
    """Without a policy all traffic moves in one step, without a bake."""
    assert plan({}, {"live": 2}) == Plan(shares=(1.0,), bakes=(0.0,))


def test_all_at_once_bakes_for_the_termination_wait() -> None:
    """ALL_AT_ONCE has one step, whose bake is TerminationWaitInSeconds."""
    its = plan(deployment("ALL_AT_ONCE"), {"live": 1})
    assert (its.shares, its.bakes) == ((1.0,), (120.0,))


@pytest.mark.parametrize(
    ("canary", "instances", "expected"),
    [(size(1), 2, 0.5), (size(30, "CAPACITY_PERCENT"), 10, 0.3), (size(30, "CAPACITY_PERCENT"), 2, 0.5)],
)
def test_canary_share(canary: dict[str, Any], instances: int, expected: float) -> None:
    """The share is a whole number of instances, at least one."""
    assert plan(deployment(CanarySize=canary), {"live": instances}).shares == (expected, 1.0)


def test_linear_steps() -> None:
    """Steps of 40 % of ten instances are 40, 80 and 100 %, with the interval after each but the last."""
    its = plan(deployment("LINEAR", LinearStepSize=size(40, "CAPACITY_PERCENT")), {"live": 10})
    assert (its.shares, its.bakes) == ((0.4, 0.8, 1.0), (300.0, 300.0, 120.0))


@pytest.mark.parametrize(
    ("given", "instances"),
    [
        (deployment(CanarySize=size(2)), 3),
        (deployment(CanarySize=size(60, "CAPACITY_PERCENT")), 10),
        (deployment(CanarySize=size(50, "CAPACITY_PERCENT")), 1),
        (deployment(), 2),
        (deployment("LINEAR", LinearStepSize=size(5, "CAPACITY_PERCENT")), 20),
    ],
    ids=["more than half", "over 50 %", "one instance", "no size", "step below 10 %"],
)
def test_refused_sizes(given: dict[str, Any], instances: int) -> None:
    """Sizes out of AWS's bounds are a ValidationException."""
    with pytest.raises(ApiError) as refused:
        plan(given, {"live": instances})
    assert refused.value.code == "ValidationException"


def test_the_timeout_must_exceed_the_waits() -> None:
    """A MaximumExecutionTimeoutInSeconds of no more than the waits is refused."""
    given = deployment(CanarySize=size(1), WaitIntervalInSeconds=600)
    given["BlueGreenUpdatePolicy"]["MaximumExecutionTimeoutInSeconds"] = 720
    with pytest.raises(ApiError, match="larger than the total waiting time of 720"):
        plan(given, {"live": 2})


def test_rolling_is_not_in_the_sandbox() -> None:
    """A rolling deployment is refused, not quietly done all at once."""
    with pytest.raises(ApiError) as refused:
        plan({"RollingUpdatePolicy": {}}, {"live": 2})
    assert refused.value.code == "NotInSandbox"
