"""What the tests of the steps share: a rehearsal where every verb does well, and releases as a test tells them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import rehearsal_fakes as fakes
from rehearsal_fakes import Client, said

from sandbox.rehearsal.life import JUDGED, Failed
from sandbox.rehearsal.traffic import Request

CANARY = [("old", 200), *[("new", 200), ("old", 200)] * 4, ("new", 200)]


def going_well(folder: Path, accounts: Mapping[str, str] | None = None) -> Any:
    """A rehearsal where every verb does well and production serves `old`, under traffic."""
    made = fakes.life(folder, accounts)
    made.client, made.first_config = Client(), "old"
    made.client.later = [Request(0.0, 200, "old")] * 20
    made.observer.configs = {"staging": "old", "production": "old"}
    made.observer.registry = {1: "Approved", 2: "Approved"}
    files = [{"path": f"data/{number}.parquet", "rows": 20, "bad": 0} for number in (1, 2)]
    made.verbs.answers = {
        "sandbox up": (0, {"created": ["a", "b"], "adopted": ["c"]}),
        "pipeline data check": (0, {"files": files}),
        "pipeline data check --job": (0, {"files": files, "newest": True}),
        "pipeline data add": (0, {"files": [{"path": "data/7.parquet", "bad": 4, "quarantine": "data/bad.parquet"}]}),
        "pipeline data add data/8.parquet": (1, {"files": [{"path": "data/8.parquet", "bad": 5}]}),
        "pipeline data diff": (0, {"rows": {"old": 100, "new": 120}}),
        "pipeline train": (0, {"candidate": "c"}),
        "pipeline report": (0, {"passed": True, "rules": [], "champion": {"version": 1}, "merge": {"job": "c"}}),
        "pipeline evaluate": (0, {}),
        "pipeline gate": (0, fakes.gate(True)),
        "pipeline runs": (0, {"runs": [{"candidate": "c"}]}),
        "pipeline register": (0, {"version": 2}),
        "pipeline doctor": (0, {"findings": []}),
        "pipeline history": (0, {"events": [{"evidence": "r-production"}]}),
        "pipeline reconcile": (0, {"release": None}),
        "pipeline lineage": (0, {"version": 2}),
        "pipeline lineage --data": (0, {"runs": [{"versions": [{"version": 2}]}]}),
    }
    releasing(made, "staging")
    return made


def releasing(life: Any, environment: str, *seen: tuple[str, int], verb: str = "release", **more: Any) -> None:
    """That release is answered so, while those requests are; the endpoint then serves what it says."""

    def answer() -> fakes.Answer:
        life.client.saw(*seen)
        told = said(environment, **more)
        life.observer.configs[environment] = told["config_after"]
        return JUDGED if told["verdict"] == "rolled_back" else 0, told

    life.verbs.answers[f"pipeline {verb} {environment}"] = answer


def fails(step: Any, life: Any, sentence: str) -> None:
    """The step fails with that in its sentence."""
    with pytest.raises(Failed, match=sentence):
        step(life)
