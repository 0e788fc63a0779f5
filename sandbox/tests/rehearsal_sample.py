"""A made-up record of a rehearsal that went well, in the shape of rehearsal.json."""

import random
from typing import Any

NAME = "flight-delays"
MODELS = {
    1: f"{NAME}-production-1f3a9c20b7d4",
    2: f"{NAME}-production-84be01c7aa92",
    3: f"{NAME}-production-c90d55e1f038",
}
STEPS = (
    (
        "account",
        "The account is founded",
        14.2,
        "foundation, platform and two services applied; 61 resources",
    ),
    (
        "data",
        "The data contract holds",
        6.1,
        "6 files within the contract; 5 bad rows quarantined; 1 file refused",
    ),
    ("first-release", "The first model goes live", 16.8, "answered by the configuration that was asked for"),
    (
        "refresh",
        "More months, a new model",
        15.4,
        "promoted; 51 % of the canary's traffic, no failed request",
    ),
    ("damaged-labels", "Damaged labels are stopped", 6.2, "refused: log loss 0.81, bound 0.52"),
    ("bad-release", "A bad model is taken back", 13.9, "taken back by the judge; 31 failures, then none"),
    ("rollback", "One command back", 9.2, "the version before answers again"),
    ("renewal", "The loop closes itself", 80.2, "calibration 0.037 → 0.073 → 0.023; version 4"),
    (
        "teardown",
        "Nothing is left",
        5.1,
        "2,113 requests counted alike; nothing left; 1 key pending deletion",
    ),
)

PENDING = {"account": "123456789012", "service": "kms", "kind": "key", "name": "1b2c"}


def gate(passed: bool) -> dict[str, Any]:
    """A gate document with two rules."""
    value = 0.4871 if passed else 0.8123
    return {
        "passed": passed,
        "rules": [
            {"rule": "beats_base_rate", "passed": passed, "value": value, "bound": 0.5402,
             "sentence": f"log_loss {value} against 0.5402 of the base rate"},
            {"rule": "rows", "passed": True, "value": 4122, "bound": 1000,
             "sentence": "4122 evaluation rows, at least 1000"},
        ],
    }  # fmt: skip


def release(
    number: int, kind: str, title: str, verdict: str, before: int | None, asked: int, at: float
) -> dict[str, Any]:
    """One production release that began `at` seconds and took nine."""
    rolled_back = verdict == "rolled_back"
    after = before if rolled_back else asked
    return {
        "id": f"r-000{number}", "environment": "production", "kind": kind, "title": title, "verdict": verdict,
        "cause": "judge" if rolled_back else None, "version": asked,
        "injected": "a value that <no> training has seen" if rolled_back else "",
        "sentence": "Version 3 was taken back by the judge." if rolled_back else "",
        "picture": '<svg viewBox="0 0 1 1"><title>evidence</title></svg>' if rolled_back else "",
        "reason": "51 of the candidate's 107 requests failed, none of the live model's."
        if rolled_back else "The endpoint serves the configuration that was asked for.",
        "config_before": before and MODELS[before], "config_asked": MODELS[asked],
        "config_after": after and MODELS[after],
        "model_before": before and MODELS[before], "model_asked": MODELS[asked],
        "requests": {"sent": 214, "failed": 31 if rolled_back else 0, "failed_by_candidate": 31 if rolled_back else 0},
        "seconds": {"to_verdict": 4.2, "to_restored": 4.9 if rolled_back else None},
        "wall": {"started": at, "shifted": at + 2.2, "verdict": at + (4.4 if rolled_back else 9.0),
                 "restored": at + 5.1 if rolled_back else None, "ended": at + 9.5},
    }  # fmt: skip


def traffic(start: float = 37.0, end: float = 83.0, width: float = 0.5) -> dict[str, Any]:
    """Model 1, a canary of 2 at 45 s, a bad canary of 3 at 62 s, back to 1 at 74 s."""
    chance = random.Random(1)  # noqa: S311  a picture, not a secret
    count = int((end - start) / width) + 1
    lanes = {model: {"answered": [0] * count, "failed": [0] * count} for model in MODELS.values()}
    for bucket in range(count):
        at = start + bucket * width
        for _ in range(12):
            number, failed = _who(at, chance)
            lanes[MODELS[number]]["failed" if failed else "answered"][bucket] += 1
    return {"rate": 25.0, "started": start, "ended": end, "bucket_seconds": width, "models": lanes}


