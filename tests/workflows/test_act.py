"""The driver tells what happened: small workflows, without an account."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from workflows import act, events
from workflows.act import Run, collect
from workflows.events import Event
from workflows.tools import tool
from workflows.workflow import Workflow

pytestmark = pytest.mark.slow
Try = Callable[..., Run]
CHECKOUT = {"uses": "actions/checkout@" + "1" * 40}


def job(*steps: str | dict[str, Any], **more: Any) -> dict[str, Any]:
    """A job of these steps; text is shell."""
    written = [{"run": step} if isinstance(step, str) else step for step in steps]
    return {"runs-on": "ubuntu-24.04", "steps": written, **more}


@pytest.fixture
def attempt(tmp_path: Path) -> Try:
    """A function that runs a workflow of these jobs; `files` lie in the repository besides."""
    root = tmp_path / "repository"

    def run(
        event: Event | None = None,
        files: dict[str, Any] | None = None,
        known: dict[str, str] | None = None,
        **jobs: Any,
    ) -> Run:
        written = {".github/workflows/tried.yml": {"name": "tried", "on": "push", "jobs": jobs}, **(files or {})}
        for name, document in written.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(document if isinstance(document, str) else yaml.safe_dump(document, sort_keys=False))
        (tmp_path / "run").mkdir()
        return act.run(
            tool("act"),
            root / ".github/workflows/tried.yml",
            event or events.push(),
            tmp_path / "run",
            repository="me/mine",
            variables=known or {},
            environment={},
            within=60,
        )

    return run


def test_results_of_all_jobs(attempt: Try) -> None:
    """One that fails, one that waits for it in vain, one whose condition does not hold."""
    ran = attempt(
        good=job("true"),
        bad=job("exit 3", needs="good"),
        after=job("true", needs="bad"),
        not_now=job("true", **{"if": "false"}),
    )
    assert ran.results == {"good": "success", "bad": "failure", "after": "skipped", "not_now": "skipped"}


def test_a_job_on_a_failure_runs(attempt: Try) -> None:
    """As on GitHub."""
    ran = attempt(bad=job("false"), then=job("echo told", needs="bad", **{"if": "failure()"}))
    assert ran.results == {"bad": "failure", "then": "success"}
    assert "told" in ran.jobs["then"].log


def test_legs_of_a_matrix_are_apart(attempt: Try) -> None:
    """Each has its own result."""
    step = {"run": 'test "$LEG" = a', "env": {"LEG": "${{ matrix.leg }}"}}
    ran = attempt(legs=job(step, strategy={"matrix": {"leg": ["a", "b"]}, "fail-fast": False}))
    assert ran.jobs["legs (b)"].steps == {"0": "failure"}
    assert ran.jobs["legs (a)"].steps == {"0": "success"}


def test_a_called_workflow_is_a_job_of_its_caller(attempt: Try) -> None:
    """With the inputs that it was given."""
    called = {
        "name": "called",
        "on": {"workflow_call": {"inputs": {"where": {"type": "string"}}}},
        "jobs": {"deliver": job({"run": 'echo "to $WHERE"', "env": {"WHERE": "${{ inputs.where }}"}})},
    }
    calls = {"uses": "./.github/workflows/called.yml", "with": {"where": "staging"}}
    ran = attempt(files={".github/workflows/called.yml": called}, first=calls)
    assert ran.results == {"first/deliver": "success"}
    assert ran.jobs["first/deliver"].log == "to staging\n"


def test_summary_outputs_and_annotations(attempt: Try) -> None:
    """What a person sees on the run's page."""
    step = {
        "id": "one",
        "run": 'echo "# Done" >> "$GITHUB_STEP_SUMMARY"\necho "version=7" >> "$GITHUB_OUTPUT"\n'
        'echo "::error title=gate::worse%0Aby far"',
    }
    ran = attempt(tells=job(step))
    assert ran.summary == "# Done\n"
    assert ran.jobs["tells"].outputs == {"one.version": "7"}
    assert ran.annotations == [("error", "gate", "worse\nby far")]


def test_an_action_without_a_stand_in_is_refused(attempt: Try) -> None:
    """It would be fetched, where there is a network; a local action's uses count as well."""
    action = {"name": "a", "runs": {"using": "composite", "steps": [{"uses": "who/knows@" + "2" * 40}]}}
    with pytest.raises(LookupError, match="no stand-in for who/knows"):
        attempt(files={".github/actions/a/action.yml": action}, one=job(CHECKOUT, {"uses": "./.github/actions/a"}))


