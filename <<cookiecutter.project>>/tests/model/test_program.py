"""model/program.py: how a job's program ends, and where it says why."""

from pathlib import Path

import pytest

from model import program


class ExplainedError(ValueError):
    """Its message is a whole sentence."""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the program's files are."""
    monkeypatch.setenv("ML_ROOT", str(tmp_path))
    return tmp_path


def failing(error: Exception) -> int:
    """The exit code of work that ends with an error."""

    def work(root: Path) -> None:
        raise error

    return program.run(work, program.PROCESSING, (ExplainedError,))


def test_work_is_done_where_the_files_are(root: Path) -> None:
    """And nothing is said of a failure."""
    assert program.run(lambda here: here.joinpath("done").touch(), program.TRAINING) == 0
    assert [one.name for one in root.iterdir()] == ["done"]


def test_an_explained_failure_is_its_sentence(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a traceback."""
    assert failing(ExplainedError("the file is cut off: send it again")) == 1
    assert (root / "output/message").read_text() == "the file is cut off: send it again"
    assert capsys.readouterr().err == ""


def test_any_other_failure_is_named_and_traced(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The log has where it came from."""
    assert failing(KeyError("late")) == 1
    assert (root / "output/message").read_text() == "KeyError: 'late'"
    assert "Traceback" in capsys.readouterr().err
