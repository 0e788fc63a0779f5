"""Progress is lines on stderr where there is no terminal."""

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
