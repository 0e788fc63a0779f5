"""sandbox.rehearsal.renewal: every way in which the loop may stay open is a failure that names itself."""

import time
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import rehearsal_fakes as fakes
from rehearsal_fakes import looked, said
from rehearsal_steps import CANARY, fails, going_well, releasing

from sandbox.rehearsal import life as shared
from sandbox.rehearsal import monitored, renewal
from sandbox.rehearsal.life import PREPARED
from sandbox.rehearsal.traffic import Request

ALARM = "toy-production-model-log-loss"
STATES = {"sight": "kept", "log_loss": "kept"}


@pytest.fixture
def life(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A rehearsal in which the loop closes: staging is down, production serves `old`, and labels come."""
    made = going_well(tmp_path)
    made.record.releases.append(fakes.first_release())
    made.record.speed, made.observer.down = 1e6, ["staging"]
    made.labeller, made.delivered = SimpleNamespace(until=time.time() + 99), []
    made.put = lambda key, content: made.delivered.append((key, content))
    monkeypatch.setattr(monitored, "wait_for", lambda holds, _: shared.wait_for(holds, 0.05))
    monkeypatch.setattr(monitored, "SPARE", 0.0)
    monitoring(made, "kept", "broken", "kept")
    answers = made.verbs.answers
    answers["pipeline data ingest"] = iter([ingested(True), ingested(False)]).__next__
    answers["pipeline due --claim"] = iter([due(True), due(False)]).__next__
    answers["pipeline gate"] = (0, fakes.gate(True))
    answers["pipeline release staging"] = iter(
        [(PREPARED, said("staging", before=None)), (0, said("staging", before=None))]
    ).__next__
    releasing(made, "production", *CANARY)
    made.observer.configs["staging"] = "new"
    return made


def ingested(moved: bool, manifest: str = "m") -> fakes.Answer:
    """What `pipeline data ingest` says."""
    return 0, {"moved": moved, "manifest": manifest}


def due(is_due: bool, why: str = f"the alarm `{ALARM}` sounds") -> fakes.Answer:
    """What `pipeline due` says."""
    return 0, {"due": is_due, "why": why if is_due else "claimed"}


def monitoring(life: Any, *states: str, sounds: Sequence[bool] | None = None) -> None:
    """The monitor says these, one after the other, and the alarm follows unless told otherwise."""
    told = iter(zip(states, sounds or [state == "broken" for state in states], strict=True))

    def answer() -> fakes.Answer:
        state, loud = next(told)
        life.observer.alarmed = {ALARM: time.time()} if loud else {}
        return 0, looked(STATES | {"log_loss": state})

    life.verbs.answers["pipeline monitor production"] = answer


def test_the_loop_closes(life: Any) -> None:
    """By itself: each verb under its own role, in this order."""
    observed = renewal.renewal(life)
    assert observed == f"log_loss 0.400 → 0.400 → 0.400; version 2 because the alarm {ALARM} sounds"
    assert [one.title for one in life.record.verdicts] == ["Before the drift", "After the drift", "After the retrain"]
    words = [(" ".join(verb.split()[:3]), who.split()[0]) for verb, who in life.verbs.by.items()]
    roles = list(dict.fromkeys(words))
    assert roles == [
        ("pipeline monitor production", "ci-monitor-production"),
        ("pipeline data ingest", "ci-retrain"),
        ("pipeline due --claim", "ci-retrain"),
        ("pipeline train", "ci-retrain"),
        ("pipeline gate", "ci-retrain"),
        ("pipeline register", "ci-retrain"),
        ("pipeline release staging", "ci-release-staging"),
        ("sandbox up infra/service", "ci-infra-staging"),
        ("pipeline release production", "ci-release-production"),
    ]


def test_the_project_follows_the_newest_data(life: Any) -> None:
    """Where everybody sees it."""
    renewal.renewal(life)
    assert life.workspace.acts[:2] == [
        "set follow of data to newest",
        "commit Train on the newest data that passed",
    ]


def test_partitions_are_delivered(life: Any) -> None:
    """Those of the scenario, in its order."""
    renewal.renewal(life)
    assert [key for key, _ in life.delivered] == ["incoming/7.parquet", "incoming/8.parquet"]


def test_a_delivered_row_is_joined_by_the_newest_request_that_is_labelled(life: Any) -> None:
    """One that failed, or whose label has not come, is none."""
    asked = monitored.ask(life, ["data/8.parquet"])
    at = life.changed
    life.client.requests = [
        Request(at + 1, 200, "m", "older", asked[0]),
        Request(at + 2, 200, "m", "newer", asked[0]),
        Request(at + 3, 500, "m", "failed", asked[1]),
        Request(at + 9, 200, "m", "late", asked[2]),
    ]
    life.labeller.until = at + 5
    assert renewal._names(life, asked) == {0: "newer"}


def test_the_traffic_changes_twice(life: Any) -> None:
    """To the months that drift, and to those after."""
    renewal.renewal(life)
    assert [len(questions) for questions in life.client.asked] == [10, 10]


@pytest.mark.parametrize(
    ("states", "sentence"),
    [
        (["broken"], "before the drift: log_loss is broken, not kept: so it is"),
        (["kept", "kept"], "after the drift: log_loss is kept, not broken"),
        (["kept", "unknown"], "after the drift: log_loss is unknown, not broken"),
        (["kept", "broken", "broken"], "after the retrain: log_loss is broken, not kept"),
    ],
)
def test_a_monitor_that_says_otherwise_fails(life: Any, states: list[str], sentence: str) -> None:
    """Also when it cannot tell."""
    monitoring(life, *states)
    fails(renewal.renewal, life, sentence)


def test_an_alarm_that_does_not_sound_fails(life: Any) -> None:
    """Whatever the monitor says."""
    monitoring(life, "kept", "broken", sounds=[False, False])
    fails(renewal.renewal, life, f"{ALARM} does not sound")


def test_an_alarm_that_goes_on_fails(life: Any) -> None:
    """The new model is right again, and nobody may be told that it is not."""
    monitoring(life, "kept", "broken", "kept", sounds=[False, True, True])
    fails(renewal.renewal, life, f"{ALARM} still sounds")


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ([ingested(False)], "did not become the newest"),
        ([ingested(True), ingested(True)], "taken in again"),
        ([ingested(True), ingested(False, "other")], "taken in again"),
    ],
)
def test_data_that_does_not_arrive_once_fails(life: Any, answers: list[fakes.Answer], sentence: str) -> None:
    """Neither never nor twice."""
    life.verbs.answers["pipeline data ingest"] = iter(answers).__next__
    fails(renewal.renewal, life, sentence)


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ([due(False)], "no retrain is due: claimed"),
        ([due(True, "there is new data")], f"another reason than {ALARM}: there is new data"),
        ([due(True), due(True)], "a second retrain was started"),
    ],
)
def test_a_retrain_that_nobody_claims_once_fails(life: Any, answers: list[fakes.Answer], sentence: str) -> None:
    """It is due, because of the alarm, and one alarm starts one."""
    life.verbs.answers["pipeline due --claim"] = iter(answers).__next__
    fails(renewal.renewal, life, sentence)


def test_labels_that_do_not_come_fail(life: Any) -> None:
    """Nobody could tell how good the model is."""
    life.labeller.until = 0.0
    fails(renewal.renewal, life, "no labels come")


def test_a_request_that_fails_during_the_release_fails(life: Any) -> None:
    """A retrain that nobody asked for may cost nobody anything."""
    releasing(life, "production", *CANARY, ("new", 500))
    fails(renewal.renewal, life, "1 requests failed")


def test_the_window_is_waited_for(life: Any) -> None:
    """By the scenario's numbers, as the clock runs."""
    life.record.speed, life.changed = 420.0 / 0.2, time.time()
    began = time.monotonic()
    monitored.wait_for_a_window(life)
    assert time.monotonic() - began >= 0.15
