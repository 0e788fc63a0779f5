"""A candidate with everything that its card is made from."""

from pathlib import Path
from typing import Any

import numpy as np

from model import metrics
from pipeline import policy
from pipeline.card import owner
from pipeline.card.facts import Facts

REPOSITORY = Path(__file__).parents[2]
SECTIONS = {
    **dict.fromkeys(owner.SECTIONS, "Words of the owner."),
    "Risk": "Low: a person decides.",
    "Limits": "One year of one city.",
}
SEGMENTS = {"origin=EWR": 600, "origin=JFK": 600, "carrier=AA": 1100, "carrier=ZZ": 100}
RUN = {
    "candidate": "flights-train-0123456789ab",
    "commit": "c" * 40,
    "branch": "main",
    "lock_sha256": "d" * 64,
    "image": "repository@sha256:2",
    "manifest": "b" * 64,
    "hyperparameters": {"max_depth": "6"},
    "libraries": {"numpy": "2.4.0"},
    "instance_type": "ml.m5.large",
    "instance_count": 1,
    "started": "2013-07-01T10:20:30+00:00",
    "seconds": 30,
    "cost_usd": 0.001,
    "model_data": "s3://bucket/models/m.tar.gz",
    "model_sha256": "a" * 64,
}
PLACES = {
    "card": "s3://bucket/cards/c/card.md",
    "record": "s3://bucket/runs/c.json",
    "data": "s3://bucket/data/manifests/b/manifest.json",
    "evaluation": "s3://bucket/evaluations/e/evaluation.json",
    "job": "arn:aws:sagemaker:eu-west-1:123456789012:training-job/c",
    "by": "octocat as arn:aws:iam::123456789012:user/ann",
}


def tallies(rows: int, days: int = 10, seed: int = 1) -> dict[str, Any]:
    """Encoded tallies of `rows` rows over `days` days, of a model that is about right."""
    rng, found = np.random.default_rng(seed), {}
    for day in range(days):
        scores = rng.uniform(0.05, 0.95, rows // days)
        labels = (rng.uniform(size=scores.size) < scores).astype(float)
        found[f"2013-06-{day + 1:02}"] = metrics.encode(metrics.tally(labels, scores))
    return found


def evaluation(segments: dict[str, int] | None = None, **training: Any) -> dict[str, Any]:
    """An evaluation document with these segments and their rows."""
    window = {"from": "2013-06-01T00:00:00", "to": "2013-06-10T00:00:00"}
    summary = {
        "rows": 90000,
        "window": {"from": "2013-01-01T00:00:00", "to": "2013-05-31T00:00:00"},
        "label_rate": 0.25,
        "contributions": {"hour": 0.4, "wind": 0.1, "month": 0.2},
    }
    held = SEGMENTS if segments is None else segments
    return {
        "model_sha256": "a" * 64,
        "manifest_sha256": "b" * 64,
        "window": window,
        "rows": 1200,
        "label_rate": 0.24,
        "model": {
            "columns": [{"name": "hour", "type": "number", "known": "booking", "in_time": True}],
            "training": summary | training,
        },
        "metrics": {"log_loss": 0.5},
        "tallies": {"all": tallies(1200)} | {name: tallies(rows) for name, rows in held.items()},
    }


def verdict(**more: Any) -> dict[str, Any]:
    """A verdict that passed, on one candidate without a champion."""
    return {
        "passed": True,
        "candidate": RUN["candidate"],
        "champion": None,
        "called": "first",
        "rules": [{"rule": "rows", "passed": True, "override": None}],
        "comparison": {"log_loss": {"candidate": 0.5, "champion": None, "baseline": 0.55}},
        "evaluations": {"candidate": evaluation(), "champion": None},
        "evaluation_uri": PLACES["evaluation"],
    } | more


def facts(**more: Any) -> Facts:
    """The facts of that candidate, by the project's own policy."""
    held = {"verdict": verdict(), "owner": SECTIONS, "run": RUN} | more
    return Facts("flights", "Will this flight leave late?", gate=policy.load(REPOSITORY).gate, **held)
