"""sandbox.rehearsal.record: rehearsal.json, and when it says ok."""

import json
import time
from dataclasses import asdict
from pathlib import Path

import rehearsal_fakes
import rehearsal_sample

from sandbox.rehearsal.record import Candidate, Record, Release, Step


def record(*steps: bool, planned: int = 2) -> Record:
    """A record with steps that ended so."""
    made = Record(project="toy", speed=60, began=time.time(), planned=planned)
    made.steps = [Step(name=f"step-{number}", title="A step", ok=ok) for number, ok in enumerate(steps)]
    return made


def release() -> Release:
    """A release, as the release tool says it."""
    said = rehearsal_fakes.said("production")
    known = {key: value for key, value in said.items() if key not in ("release", "model")}
    return Release(id="r-1", kind="release", title="A", model_before=None, model_asked="new", **known)


def test_it_is_ok_when_all_planned_steps_are() -> None:
    """The only way."""
    assert record(True, True).ok


def test_it_is_not_ok_when_a_step_failed() -> None:
    """The last one, too."""
    assert not record(True, False).ok


def test_it_is_not_ok_when_a_step_is_missing() -> None:
    """As after an interrupt."""
    assert not record(True).ok


def test_it_is_not_ok_when_nothing_was_planned() -> None:
    """No step is no proof."""
    assert not record(planned=0).ok


def test_nobody_having_looked_is_not_nothing_left() -> None:
    """None until the teardown has looked, and then a list."""
    assert record().document()["left_after_teardown"] is None


def test_now_counts_from_the_beginning() -> None:
    """In seconds."""
    began = Record(project="toy", speed=60, began=time.time() - 5)
    assert 5 <= began.now() < 6


def test_what_is_written_is_what_is_returned(tmp_path: Path) -> None:
    """As JSON."""
    document = record(True, True).write(tmp_path / "rehearsal.json")
    assert json.loads((tmp_path / "rehearsal.json").read_text()) == document


def test_the_sample_has_the_shape_of_a_record() -> None:
    """So that the report's tests are about what a rehearsal writes."""
    sample, made = rehearsal_sample.record(), record(True)
    made.candidates = [Candidate("A", "a", "gate", "Refused.")]
    made.releases = [release()]
    document = made.document()
    assert set(sample) == set(document)
    for name in ("steps", "candidates", "releases"):
        assert set(sample[name][0]) == set(document[name][0])


def test_a_release_has_the_fields_that_readers_rely_on() -> None:
    """Requests are three numbers from the beginning."""
    promised = {"id", "environment", "verdict", "cause", "config_before", "config_asked", "config_after", "seconds"}
    assert promised < set(asdict(release()))
    assert asdict(release())["requests"] == {"sent": 0, "failed": 0, "failed_by_candidate": 0}
