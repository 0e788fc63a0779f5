"""Who let a release, and what it tells the workflow that runs it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline import ledger
from pipeline.__main__ import run

from .approving import in_a_run
from .conftest import Fleet
from .releasing import Guard

TABLE = "flights-production-releases"
Register = Callable[..., int]


@pytest.fixture(autouse=True)
def guard(monkeypatch: pytest.MonkeyPatch) -> Guard:
    """Every gate and the contract test are passed, and no alarm fires."""
    return Guard(monkeypatch)


@pytest.fixture
def approval(tmp_path: Path) -> Callable[..., str]:
    """Write an approval of production; returns the file."""

    def write(*by: str, form: str = "reviewers") -> str:
        path = tmp_path / f"{'-'.join(by)}.json"
        given = {"environment": "production", "form": form, "by": by, "run": "https://run"}
        path.write_text(json.dumps(given))
        return str(path)

    return write


def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """This is a workflow's job; the file of its step's outputs."""
    in_a_run(monkeypatch)
    for variable in ("OUTPUT", "STEP_SUMMARY"):
        monkeypatch.setenv(f"GITHUB_{variable}", str(tmp_path / variable))
    return tmp_path / "OUTPUT"


def newest() -> dict[str, Any]:
    """The details of the newest release."""
    return ledger.records(TABLE)[0].details


@pytest.mark.usefixtures("fleet")
def test_who_approved_is_kept_with_the_release(register: Register, approval: Callable[..., str]) -> None:
    """In its form, with the run."""
    register()
    run(["release", "production", "--approval", approval("ann")])
    [kept] = newest()["approvals"]
    assert (kept["form"], kept["by"], kept["run"]) == ("reviewers", ["ann"], "https://run")


@pytest.mark.usefixtures("fleet")
def test_a_release_from_a_persons_machine_is_kept_as_that(register: Register) -> None:
    """It stays possible, and nobody will take it for an approved one."""
    register()
    run(["release", "production"])
    [kept] = newest()["approvals"]
    assert (kept["form"], kept["run"]) == ("verb", None)
    assert kept["by"]


@pytest.mark.usefixtures("fleet")
def test_an_approval_of_another_environment_releases_nothing(
    register: Register, approval: Callable[..., str]
) -> None:
    """Exit code 2, before anything is written."""
    register()
    assert run(["release", "staging", "--approval", approval("ann")]) == 2
    assert ledger.records("flights-staging-releases") == []


def test_who_lets_it_go_on_is_kept_beside_who_let_it_begin(
    fleet: Fleet, register: Register, approval: Callable[..., str]
) -> None:
    """A first release takes two jobs, each of which somebody approves."""
    register()
    run(["release", "production", "--approval", approval("ann")])
    fleet.serve(ledger.records(TABLE)[0].config_asked)
    assert run(["release", "production", "--approval", approval("bob")]) == 0
    assert [one["by"] for one in newest()["approvals"]] == [["ann"], ["bob"]]


@pytest.mark.usefixtures("fleet")
def test_the_run_is_kept(register: Register, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its page is the log of the release's deployment."""
    told(tmp_path, monkeypatch)
    register()
    run(["release", "production"])
    assert newest()["runs"] == ["https://github.com/somebody/flights/actions/runs/7"]


@pytest.mark.usefixtures("fleet")
def test_prepared_is_an_output_where_it_may_be(
    register: Register, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The workflow goes on with the stack; for a person it stays exit code 3."""
    outputs = told(tmp_path, monkeypatch)
    register()
    assert run(["release", "production", "--may-prepare"]) == 0
    lines = outputs.read_text().splitlines()
    assert [lines[at + 1] for at, line in enumerate(lines) if line.startswith("prepared<<")] == ["true"]
    assert run(["release", "production"]) == 3


def test_what_is_not_prepared_says_so(
    fleet: Fleet, register: Register, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing but a missing endpoint goes on with the stack."""
    register()
    run(["release", "production"])
    fleet.serve(ledger.records(TABLE)[0].config_asked)
    outputs = told(tmp_path, monkeypatch)
    assert run(["release", "production", "--may-prepare"]) == 0
    lines = outputs.read_text().splitlines()
    assert [lines[at + 1] for at, line in enumerate(lines) if line.startswith("prepared<<")] == ["false"]


def test_a_refused_release_stays_red_although_it_may_prepare(
    fleet: Fleet, register: Register, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And its summary says why."""
    told(tmp_path, monkeypatch)
    register(status="Rejected")
    assert run(["release", "production", "--version", "1", "--may-prepare"]) == 1
    summary = (tmp_path / "STEP_SUMMARY").read_text()
    assert summary.startswith("**release of version 1 in production: refused") and "Rejected" in summary
