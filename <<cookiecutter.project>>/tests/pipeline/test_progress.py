"""Progress is lines on stderr where there is no terminal."""

from pathlib import Path

import pytest

from pipeline import progress


def test_a_stage_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    """A log is not filled with what has not changed, and stdout stays the answer's."""
    progress.console.cache_clear()
    with progress.waiting("job") as show:
        for stage in ("Starting", "Starting", "Training"):
            show(stage)
    progress.console.cache_clear()
    said = capsys.readouterr()
    assert (said.out, said.err.splitlines()) == ("", ["job: Starting", "job: Training"])


def test_a_file_is_read_through_and_its_size_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A log says what is on its way, and how much of it there is."""
    progress.console.cache_clear()
    (tmp_path / "a").write_bytes(b"x" * 2_000_000)
    with progress.reading(tmp_path / "a", "data: a") as file:
        assert len(file.read()) == 2_000_000
    progress.console.cache_clear()
    assert capsys.readouterr().err == "data: a, 2.0 MB\n"
