"""Tests of sandbox.guardrails."""

from typing import Any

import pytest

from sandbox.guardrails import Green, Phase, Plan, State, advance, capacity, message, plan, share
from sandbox.world import ApiError

CANARY = Plan(kind="CANARY", shares=(0.5, 1.0), bakes=(300.0, 120.0), timeout=1800.0, alarms=("a",))
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
    state = run(330)
    assert (state.phase, state.step, share(CANARY, state)) == (Phase.BAKING, 1, 1.0)


def test_promoted_after_the_termination_wait() -> None:
    """300 s and 120 s without an alarm promote, beside a tick for each shift of the traffic."""
    assert [run(430).phase, run(440).phase] == [Phase.BAKING, Phase.PROMOTED]


@pytest.mark.parametrize("at", [50.0, 350.0])
def test_an_alarm_rolls_back(at: float) -> None:
    """An alarm in the canary's or in the final bake sends all traffic back, and names itself."""
    state = run(400, tripped_at=at)
    assert (state.phase, share(CANARY, state), state.entered) == (Phase.ROLLED_BACK, 0.0, at)
    assert "alarm a" in state.reason


def test_an_alarm_at_the_start_rolls_back_in_the_first_bake() -> None:
    """What is in ALARM from the start is seen by the bake's first look."""
    assert [run(until, tripped_at=0.0).phase for until in (10, 20)] == [Phase.BAKING, Phase.ROLLED_BACK]


@pytest.mark.parametrize("phase", [Phase.CREATING, Phase.ACTIVATING])
def test_alarms_are_watched_while_it_bakes_only(phase: Phase) -> None:
    """An alarm that trips while green starts, or while traffic is turned on, ends nothing yet."""
    state = State(started=0.0, entered=0.0, phase=phase)
    assert advance(CANARY, state, now=10.0, green=Green.READY, tripped=["a"]).pending


def test_traffic_is_activated_before_it_bakes() -> None:
    """Green is made, then its traffic is turned on, then it bakes; and again for the second step."""
    seen = [run(until).phase.value for until in (0, 10, 300, 310, 320)]
    assert seen == ["ActivatingTraffic", "Baking", "Baking", "ActivatingTraffic", "Baking"]


def test_a_client_can_tell_the_canarys_bake_from_the_final_one() -> None:
    """One of two instances has traffic, then both; the words are those of AWS's examples."""
    assert [capacity(CANARY, run(until), 2) for until in (100, 330)] == [1, 2]
    assert [message(CANARY, run(until), 2) for until in (0, 100, 330)] == [
        "Activating traffic on canary capacity of 1 instance(s).",
        "Baking for 300 seconds (WaitIntervalInSeconds) with traffic enabled on canary capacity of 1 instance(s).",
        "Baking for 120 seconds (TerminationWaitInSeconds) with traffic enabled on full capacity of 2 instance(s).",
    ]


def test_a_fleet_that_starts_has_no_capacity_yet() -> None:
    """It is being launched."""
    assert (capacity(CANARY, NEW, 2), message(CANARY, NEW, 2)) == (0, "Launching 2 instance(s).")


def test_an_alarm_after_the_promotion_changes_nothing() -> None:
    """A promoted update is over."""
    promoted = run(440)
    assert advance(CANARY, promoted, now=460.0, green=Green.READY, tripped=["a"]) is promoted


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
