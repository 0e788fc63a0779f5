"""An experiment on this machine trains and evaluates as the jobs do, and asks AWS for nothing."""

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline import aws, experiment, manifest, record, tree
from pipeline.__main__ import run
from pipeline.errors import UserError


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks for a client of AWS fails the test."""

    def refuse(*_: Any) -> None:
        raise AssertionError("AWS was asked")

    monkeypatch.setattr(aws, "client", refuse)


def tried(capfd: pytest.CaptureFixture[str], code: int = 0) -> Any:
    """What the verb says."""
    capfd.readouterr()
    assert run(["train", "--experiment", "--local", "--json"]) == code
    return json.loads(capfd.readouterr().out)


@pytest.mark.usefixtures("offline")
def test_a_change_is_tried_before_it_is_committed(checkout: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Its record is any other run's, but says that it is none to register; the second time it is there."""
    (checkout / "README.md").write_text("another text")
    made = tried(capfd)
    assert made["candidate"].startswith("flights-experiment-")
    assert (made["experiment"], made["dirty"], made["instance_type"]) == (True, True, "local")
    assert made["manifest"] == manifest.read(checkout).sha256
    assert set(record.REQUIRED) - {"image"} <= {key for key, value in made.items() if value}
    assert 0 < made["evaluation"]["metrics"]["log_loss"] < 1
    assert "as an experiment" in str(record.refusal(made, experiment=False))
    assert tried(capfd) == {**made, "attached": True}
    assert [one["candidate"] for one in experiment.records(checkout)] == [made["candidate"]]


@pytest.mark.usefixtures("checkout")
def test_a_metric_that_is_not_defined_is_not_said(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Such as the AUC of rows that all have one label."""
    made = {"candidate": "one", "evaluation": {"metrics": {"auc": None, "accuracy": 1.0}}}
    monkeypatch.setattr(experiment, "local", lambda root, state: (made, False))
    assert run(["train", "--experiment", "--local"]) == 0
    assert "one is tried: accuracy 1.0000" in capfd.readouterr().out


@pytest.mark.usefixtures("offline")
def test_a_program_that_fails_says_why(checkout: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """In the words that SageMaker would show, and leaves no record; mended, it is tried anew."""
    path = checkout / "model/hyperparameters.toml"
    text = path.read_text()
    path.write_text(text.replace("trees = 100", "leaves = 100"))
    said = tried(capfd, code=2)["error"]
    assert "python -m model.train failed: hyperparameters missing or unknown: leaves, trees" in said
    assert experiment.records(checkout) == []


def test_a_run_that_was_interrupted_leaves_nothing_in_the_way(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder is laid out anew."""
    staged: list[Path] = []

    def die(root: Path, folder: Path, module: str, reason: str) -> None:
        staged.append(folder)
        raise KeyboardInterrupt

    monkeypatch.setattr(experiment, "_run", die)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            experiment.local(checkout, tree.read(checkout))
    assert staged[0] == staged[1]


def test_data_that_is_not_what_is_pinned_is_refused(checkout: Path) -> None:
    """An experiment on other rows would say nothing of the manifest that its record names."""
    first = manifest.read(checkout).files[0]["path"]
    (checkout / first).write_bytes(b"other rows")
    with pytest.raises(UserError, match=f"{first} differs from what is pinned"):
        experiment.local(checkout, tree.read(checkout))


@pytest.mark.usefixtures("checkout")
def test_this_machine_makes_nothing_but_experiments(capfd: pytest.CaptureFixture[str]) -> None:
    """The sentence says what to write."""
    assert run(["train", "--local"]) == 2
    assert "write --experiment --local" in capfd.readouterr().err
