"""sandbox.rehearsal.drill: one incident, written down, and an account that a person may look at."""

import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner
from rehearsal_steps import going_well

from sandbox.rehearsal import command, drill, incidents
from sandbox.rehearsal.record import Incident, Step


@pytest.fixture
def life(tmp_path: Path) -> Any:
    """A drill whose incident has been caused and found."""
    made = going_well(tmp_path)
    made.account.exports = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    made.record.steps = [Step(name="bad-batch", title="The incident", started=5.0), Step(name="postmortem", title="")]
    found = Incident(cause="it rains", found="wet", told="the alarm a", seconds=1.0, page="budget", first="look")
    made.record.incidents = [found]
    made.verbs.answers["pipeline postmortem"] = (0, {})
    return made


@pytest.mark.parametrize("name", list(incidents.INCIDENTS))
def test_each_drill_has_its_incident(name: str) -> None:
    """Between an account with a model in it and nothing that is left."""
    named = [step for step, _, _ in drill.steps(name, 0)]
    assert named == ["account", "first-release", name, "postmortem", "teardown"]


def test_the_account_stays_up_where_somebody_wants_it() -> None:
    """Before it is taken down."""
    assert [step for step, _, _ in drill.steps("bad-batch", 5)][-2:] == ["stay", "teardown"]


def test_the_incident_is_written_down(life: Any) -> None:
    """From the moment when it was caused on, beside the record."""
    said = drill.postmortem(life)
    assert "docs/runbook/budget.md says what to do, and first `look`" in said
    [words] = life.verbs.said
    since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(life.record.began + 5))
    assert words == f"pipeline postmortem production --since {since} --out {life.account.folder.parent}/postmortem.md"
    assert life.verbs.by[words].startswith("administrator of ")
    assert life.record.incidents[0].postmortem == "postmortem.md"


def test_a_person_is_told_how_to_look(life: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    """And for how long; without a terminal nobody can press Enter, and it ends by itself."""
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: False))
    drill.stays(life, 0.001)
    told = capsys.readouterr().err
    assert "export AWS_ENDPOINT_URL=http://127.0.0.1:9" in told
    assert "ends by itself after 0.001 minutes" in told


def test_two_kinds_of_rehearsal_are_refused() -> None:
    """One of them would not run."""
    done = CliRunner().invoke(command.rehearse, ["--faults", "--drill", "bad-batch"])
    assert done.exit_code == 2
    assert "name one of them" in done.output


def test_an_unknown_drill_is_refused() -> None:
    """With the names that there are."""
    done = CliRunner().invoke(command.rehearse, ["--drill", "earthquake"])
    assert done.exit_code == 2
    assert all(name in done.output for name in incidents.INCIDENTS)
