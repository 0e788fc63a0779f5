"""`pipeline runs` finds what was trained on AWS and on this machine."""

import json
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from botocore.exceptions import NoCredentialsError

from pipeline import experiment, record, settings
from pipeline.__main__ import run

from .test_contrast import ONE, TWO
from .test_contrast import run as entry

LOCAL = "flights-experiment-aaaa00000000"


@pytest.fixture
def tried(project: Path) -> str:
    """An experiment on this machine; returns its candidate."""
    folder = project / experiment.FOLDER / "aaaa00000000"
    folder.mkdir(parents=True)
    made = entry(LOCAL, 0.6, experiment=True, instance_type="local", started="2026-01-06T12:00:00+00:00")
    (folder / experiment.RECORD).write_text(json.dumps(made))
    return LOCAL


@pytest.fixture
def stored(cloud: object) -> None:
    """Two runs on AWS, the second one later."""
    record.add(ONE, **entry(ONE))
    record.add(TWO, **entry(TWO, 0.4, manifest="3" * 64, started="2026-01-07T12:00:00+00:00"))


def said(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:
    """What the verb says."""
    capsys.readouterr()
    assert run(["runs", *words, "--json"]) == code
    return json.loads(capsys.readouterr().out)


@pytest.mark.usefixtures("stored", "tried")
def test_all_runs_are_listed_newest_first(capsys: pytest.CaptureFixture[str]) -> None:
    """Those on AWS and the experiments on this machine."""
    assert [one["candidate"] for one in said(capsys)["runs"]] == [TWO, LOCAL, ONE]
    assert [one["candidate"] for one in said(capsys, "--newest", "2")["runs"]] == [TWO, LOCAL]


@pytest.mark.usefixtures("stored", "tried")
def test_a_run_on_aws_is_compared_with_one_here(capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever differs, by section and name, in the order of the words."""
    found = said(capsys, "90c1", "aaaa")
    assert [one["candidate"] for one in found["runs"]] == [TWO, LOCAL]
    assert found["differences"]["metrics: log_loss"] == [0.4, 0.6]
    assert found["differences"]["data: manifest"] == ["3" * 64, "2" * 64]
    assert "parameters: trees" not in found["differences"]


@pytest.mark.usefixtures("stored")
def test_a_person_reads_tables(capsys: pytest.CaptureFixture[str]) -> None:
    """A list, and a comparison that marks what differs."""
    assert run(["runs"]) == 0
    listed = capsys.readouterr().out
    assert "train-90c100000000" in listed and max(map(len, listed.splitlines())) <= 80
    assert run(["runs", "3f2a", "90c1"]) == 0
    assert any("manifest" in line and "≠" in line for line in capsys.readouterr().out.splitlines())


@pytest.mark.usefixtures("stored")
def test_the_page_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And the answer says where."""
    target = tmp_path / "runs.html"
    assert run(["runs", "--html", str(target)]) == 0
    assert f"{target} shows them." in capsys.readouterr().out.replace("\n", "")
    assert "<svg" in target.read_text()


@pytest.mark.usefixtures("tried")
def test_without_credentials_there_are_the_experiments(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever tries something needs no account; that there may be more is said."""
    monkeypatch.setattr(settings, "storage", Mock(side_effect=NoCredentialsError))
    assert [one["candidate"] for one in said(capsys)["runs"]] == [LOCAL]
    assert run(["runs"]) == 0
    assert "no AWS credentials" in capsys.readouterr().err


@pytest.mark.usefixtures("cloud")
def test_no_run_at_all_says_how_to_make_one(capsys: pytest.CaptureFixture[str]) -> None:
    """Rather than an empty table."""
    assert run(["runs"]) == 0
    assert "`pipeline train` makes one" in capsys.readouterr().out


@pytest.mark.usefixtures("stored")
def test_a_record_that_begins_with_the_gate_is_no_run_yet(capsys: pytest.CaptureFixture[str]) -> None:
    """The runner that trained died before it wrote its part."""
    record.add("flights-train-bbbb00000000", gate={"passed": True})
    assert [one["candidate"] for one in said(capsys)["runs"]] == [TWO, ONE]
    assert "run `pipeline train` at its commit" in said(capsys, "bbbb", code=2)["error"]


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize(
    ("words", "sentence"),
    [(("3f2b",), "there is no run 3f2b"), (("3f2a", "train-3f2a"), f"{ONE} is named twice")],
)
def test_a_wrong_name_is_one_sentence(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], sentence: str
) -> None:
    """Exit code 2: a person's mistake."""
    assert sentence in said(capsys, *words, code=2)["error"]