def _who(at: float, chance: random.Random) -> tuple[int, bool]:
    if at < 47:
        return 1, False
    if at < 52:
        return chance.choice((1, 2)), False
    if 64.2 < at < 67:
        number = chance.choice((2, 3))
        return number, number == 3 and chance.random() < 0.5
    if 76 < at < 79:
        return chance.choice((1, 2)), False
    return (1, False) if at >= 79 else (2, False)


def candidates() -> list[dict[str, Any]]:
    """A bad file, and one model for each place where it ends."""
    return [
        {"title": "A file with many bad rows", "name": "2013-08.parquet", "stopped_at": "validate",
         "outcome": "Refused: 214 of 4,221 rows break the contract, the budget is 2 %.", "version": None,
         "gate": None},
        {"title": "January to June", "name": f"{NAME}-train-1", "stopped_at": "production",
         "outcome": "Released first; live again after the rollback by hand.", "version": 1, "gate": gate(True)},
        {"title": "January to August", "name": f"{NAME}-train-2", "stopped_at": "production",
         "outcome": "Promoted after its canary.", "version": 2, "gate": gate(True)},
        {"title": "Damaged labels", "name": f"{NAME}-train-3", "stopped_at": "gate",
         "outcome": "Refused: log loss 0.812 against 0.540 of the base rate.", "version": None,
         "gate": gate(False)},
        {"title": "Strict encoding", "name": f"{NAME}-train-4", "stopped_at": "canary",
         "outcome": "Passed every offline check; rolled back on 31 failed requests.", "version": 3,
         "gate": gate(True)},
    ]  # fmt: skip


def verdict(title: str, version: int, state: str, value: float, worse: float) -> dict[str, Any]:
    """What the monitor said of production."""
    return {"title": title, "at": 80.0, "version": version, "promise": "calibration",
            "states": {"sight": "kept", "calibration": state}, "requests": 512, "sentence": "calibration error is …",
            "value": value, "worse": [worse - 0.031, worse, worse + 0.012], "bound": 0.0}  # fmt: skip


def record() -> dict[str, Any]:
    """The whole record."""
    steps, started = [], 0.0
    for name, title, seconds, observed in STEPS:
        steps.append({"name": name, "title": title, "ok": True, "seconds": seconds, "started": started,
                      "observed": observed, "reason": None})  # fmt: skip
        started += seconds
    first = release(1, "release", "First release", "promoted", None, 1, 26.0)
    return {
        "ok": True, "project": NAME, "clock_speed": 60.0, "began": "2026-01-05T10:12:44Z",
        "seconds": {"setup": 41.3, "rehearsal": 86.9}, "steps": steps,
        "policy": [{"key": "canary.detect", "project": "0.02", "here": "0.25"}],
        "verbs": [{"verb": "pipeline release production --version 2", "role": "ci-release-production",
                   "account": "333333333333", "code": 0, "started": 45.0, "seconds": 9.5}],
        "principals": [
            {"role": "ci-release-production", "account": "333333333333", "decided": 1204, "denied": []},
            {"role": "train", "account": "111111111111", "decided": 52, "denied": ["s3:PutObject on b"]},
        ],
        "candidates": candidates(),
        "releases": [first, release(2, "release", "A refresh with two more months", "promoted", 1, 2, 45.0),
                     release(3, "release", "A model that breaks on a new airport", "rolled_back", 2, 3, 62.0),
                     release(4, "rollback", "Back to the version before, by one command", "promoted", 2, 1, 74.0)],
        "verdicts": [verdict("Before the drift", 1, "kept", 0.037, 0.010),
                     verdict("After the drift", 1, "broken", 0.073, 0.045),
                     verdict("After the retrain", 4, "kept", 0.023, 0.007)],
        "incidents": [{"name": "blind", "cause": "whoever writes labels/ <stops>", "told": "the alarm model-sight",
                       "found": "blind since 10:12", "seconds": 12.0, "page": "model-sight", "first": "look",
                       "postmortem": ""}],
        "traffic": traffic(),
        "requests": {"sent": 2113, "failed": 31, "agree": True, "by_model": [
            {"model": MODELS[1], "traffic": {"200": 702}, "served": {"200": 702}},
            {"model": MODELS[2], "traffic": {"200": 1349}, "served": {"200": 1349}},
            {"model": MODELS[3], "traffic": {"200": 31, "500": 31}, "served": {"200": 31, "500": 31}}]},
        "left_after_teardown": [], "pending_deletion": [PENDING],
    }  # fmt: skip
