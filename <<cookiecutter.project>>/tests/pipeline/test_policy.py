"""Policy errors are one sentence: the key, the bound, what to write."""

import copy
import tomllib
from pathlib import Path
from typing import Any

import pytest

from pipeline import policy
from pipeline.errors import UserError

from .conftest import REPOSITORY

DOCUMENT = tomllib.loads((REPOSITORY / "policy.toml").read_text())


def changed(section: str, **values: Any) -> dict[str, Any]:
    """The repository's policy with other values."""
    document = copy.deepcopy(DOCUMENT)
    document[section] |= values
    return document


def test_the_policy_that_is_shipped_is_valid(project: Path) -> None:
    """Its numbers arrive as they are written."""
    assert policy.load(project).canary.detect == DOCUMENT["canary"]["detect"]


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        (
            changed("canary", share=1.2),
            "canary.share = 1.2 is out of bounds: write a number from 0.01 to 0.5",
        ),
        (changed("data", follow="latest"), "data.follow = 'latest' is unknown: write one of pinned, newest"),
        (changed("data", bad_share=-0.1), "data.bad_share = -0.1 is out of bounds"),
        (changed("gate", minimum_rows=10.5), "write a whole number from 1"),
        (changed("gate", margin="1 %"), "gate.margin = '1 %' is out of bounds"),
        (changed("gate", margin=True), "gate.margin = True is out of bounds"),
        (
            changed("gate", metric="auk"),
            "gate.metric names 'auk', which is unknown: write one of log_loss, brier",
        ),
        (changed("gate", metric="positive_rate"), "gate.metric names 'positive_rate', which is unknown"),
        (changed("gate", metric=3), "gate.metric = 3 is something else: write a name in quotes"),
        (changed("gate", margn=0.1), "unknown key gate.margn: write one of gaps, margin"),
        (changed("gate", worsening={"acuracy": 0.1}), "gate.worsening names 'acuracy', which is unknown"),
        (changed("gate", worsening=0.02), "gate.worsening is not a table: write [gate.worsening] above"),
        (
            changed("gate", worsening={"accuracy": -0.1}),
            "gate.worsening.accuracy = -0.1 is out of bounds: write a number from 0",
        ),
        (changed("gate", segment_worsening={"positive_rate": 0.1}), "gate.segment_worsening names"),
        (changed("gate", gaps={"negative_rate": 0.1}), "gate.gaps names 'negative_rate', which is unknown"),
        (changed("gate", off=["chmpion"]), "gate.off names 'chmpion', which is unknown: write one of rows,"),
        (changed("gate", off="champion"), "gate.off = 'champion' is something else: write names in a list"),
        (changed("gate", protected=[1]), "gate.protected = [1] is something else: write names in a list"),
        (changed("monitor", worsening={"drift": 0.1}), "monitor.worsening names 'drift', which is unknown"),
        (changed("monitor", window_blocks=6), "monitor.window_blocks = 6 is out of bounds: write a whole"),
        (changed("retrain", on=["accuracy"]), "retrain.on names 'accuracy', which is unknown: write one of"),
        (changed("data", source="data/"), "data.source = 'data/' is no such folder: write \"incoming/\""),
        (changed("owners", budget=""), "owners.budget = '' is nobody: write a name in quotes"),
        ({**DOCUMENT, "owners": []}, "owners is not a table"),
        (
            changed("owners", disk="platform"),
            "owners.disk is no alarm's: write one of budget, data-refused, model-",
        ),
        (
            changed("monitor", worsening={**DOCUMENT["monitor"]["worsening"], "accuracy": 0.1}),
            "owners.model-accuracy is missing, and an alarm that is nobody's wakes nobody: write model-acc",
        ),
        (changed("backstop", period_seconds=90), "backstop.period_seconds = 90 is no multiple of 60"),
        (changed("canary", shortest_seconds=239), "canary.shortest_seconds = 239 ends before every alarm"),
        (changed("canary", longest_seconds=599), "canary.longest_seconds = 599 is less than"),
        (changed("canary", detect=0.006), "canary.detect = 0.006 is no more than canary.times"),
        (changed("canary", metric_seconds=20), "canary.metric_seconds = 20 is unknown: write one of 10, 30"),
        (changed("canary", unproven="yes"), "canary.unproven = 'yes' is neither: write true or false"),
        (changed("canary", heartbeat_seconds=90), "canary.heartbeat_seconds = 90 is no multiple of 60"),
        ({**DOCUMENT, "cannary": {}}, "unknown key cannary"),
        ({**DOCUMENT, "gate": 3}, "gate is not a table"),
        ({key: DOCUMENT[key] for key in DOCUMENT if key != "canary"}, "canary is missing"),
        (
            changed("slo", availability=1.2),
            "slo.availability = 1.2 is out of bounds: write a number from 0.5",
        ),
        (changed("slo", availability=0.9), "slo.fast_budget = 0.02 would need 144% of the requests to fail"),
        (changed("slo", availabilty=0.9), "unknown key slo.availabilty: write one of availability"),
        (changed("slo", fast_hours=6), "slo.fast_hours = 6 with fast_budget = 0.02 is no faster than"),
        (changed("slo", fast_budget=0.001), "slo.fast_hours = 1 with fast_budget = 0.001 is no faster than"),
        (changed("slo", latency_p50_ms=101), "slo.latency_p50_ms = 101 is above slo.latency_p95_ms = 100"),
        (
            changed("slo", cpu_percent=120),
            "slo.cpu_percent = 120 is out of bounds: write a number from 1 to 100",
        ),
        (changed("staging", lifetime_hours=0), "staging.lifetime_hours = 0 is out of bounds"),
        ({**DOCUMENT, "costs": 3}, "costs is not a table: write [costs] above its prices"),
        (changed("costs", m5=0.1), 'costs has m5: write an instance type such as "ml.m5.large"'),
        (
            changed("costs", **{"ml.m5.large": -1}),
            "costs.ml.m5.large = -1 is out of bounds: write US$ an hour",
        ),
    ],
)
def test_a_bad_policy_is_named_in_one_sentence(document: dict[str, Any], sentence: str) -> None:
    """Nothing is read around: the first wrong key stops every verb."""
    with pytest.raises(UserError) as refused:
        policy.parse(document)
    assert sentence in str(refused.value)


def test_a_bake_that_just_lets_the_alarm_fire_is_allowed() -> None:
    """(latency_periods + 1) * period_seconds is the bound itself."""
    assert policy.parse(changed("canary", shortest_seconds=240)).canary.shortest_seconds == 240


@pytest.mark.parametrize("content", [b"[gate", b"\xff"])
def test_a_file_that_is_not_toml_is_named(project: Path, content: bytes) -> None:
    """A syntax error is a sentence, not a traceback; so is what is no text."""
    (project / "policy.toml").write_bytes(content)
    with pytest.raises(UserError, match=r"policy.toml is not TOML"):
        policy.load(project)


def test_a_rule_of_a_metric_can_be_switched_off() -> None:
    """Its name is the metric's."""
    assert policy.parse(changed("gate", off=["accuracy", "rows"])).gate.off == ("accuracy", "rows")
