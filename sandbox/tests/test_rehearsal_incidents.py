"""sandbox.rehearsal.incidents: each is caused, and not to be found as it should be is a failure."""

import io
import json
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest
from rehearsal_fakes import Answer, first_release, looked
from rehearsal_steps import fails, going_well

from sandbox.rehearsal import incidents, monitored
from sandbox.rehearsal import life as shared

ALARMS = {"log_loss": "toy-production-model-log-loss", "callers": "toy-production-model-callers"}
ALARMS |= {"sight": "toy-production-model-sight"}
REFUSED = {"files": [{"budgets": [{"passed": True, "sentence": "x"}, {"passed": False, "sentence": "5 rows are bad"}]}]}


class Account:
    """S3 and SageMaker as the incidents see them: the pointer, the trainings, and an endpoint that grows at once."""

    def __init__(self) -> None:
        self.manifest, self.trained, self.instances = "m-1", 1, 2

    def get_object(self, **_: str) -> dict[str, Any]:
        """The pointer."""
        return {"Body": io.BytesIO(json.dumps({"manifest": self.manifest}).encode())}

    def list_training_jobs(self) -> dict[str, Any]:
        """So many."""
        return {"TrainingJobSummaries": [{}] * self.trained}

    def describe_endpoint(self, **_: str) -> dict[str, Any]:
        """One variant."""
        return {"ProductionVariants": [{"VariantName": "live", "CurrentInstanceCount": self.instances}]}

    def update_endpoint_weights_and_capacities(self, **asked: Any) -> None:
        """At once."""
        self.instances = asked["DesiredWeightsAndCapacities"][0]["DesiredInstanceCount"]


