"""MLflow is told of each candidate once, and stops no verb: with a stand-in for its client."""

import sys
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from pipeline import tracking

RECORD = {
    "candidate": "flights-train-0123456789ab",
    "experiment": False,
    "commit": "c" * 40,
    "branch": None,
    "manifest": "2" * 64,
    "image": "repository@sha256:1",
    "model_sha256": "3" * 64,
    "hyperparameters": {"trees": "100", "seed": "13"},
    "instance_type": "ml.m5.large",
    "started": "2026-01-05T12:00:00+00:00",
    "seconds": 90,
    "evaluation": {"metrics": {"log_loss": 0.5, "auc": float("nan"), "brier": None}},
    "gate": {"passed": True},
}


@dataclass
class Server:
    """What a tracking server keeps, behind the methods of MLflow's client that are used."""

    runs: dict[str, dict[str, Any]] = field(default_factory=dict)
    experiments: list[str] = field(default_factory=list)

    def get_experiment_by_name(self, name: str) -> Any:
        """None before it is created."""
        return SimpleNamespace(experiment_id="1") if name in self.experiments else None

    def create_experiment(self, name: str) -> str:
        """The id."""
        self.experiments.append(name)
        return "1"

    def search_runs(self, experiment_ids: list[str], filter_string: str, max_results: int) -> list[Any]:
        """By one tag."""
        assert (experiment_ids, max_results) == (["1"], 1)
        found = [one for one, run in self.runs.items() if f"'{run['tags']['candidate']}'" in filter_string]
        return [SimpleNamespace(info=SimpleNamespace(run_id=one)) for one in found]

    def create_run(self, experiment_id: str, start_time: int, tags: dict[str, str], run_name: str) -> Any:
        """A run with an id."""
        assert experiment_id == "1"
        one = str(len(self.runs))
        self.runs[one] = {"name": run_name, "tags": tags, "start": start_time}
        return SimpleNamespace(info=SimpleNamespace(run_id=one))

    def log_batch(self, run_id: str, metrics: list[Any], params: list[Any], tags: list[Any]) -> None:
        """Values come as tuples of MLflow's entities."""
        self.runs[run_id] |= {"metrics": {m[0]: m[1] for m in metrics}, "params": dict(params)}
        self.runs[run_id]["tags"] = dict(tags)

    def log_dict(self, run_id: str, dictionary: dict[str, Any], artifact_file: str) -> None:
        """An artefact."""
        self.runs[run_id][artifact_file] = dictionary

    def set_terminated(self, run_id: str, status: str, end_time: int) -> None:
        """The run is over."""
        self.runs[run_id] |= {"status": status, "end": end_time}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    """A server that the variable names, and an `mlflow` that reaches it."""
    made, package, entities = Server(), ModuleType("mlflow"), ModuleType("mlflow.entities")
    vars(package)["MlflowClient"] = lambda tracking_uri: made
    vars(entities).update({name: lambda *values: values for name in ("Metric", "Param", "RunTag")})
    monkeypatch.setitem(sys.modules, "mlflow", package)
    monkeypatch.setitem(sys.modules, "mlflow.entities", entities)
    monkeypatch.setenv(tracking.URI, "http://user:secret@127.0.0.1:1")
    for name in tracking.DEFAULTS:
        monkeypatch.setenv(name, "as it was")
    return made


def test_a_run_has_what_was_chosen_what_came_out_and_what_it_was_made_of() -> None:
    """What is no number is no metric; what is unknown is no tag."""
    run = tracking.run(RECORD)
    assert run.parameters == {"trees": "100", "seed": "13", "instance_type": "ml.m5.large"}
    assert run.metrics == {"log_loss": 0.5, "training_seconds": 90}
    assert run.tags.keys() == {*tracking.TAGS, "gate"} - {"branch"}
    assert (run.tags["gate"], run.tags["experiment"]) == ("passed", "False")
    assert run.ended - run.started == 90_000


def test_a_run_before_gate_and_registry_has_no_word_of_theirs() -> None:
    """Nor metrics that nobody has measured."""
    run = tracking.run({name: RECORD[name] for name in RECORD if name not in ("gate", "evaluation")})
    assert ({"gate", "version"} & run.tags.keys(), run.metrics) == (set(), {"training_seconds": 90})


@pytest.mark.usefixtures("project")
def test_a_candidate_is_one_run_however_often_it_is_told_of(server: Server) -> None:
    """Later words stand beside the earlier ones."""
    for more in ({}, {}, {"registered": {"version": 7}}):
        tracking.log({**RECORD, **more})
    assert server.experiments == ["flights"]
    [run] = server.runs.values()
    assert (run["name"], run["status"], run["tags"]["version"]) == (RECORD["candidate"], "FINISHED", "7")
    assert run["run.json"]["registered"] == {"version": 7}
    tracking.log({**RECORD, "candidate": "another"})
    assert len(server.runs) == 2


@pytest.mark.usefixtures("project")
def test_a_server_that_fails_is_said_and_stops_nothing(
    server: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line, whatever was raised, without the password of an address."""

    def fail(*_: Any, **__: Any) -> None:
        raise ConnectionError("http://user:secret@127.0.0.1:1/api:\nno route to host")

    monkeypatch.setattr(server, "log_batch", fail)
    tracking.log(RECORD)
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert "MLflow did not take flights-train-0123456789ab" in said.err
    assert "http://127.0.0.1:1/api: no route to host" in said.err
    assert "secret" not in said.err


@pytest.mark.usefixtures("server")
def test_without_the_package_the_group_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The variable alone is not enough."""
    monkeypatch.setitem(sys.modules, "mlflow", None)
    tracking.log(RECORD)
    assert "install the group mlflow" in capsys.readouterr().err


def test_without_the_variable_nothing_is_asked(
    server: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And nothing is said."""
    monkeypatch.delenv(tracking.URI)
    tracking.log(RECORD)
    assert (server.runs, capsys.readouterr().err) == ({}, "")
