"""Deployment guardrails: how UpdateEndpoint shifts traffic from the old (blue) to the new (green) fleet.

Pure: `plan` reads a DeploymentConfig, `advance` is the state machine. Times are AWS seconds. What AWS documents, `dg/x`
being https://docs.aws.amazon.com/sagemaker/latest/dg/x.html:

| rule | source |
| --- | --- |
| all at once, canary in two steps, linear in n | API TrafficRoutingConfig |
| without a policy all at once | API DeploymentConfig |
| a canary is at most half of green's instances; a linear step 10 to 50 % | API TrafficRoutingConfig |
| green is made, then traffic is turned on, then a bake begins | dg/deployment-guardrails-blue-green-canary |
| alarms are active while it bakes, and a final bake follows the last shift | same page |
| an alarm in any bake sends all traffic back | dg/deployment-guardrails-blue-green |
| without alarms nothing is sent back | dg/deployment-guardrails-configuration |
| the longest run is larger than the waits together | API BlueGreenUpdatePolicy |
| VariantStatus and its messages | dg/automating-sagemaker-with-eventbridge, deployment state change |
| UpdateRollbackFailed: a rolling deployment that could not be rolled back, so never here | API EndpointStatus |
| marketplace containers and Inf1 shift at once, without a bake (not imitated) | dg/deployment-guardrails-exclusions |

Guesses, where AWS is silent:

- the final bake lasts TerminationWaitInSeconds (the guide also speaks of that wait as coming after it);
- what outlasts MaximumExecutionTimeoutInSeconds is rolled back;
- an alarm that is in ALARM from the start is not refused: the first look of the bake sees it, when green has traffic;
- an alarm that is deleted during the update no longer counts; a composite alarm counts like a metric's;
- a share in percent is rounded down to whole instances, but not below one;
- a fleet of one instance can't canary; several variants can canary when they have as many instances each.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from sandbox.world import ApiError

LONGEST = 28800.0  # AWS seconds, API BlueGreenUpdatePolicy; AWS documents no default for the time-out


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What an update does: green's share of the traffic step by step, and how long each step bakes."""

    kind: str = "ALL_AT_ONCE"
    shares: tuple[float, ...] = (1.0,)
    bakes: tuple[float, ...] = (0.0,)
    timeout: float = LONGEST
    alarms: tuple[str, ...] = ()


class Phase(Enum):
    """Where an update stands; the value is AWS's VariantStatus of the green fleet, where it has one."""

    CREATING = "Creating"
    ACTIVATING = "ActivatingTraffic"
    BAKING = "Baking"
    PROMOTED = "promoted"
    ROLLED_BACK = "Deleting"


class Green(Enum):
    """How the new fleet's start stands."""

    STARTING = "starting"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class State:
    """One moment of an update; `entered` is when this phase and step began."""

    started: float
    entered: float
    phase: Phase = Phase.CREATING
    step: int = 0
    reason: str = ""

    @property
    def pending(self) -> bool:
        """Whether the update is still under way."""
        return self.phase in (Phase.CREATING, Phase.ACTIVATING, Phase.BAKING)


def share(plan: Plan, state: State) -> float:
    """Green's share of the traffic in `state`, 0 to 1; a step has its share once its traffic is activated."""
    if state.phase is Phase.BAKING:
        return plan.shares[state.step]
    if state.phase is Phase.ACTIVATING and state.step:
        return plan.shares[state.step - 1]
    return 1.0 if state.phase is Phase.PROMOTED else 0.0


def advance(plan: Plan, state: State, *, now: float, green: Green, tripped: Sequence[str]) -> State:
    """The state after `state`: at most one step further, `tripped` being the plan's alarms in ALARM."""
    if not state.pending:
        return state
    if green is Green.FAILED:
        return _back(state, now, "the new fleet did not become healthy")
    if now - state.started > plan.timeout:
        return _back(state, now, f"the update took longer than {plan.timeout:g} seconds")
    if state.phase is Phase.CREATING:
        return state if green is Green.STARTING else replace(state, phase=Phase.ACTIVATING, entered=now)
    if state.phase is Phase.ACTIVATING:
        return replace(state, phase=Phase.BAKING, entered=now)
    if tripped:
        return _back(state, now, f"alarm {', '.join(tripped)} is in ALARM")
    if now - state.entered < plan.bakes[state.step]:
        return state
    if state.step + 1 < len(plan.shares):
        return replace(state, phase=Phase.ACTIVATING, step=state.step + 1, entered=now)
    return replace(state, phase=Phase.PROMOTED, entered=now)