@pytest.fixture
def life(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A rehearsal under traffic, in which everything is found."""
    made = going_well(tmp_path)
    made.record.speed, made.delivered, made.paused = 1e6, [], []
    account = Account()
    monkeypatch.setattr(made.observer, "client", lambda *_: account)
    made.account.aws = account
    made.labeller = SimpleNamespace(pause=lambda: made.paused.append(1), resume=lambda: made.paused.append(0))
    made.put = lambda key, content: made.delivered.append((key, pl.read_parquet(io.BytesIO(content))))
    made.record.releases.append(first_release())
    monkeypatch.setattr(monitored, "wait_for", lambda holds, _: shared.wait_for(holds, 0.05))
    monkeypatch.setattr(incidents, "wait_for", lambda holds, _: shared.wait_for(holds, 0.05))
    monkeypatch.setattr(monitored, "SPARE", 0.0)
    made.workspace.restore = lambda: made.workspace.acts.append("restore")
    return made


def monitoring(life: Any, *told: dict[str, str], **more: Any) -> None:
    """The monitor says these states of promises one after the other; the alarms follow."""
    answers = iter(told)

    def answer() -> Answer:
        states = {"sight": "kept", "callers": "kept", "log_loss": "kept"} | next(answers)
        life.observer.alarmed = {ALARMS[one]: time.time() for one, state in states.items() if state == "broken"}
        worst = next((one for one, state in states.items() if state == "broken"), "log_loss")
        said = looked(states, worst) | more
        said["findings"] += looked(states, "sight")["findings"] + looked(states, "log_loss")["findings"]
        return 0, said

    life.verbs.answers["pipeline monitor production"] = answer


# a bad batch


def ingesting(life: Any, *answers: Answer) -> None:
    """`pipeline data ingest` says these."""
    life.verbs.answers["pipeline data ingest"] = iter(answers).__next__


def test_a_bad_batch_is_stopped(life: Any) -> None:
    """Then the corrected one is taken."""
    ingesting(life, (1, REFUSED), (0, {"moved": True}))
    incident = incidents.bad_batch(life)
    assert (incident.found, incident.page) == ("Refused: 5 rows are bad", "data-refused")
    assert [key for key, _ in life.delivered] == ["incoming/8.parquet"] * 2
    assert life.delivered[0][1]["distance"].to_list().count(-1) == 5


def test_a_bad_batch_that_is_taken_fails(life: Any) -> None:
    """It is refused, or the step is not observed."""
    ingesting(life, (0, {"moved": True}))
    fails(incidents.bad_batch, life, "ended with 0 instead of 1")


@pytest.mark.parametrize("what", ["manifest", "trained"])
def test_a_bad_batch_that_moves_anything_fails(life: Any, what: str) -> None:
    """The pointer, or a training that was begun."""

    def answer() -> Answer:
        setattr(life.account.aws, what, 9)
        return 1, REFUSED

    life.verbs.answers["pipeline data ingest"] = answer
    fails(incidents.bad_batch, life, "moved the pointer to the newest data, or something was trained")


def test_a_refusal_without_a_reason_fails(life: Any) -> None:
    """Somebody has to mend it."""
    ingesting(life, (1, {"files": [{"budgets": []}]}))
    fails(incidents.bad_batch, life, "without a reason")


def test_a_corrected_batch_that_is_not_taken_fails(life: Any) -> None:
    """One bad delivery does not stop those after it."""
    ingesting(life, (1, REFUSED), (0, {"moved": False}))
    fails(incidents.bad_batch, life, "the corrected partition was not taken in")


# labels that stop


def test_a_blind_monitor_says_so(life: Any) -> None:
    """And sees again when labels come again."""
    monitoring(life, {}, {"sight": "broken", "log_loss": "unknown"}, {})
    incident = incidents.blind(life)
    assert (incident.page, incident.told) == ("model-sight", f"the alarm {ALARMS['sight']}")
    assert life.paused == [1, 0]


def test_a_monitor_that_stays_green_without_labels_fails(life: Any) -> None:
    """Nobody may be told that all is well."""
    monitoring(life, {}, {})
    fails(incidents.blind, life, "without labels: sight is kept, not broken")


def test_a_promise_that_is_kept_without_labels_fails(life: Any) -> None:
    """Also where the sight is said to be broken."""
    monitoring(life, {}, {"sight": "broken"})
    fails(incidents.blind, life, "without a label the monitor says that log_loss is kept")


# what the monitor finds


@pytest.mark.parametrize(
    ("incident", "promise", "page"),
    [
        (incidents.silent_drift, "log_loss", "model-log-loss"),
        (incidents.broken_column, "callers", "model-callers"),
    ],
)
def test_an_incident_is_found(life: Any, incident: Any, promise: str, page: str) -> None:
    """By its own promise, with the alarm and the page of that."""
    monitoring(life, {promise: "broken"})
    found = incident(life)
    assert (found.page, found.told) == (page, f"the alarm {ALARMS[promise]}")
    assert 0 <= found.seconds < 5


def test_the_column_arrives_empty(life: Any) -> None:
    """In every row, and no other one."""
    monitoring(life, {"callers": "broken"})
    incidents.broken_column(life)
    rows = [row for one in life.client.asked[-1] for row in one.rows]
    assert {row["distance"] for row in rows} == {None}
    assert {row["carrier"] for row in rows} == {"AA", "BB"}


def test_an_incident_that_nobody_finds_fails(life: Any) -> None:
    """It would be the same on AWS."""
    monitoring(life, {})
    fails(incidents.silent_drift, life, "silent drift: log_loss is kept, not broken")


# cost


def costing(life: Any, *dollars: float) -> None:
    """The monitor says these."""
    answers = iter([(0, {"system": {"dollars": one, "requests": 100.0}}) for one in dollars])
    life.verbs.answers["pipeline monitor production"] = answers.__next__


def test_an_expensive_endpoint_shows(life: Any) -> None:
    """In the cost of a day."""
    costing(life, 5.0, 20.0)
    incident = incidents.expensive_endpoint(life)
    assert (incident.page, incident.found) == ("budget", "US$ 20.00 a day instead of 5.00, for 100 requests")
    assert life.account.aws.instances == 8


def test_an_expensive_endpoint_that_does_not_show_fails(life: Any) -> None:
    """Nobody would see it before the bill."""
    costing(life, 5.0, 5.0)
    fails(incidents.expensive_endpoint, life, "4 times the instances cost 5.0 a day, and 5.0 before")


# as a step


def test_a_step_keeps_what_came_of_it(life: Any) -> None:
    """By the drill's name."""
    costing(life, 5.0, 20.0)
    said = incidents.step(incidents.expensive_endpoint)(life)
    assert "US$ 20.00 a day" in said
    assert [one.name for one in life.record.incidents] == ["expensive-endpoint"]
    assert set(incidents.INCIDENTS) == {one.__name__.replace("_", "-") for one in incidents.INCIDENTS.values()}