def test_an_event_that_the_workflow_does_not_have_is_refused(attempt: Try) -> None:
    """No green run without a job."""
    with pytest.raises(AssertionError, match="act ended with"):
        attempt(events.schedule(), one=job("true"))


def test_a_step_finds_nothing_of_this_machine(attempt: Try, monkeypatch: pytest.MonkeyPatch) -> None:
    """No keys, no home; and no network."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-key-of-mine")
    curl = "import urllib.request\nurllib.request.urlopen('http://example.com', timeout=5)"
    ran = attempt(one=job("env", f'! python3 -c "{curl}"'))
    assert ran.results == {"one": "success"}, ran.log
    assert "a-key-of-mine" not in ran.log
    assert "Connection refused" in ran.log
    assert f"HOME={Path.home()}\n" not in ran.log


def test_the_event_is_as_github_tells_it(attempt: Try) -> None:
    """Repository, actor, and the payload's members."""
    told = "${{ github.repository }} ${{ github.actor }} ${{ github.ref }} ${{ github.event.head_commit.message }}"
    ran = attempt(events.push("Hello", actor="somebody"), one=job({"run": 'echo "$TOLD"', "env": {"TOLD": told}}))
    assert ran.jobs["one"].log == "me/mine somebody refs/heads/main Hello\n"


def test_variables_and_the_runners_label(attempt: Try) -> None:
    """A label that is not known would be skipped, green."""
    named = job('echo "$A"', env={"A": "${{ vars.A }}"}) | {"runs-on": "${{ vars.RUNNER || 'ubuntu-24.04' }}"}
    assert attempt(known={"A": "a", "RUNNER": "own"}, one=named).jobs["one"].log == "a\n"


def test_an_artifact_goes_from_job_to_job(attempt: Try) -> None:
    """And is kept with the run."""
    up = {"uses": "actions/upload-artifact@" + "3" * 40, "with": {"name": "report", "path": "build/report"}}
    down = {"uses": "actions/download-artifact@" + "4" * 40, "with": {"name": "report", "path": "got"}}
    ran = attempt(
        makes=job("mkdir -p build/report && echo a > build/report/a.txt", up),
        takes=job(down, "cat got/a.txt", needs="makes"),
    )
    assert ran.jobs["takes"].log == "a\n"
    assert (ran.artifacts / "report" / "a.txt").read_text() == "a\n"
    [call] = ran.called("actions/upload-artifact")
    assert (call["job"], call["inputs"]["path"]) == ("makes", "build/report")


def test_an_artifact_of_nothing_is_judged_as_asked(attempt: Try) -> None:
    """`ignore`, or an error."""
    asked = {"name": "report", "path": "nowhere", "if-no-files-found": "error"}
    ran = attempt(one=job({"uses": "actions/upload-artifact@" + "3" * 40, "with": asked}))
    assert ran.results == {"one": "failure"}
    assert ran.annotations == [("error", "", "no files were found at 'nowhere'")]


def test_a_job_without_the_permission_gets_no_token(attempt: Try) -> None:
    """The stand-in looks where act does not."""
    asked = {"role-to-assume": "arn:aws:iam::123456789012:role/mlops/x", "aws-region": "eu-west-1"}
    ran = attempt(one=job({"uses": "aws-actions/configure-aws-credentials@" + "5" * 40, "with": asked}))
    assert ran.results == {"one": "failure"}
    assert ran.annotations == [("error", "", "the job one has no `id-token: write`")]


def test_a_run_that_hangs_is_ended(tmp_path: Path) -> None:
    """With what it has shown so far."""
    with pytest.raises(AssertionError, match="did not end within 1"):
        act._ended(["sleep", "60"], {"PATH": "/usr/bin:/bin"}, tmp_path, 1)


def test_what_does_not_appear_was_skipped(tmp_path: Path) -> None:
    """act says nothing of it."""
    path = tmp_path / ".github/workflows/w.yml"
    path.parent.mkdir(parents=True)
    path.write_text(yaml.safe_dump({"name": "w", "on": "push", "jobs": {"a": job(), "b": job()}}))
    lines = [{"jobID": "a", "job": "w/a", "jobResult": "success"}]
    assert {name: one.result for name, one in collect(Workflow(path), lines).items()} == {
        "a": "success",
        "b": "skipped",
    }
