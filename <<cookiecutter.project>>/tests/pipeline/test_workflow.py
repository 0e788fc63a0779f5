"""What a workflow gets to know of a verb: outputs, summary, annotation."""

from pathlib import Path

import pytest

from pipeline import workflow
from pipeline.command import Answer

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a step's outputs."""
    path = tmp_path / "output"
    monkeypatch.setenv("GITHUB_OUTPUT", str(path))
    return path


@pytest.fixture
def summary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a job's summary, in a workflow."""
    path = tmp_path / "summary"
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(path))
    return path


def test_an_output_may_hold_anything(output: Path) -> None:
    """No line of it can be taken for another output."""
    workflow.tell("pipeline gate", Answer({}, outputs={"why": "one\nversion=9\nEOF"}))
    first, *lines, last = output.read_text().splitlines()
    assert first == f"why<<{last}"
    assert lines == ["one", "version=9", "EOF"]


def test_a_summary_is_added_to(summary: Path) -> None:
    """The steps before have said something, too."""
    summary.write_text("before\n\n")
    workflow.tell("pipeline gate", Answer({}, summary="# Refused\n"))
    assert summary.read_text() == "before\n\n# Refused\n\n"


def test_a_no_is_an_annotation(summary: Path, capsys: Capture) -> None:
    """It stands on the run's page without a look into the log."""
    workflow.tell("pipeline gate", Answer({}, ["refused", "log_loss is worse"], code=1))
    assert capsys.readouterr().err == "::error title=pipeline gate::refused log_loss is worse\n"


def test_a_yes_is_none(summary: Path, capsys: Capture) -> None:
    """Nobody has to look."""
    workflow.tell("pipeline gate", Answer({}, ["passed"]))
    assert capsys.readouterr().err == ""


def test_a_warning_is_one(summary: Path, capsys: Capture) -> None:
    """What a person should know, and what fails nothing."""
    workflow.tell("pipeline issue", Answer({}, ["done"], warning="GitHub refused"))
    assert capsys.readouterr().err == "::warning title=pipeline issue::GitHub refused\n"


def test_a_no_leaves_its_summary_as_the_reason(output: Path) -> None:
    """For the job that opens an issue."""
    workflow.tell("pipeline gate", Answer({}, ["refused"], code=1, summary="# Refused"))
    assert output.read_text().splitlines()[1:-1] == ["# Refused"]


def test_a_no_without_one_leaves_what_it_says(output: Path) -> None:
    """As Markdown: what is named in it mentions nobody."""
    workflow.tell("pipeline gate", Answer({}, ["refused", "by @somebody"], code=1))
    assert output.read_text().splitlines()[1:-1] == ["refused by @\u2060somebody"]


def test_a_yes_leaves_no_reason(output: Path) -> None:
    """Nothing is to be told."""
    workflow.tell("pipeline gate", Answer({}, ["passed"], summary="# Passed"))
    assert not output.exists()


def test_a_stop_leaves_its_sentence(output: Path, summary: Path) -> None:
    """Why there is no answer is a reason, too."""
    workflow.stopped("pipeline train", "there are no credentials")
    assert output.read_text().splitlines()[1:-1] == ["**`pipeline train` stopped:** there are no credentials"]


def test_a_stop_is_annotated_and_summed_up(summary: Path, capsys: Capture) -> None:
    """Why there is no answer."""
    workflow.stopped("pipeline train", "there are no credentials")
    assert summary.read_text() == "**`pipeline train` stopped:** there are no credentials\n\n"
    assert "::error title=pipeline train::there are no credentials" in capsys.readouterr().err


def test_nothing_breaks_out_of_an_annotation() -> None:
    """A branch's name, or a message of AWS, stays text."""
    said = workflow.annotation("a:b,c", "one\n::add-mask::x\r100%")
    assert said == "::error title=a%3Ab%2Cc::one%0A::add-mask::x%0D100%25"


def test_elsewhere_nothing_is_written(tmp_path: Path, capsys: Capture) -> None:
    """On a person's machine there is no workflow."""
    workflow.tell("pipeline gate", Answer({}, ["no"], code=1, outputs={"a": "b"}, summary="c"))
    workflow.stopped("pipeline gate", "no")
    assert capsys.readouterr().err == ""
    assert list(tmp_path.iterdir()) == []
