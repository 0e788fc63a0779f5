"""Ledger records of releases that ended in every way, and of some that have not ended."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pipeline.ledger import Record

BEGAN = datetime(2013, 7, 1, 10, 0, tzinfo=UTC)
BOUND = 100.0
RULES = ("reject", "heartbeat", "errors", "latency")


def at(seconds: float) -> str:
    """A moment of the release."""
    return (BEGAN + timedelta(seconds=seconds)).isoformat(timespec="milliseconds")


def tick(seconds: float, evidence: float, failed: int) -> dict[str, Any]:
    """One look of the judge, `seconds` after the beginning."""
    requests = int(10 * (seconds - 300))
    fleets = {"canary": requests, "stable": requests}
    return {
        "at": at(seconds),
        "evidence": evidence,
        "signals": {
            "errors": {**fleets, "canary_failed": failed, "stable_failed": 3, "evidence": evidence * 3},
            "refusals": {**fleets, "canary_failed": 2, "stable_failed": 2, "evidence": 0.3},
            "slow_p90": {**fleets, "canary_failed": requests // 9, "stable_failed": requests // 10}
            | {"evidence": 0.7},
            "slow_p99": {**fleets, "canary_failed": requests // 99, "stable_failed": requests // 100}
            | {"evidence": 0.2},
        },
    }


def looks(count: int = 24, growth: float = 1.35) -> list[dict[str, Any]]:
    """Looks ten seconds apart; `growth` is by how much evidence grows with each."""
    return [tick(310 + 10 * n, 0.4 * growth**n, max(0, int(6 * n * (growth - 1)))) for n in range(count)]


PLAN = {
    "rate": 20.0,
    "share_planned": 0.5,
    "instances": 2,
    "bake_seconds": 900,
    "final_seconds": 600,
    "evidence": BOUND,
    "proves": True,
}
DETAILS: dict[str, Any] = {
    "plan": PLAN,
    "replay": {
        "passed": True,
        "sentence": "2,000 captured requests were answered as before",
        "requests": 2000,
    },
    "alarms": [{"name": f"flights-production-v3-{one}", "signal": one, "rule": "a rule"} for one in RULES],
    "stages": [
        {"at": at(0), "stage": "InService"},
        {"at": at(20), "stage": "Updating, Creating"},
        {"at": at(290), "stage": "Updating, ActivatingTraffic"},
        {"at": at(300), "stage": "Updating, Baking"},
        {"at": at(575), "stage": "RollingBack"},
        {"at": at(640), "stage": "InService"},
    ],
    "ticks": looks(),
    "alarm_history": [
        {"at": at(545), "signal": "reject", "before": "OK", "after": "ALARM", "reason": "Verdict was 1"}
    ],
    "observed": {"share": 0.487, "failed_requests": 51, "canary_requests": 2300},
    "seconds": {"to_verdict": 520.0, "to_alarm": 545.0, "to_restored": 640.0, "provisioning": 270.0},
    "warnings": ["scores moved: the top decile has 14 % of the answers"],
}
JUDGE = Record(
    release="production-v3-20130701t100000",
    environment="production",
    kind="release",
    version=3,
    config_before="flights-production-aaaa",
    config_asked="flights-production-bbbb",
    model="flights-production-v3-cccc",
    by="octocat as arn:aws:sts::1:assumed-role/flights-ci-release-production/run",
    why="the June data",
    state="rolled_back",
    verdict="rolled_back",
    cause="judge",
    reason="51 of the candidate's 2,300 requests failed, 3 of the live model's 2,300",
    started=at(0),
    ended=at(645),
    to_verdict=520.0,
    to_restored=640.0,
    details=DETAILS,
)


def without(*keys: str) -> dict[str, Any]:
    """The details but for these."""
    return {key: value for key, value in DETAILS.items() if key not in keys}


def taken_back(cause: str, reason: str, **more: Any) -> Record:
    """A release that `cause` took back, without a judge's opinion."""
    return replace(JUDGE, cause=cause, reason=reason, details=without("ticks"), **more)


def alarmed(cause: str, signal: str) -> Record:
    """The same by an alarm of its own."""
    fired = {"at": at(545), "signal": signal, "before": "OK", "after": "ALARM", "reason": "threshold crossed"}
    record = taken_back(cause, f"the alarm {signal} fired")
    return replace(record, details=record.details | {"alarm_history": [fired]})


PROMOTED = replace(
    JUDGE,
    state="promoted",
    verdict="promoted",
    cause=None,
    reason="the endpoint serves flights-production-bbbb",
    to_restored=None,
    details=without("alarm_history") | {"ticks": looks(growth=0.9)},
)
ENDED = {
    "promoted": PROMOTED,
    "promoted unproven": replace(PROMOTED, verdict="promoted_unproven", details=without("ticks", "observed")),
    "judge": JUDGE,
    "heartbeat": alarmed("heartbeat", "heartbeat"),
    "backstop": alarmed("backstop", "errors"),
    "contract": taken_back(
        "contract", "the contract test failed: a bad row was answered 200", environment="staging"
    ),
    "human": taken_back("human", "aborted", aborted_by="arn:aws:iam::1:user/ann"),
    "provision": taken_back("provision", "the container did not answer /ping in 480 s", to_verdict=None),
    "superseded": replace(JUDGE, state="failed", verdict="failed", cause="superseded", details={}),
    "failed": replace(JUDGE, state="failed", verdict="failed", cause=None, reason=None, details={}),
    "stuck": replace(JUDGE, state="stuck", verdict="stuck", cause="provision", details={}),
}
OPEN = {
    state: replace(JUDGE, state=state, verdict=None, cause=None, reason=None, ended=None, details=details)
    for state, details in {
        "locked": {},
        "gated": {"replay": DETAILS["replay"]},
        "prepared": {"plan": PLAN, "alarms": DETAILS["alarms"]},
        "updating": without("ticks", "alarm_history", "observed", "seconds"),
        "canary": without("alarm_history", "observed", "seconds"),
        "final": without("observed"),
    }.items()
}
EVERY = {**ENDED, **OPEN}
