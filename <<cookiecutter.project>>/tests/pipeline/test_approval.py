"""The verb fails closed: what is not approved in the form that policy chose is refused."""

import json
from pathlib import Path

import pytest

from pipeline.__main__ import run
from tests.pipeline.approving import RUN, in_a_run, protect, review, run_of
from tests.pipeline.known_github import GitHub

VERB = ("approval", "production")


@pytest.fixture
def by_hand(project: Path) -> None:
    """Policy chooses the other form."""
    file = project / "policy.toml"
    file.write_text(file.read_text().replace('form = "reviewers"', 'form = "by-hand"'))


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """This is a job of a run; its outputs."""
    in_a_run(monkeypatch)
    path = tmp_path / "outputs"
    monkeypatch.setenv("GITHUB_OUTPUT", str(path))
    return path


@pytest.mark.usefixtures("project")
def test_a_protected_environment_is_asked_before_anybody_approves(github_has: GitHub, told: Path) -> None:
    """The job that comes first needs no approval yet."""
    protect(github_has)
    assert run(VERB) == 0
    assert "goes_on" in told.read_text() and "true" in told.read_text()


@pytest.mark.usefixtures("project", "told")
def test_who_approved_is_written_for_the_release(github_has: GitHub, tmp_path: Path) -> None:
    """With form and run."""
    protect(github_has)
    github_has.set(approvals={RUN: [review("ann")]})
    file = tmp_path / "build" / "approval.json"
    assert run([*VERB, "--granted", "--out", str(file)]) == 0
    assert json.loads(file.read_text()) == {
        "environment": "production",
        "form": "reviewers",
        "by": ["ann"],
        "run": "https://github.com/somebody/flights/actions/runs/7",
    }


@pytest.mark.usefixtures("project", "told")
def test_nothing_is_written_where_it_is_refused(github_has: GitHub, tmp_path: Path) -> None:
    """Protected, but approved by nobody."""
    protect(github_has)
    file = tmp_path / "approval.json"
    assert run([*VERB, "--granted", "--out", str(file)]) == 1
    assert not file.exists()


@pytest.mark.usefixtures("project", "told")
def test_a_protection_that_is_gone_by_the_time_of_the_release_is_refused(github_has: GitHub) -> None:
    """Settings may change between the two questions, and an approval of before is none."""
    protect(github_has, protection_rules=[])
    github_has.set(approvals={RUN: [review("ann")]})
    assert run([*VERB, "--granted"]) == 1


@pytest.mark.usefixtures("project")
def test_what_github_does_not_tell_is_no_protection(github_has: GitHub) -> None:
    """A job without `actions: read`."""
    github_has.refuse("GET repos/somebody/flights/environments/production", 403)
    assert run(VERB) == 20


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("environment", ["staging", "infra"])
def test_what_is_not_productions_needs_none(github_has: GitHub, environment: str) -> None:
    """And GitHub is not asked."""
    assert run(["approval", environment, "--granted"]) == 0
    assert github_has.state["calls"] == []


@pytest.mark.usefixtures("by_hand", "github_has")
def test_by_hand_it_ends_in_staging_until_somebody_presses(
    told: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No error: the workflow is green, and says where the button is."""
    assert run(VERB) == 0
    assert "false" in told.read_text() and "Run workflow" in capsys.readouterr().out


@pytest.mark.usefixtures("by_hand", "told")
def test_by_hand_the_person_is_named(github_has: GitHub, capsys: pytest.CaptureFixture[str]) -> None:
    """The environment's reviewers are not asked for: on this plan there can be none."""
    github_has.set(runs={RUN: run_of("bob")})
    assert run([*VERB, "--chosen", "--granted"]) == 0
    assert "started by hand by bob" in capsys.readouterr().out


@pytest.mark.usefixtures("by_hand", "told")
@pytest.mark.parametrize("words", [("--chosen",), ("--granted",), ("--chosen", "--granted")])
def test_by_hand_a_program_is_refused(github_has: GitHub, words: tuple[str, ...]) -> None:
    """Whatever it has chosen, and also where the release is about to begin."""
    github_has.set(runs={RUN: run_of("github-actions[bot]", "Bot")})
    assert run([*VERB, *words]) == 1


@pytest.mark.usefixtures("project", "told")
def test_the_stack_of_production_is_held_to_the_same(github_has: GitHub) -> None:
    """Its jobs have a GitHub environment of their own, and production's protection is not theirs."""
    protect(github_has)
    assert run(["approval", "infra-production"]) == 1
    protect(github_has, environment="infra-production")
    assert run(["approval", "infra-production"]) == 0
    github_has.set(approvals={RUN: [review("ann", environment="production")]})
    assert run(["approval", "infra-production", "--granted"]) == 1
    github_has.set(approvals={RUN: [review("ann", environment="infra-production")]})
    assert run(["approval", "infra-production", "--granted"]) == 0


@pytest.mark.usefixtures("by_hand", "github_has", "told")
def test_by_hand_the_stack_has_a_button_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    """Of the workflow that changes it."""
    assert run(["approval", "infra-production"]) == 0
    assert "*infra*, *Run workflow*" in capsys.readouterr().out


@pytest.mark.usefixtures("by_hand", "told")
def test_by_hand_a_program_is_told_the_right_workflow(
    github_has: GitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    """That of the stack."""
    github_has.set(runs={RUN: run_of("github-actions[bot]", "Bot")})
    assert run(["approval", "infra-production", "--chosen"]) == 1
    assert "start the workflow infra yourself" in capsys.readouterr().err