def capacity(plan: Plan, state: State, count: int) -> int:
    """How many of green's `count` instances are on, or are being turned on.

    AWS describes them as the CurrentInstanceCount of the pending variant, whose weight is whole from the start
    (the example in dg/automating-sagemaker-with-eventbridge): by it a client tells a canary's bake from the final one.
    """
    if state.phase in (Phase.ACTIVATING, Phase.BAKING):
        return round(plan.shares[state.step] * count)
    return count if state.phase is Phase.PROMOTED else 0


def message(plan: Plan, state: State, count: int) -> str:
    """The StatusMessage of green's variant of `count` instances.

    The words are those of dg/automating-sagemaker-with-eventbridge, whose example names TerminationWaitInSeconds
    for a canary's bake too; that the wait interval is named is a guess.
    """
    final = state.step + 1 == len(plan.shares)
    on = f"{'full' if final else plan.kind.lower()} capacity of {capacity(plan, state, count)} instance(s)."
    match state.phase:
        case Phase.CREATING:
            return f"Launching {count} instance(s)."
        case Phase.ACTIVATING:
            return f"Activating traffic on {on}"
        case Phase.BAKING:
            wait = "TerminationWaitInSeconds" if final else "WaitIntervalInSeconds"
            return f"Baking for {plan.bakes[state.step]:g} seconds ({wait}) with traffic enabled on {on}"
        case Phase.ROLLED_BACK:
            return f"Terminating {count} instance(s)."
    return ""


def plan(deployment: Mapping[str, Any], counts: Mapping[str, int]) -> Plan:
    """The plan of a DeploymentConfig for variants with `counts` instances each (by name).

    Raises ApiError: ValidationException for what AWS refuses, NotInSandbox for rolling deployments.
    """
    if "RollingUpdatePolicy" in deployment:
        raise ApiError("NotInSandbox", "RollingUpdatePolicy is not in the sandbox; use BlueGreenUpdatePolicy.")
    alarms = deployment.get("AutoRollbackConfiguration", {}).get("Alarms", [])
    names = tuple(alarm["AlarmName"] for alarm in alarms)
    policy = deployment.get("BlueGreenUpdatePolicy")
    if policy is None:
        return Plan(alarms=names)
    routing = policy["TrafficRoutingConfiguration"]
    shares = _shares(routing, counts)
    wait = float(routing.get("WaitIntervalInSeconds", 0))
    bakes = (*(wait for _ in shares[:-1]), float(policy.get("TerminationWaitInSeconds", 0)))
    timeout = float(policy.get("MaximumExecutionTimeoutInSeconds", LONGEST))
    if timeout <= sum(bakes):
        raise _invalid(
            f"MaximumExecutionTimeoutInSeconds is {timeout:g}, it must be larger than the total waiting time "
            f"of {sum(bakes):g} seconds"
        )
    return Plan(kind=routing["Type"], shares=shares, bakes=bakes, timeout=timeout, alarms=names)


def _shares(routing: Mapping[str, Any], counts: Mapping[str, int]) -> tuple[float, ...]:
    kind = routing["Type"]
    if kind == "ALL_AT_ONCE":
        return (1.0,)
    member = "CanarySize" if kind == "CANARY" else "LinearStepSize"
    if member not in routing:
        raise _invalid(f"{member} is missing, a {kind} deployment needs it")
    if len(set(counts.values())) > 1:
        raise ApiError("NotInSandbox", f"{kind} over variants of different sizes is not in the sandbox.")
    count = next(iter(counts.values()))
    step = _instances(routing[member], count, member, smallest=10 if kind == "LINEAR" else 0)
    if kind == "CANARY":
        return (step / count, 1.0)
    return (*(active / count for active in range(step, count, step)), 1.0)


def _instances(size: Mapping[str, Any], count: int, member: str, *, smallest: int) -> int:
    """Whole instances of a CapacitySize; at most half of them, and at least one."""
    percent = size["Value"] * (1 if size["Type"] == "CAPACITY_PERCENT" else 100 / count)
    if not smallest <= percent <= 50 or count < 2:
        raise _invalid(
            f"{member} is {size['Value']} {size['Type']} of {count} instance(s), it must be "
            f"{f'{smallest} to' if smallest else 'at most'} 50% of the variant's instance count"
        )
    whole: int = size["Value"] * count // 100 if size["Type"] == "CAPACITY_PERCENT" else size["Value"]
    return max(1, whole)


def _back(state: State, now: float, reason: str) -> State:
    return replace(state, phase=Phase.ROLLED_BACK, entered=now, reason=reason)


def _invalid(message: str) -> ApiError:
    return ApiError("ValidationException", message)
