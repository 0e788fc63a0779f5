"""Whether a check has passed: which jobs a merge may go past."""

import json

import pytest

from pipeline.__main__ import run
from pipeline.errors import UserError
from pipeline.passed import missing, results

Capture = pytest.CaptureFixture[str]


def needs(**found: str) -> str:
    """What GitHub writes for toJSON(needs)."""
    return json.dumps({name: {"result": result, "outputs": {}} for name, result in found.items()})


@pytest.mark.parametrize("result", ["failure", "cancelled", "skipped"])
def test_a_job_that_must_run_must_succeed(result: str) -> None:
    """GitHub itself would take a skipped one for passed."""
    assert missing({"code": "success", "scan": result}) == {"scan": result}


@pytest.mark.parametrize("result", ["failure", "cancelled"])
def test_what_may_be_skipped_may_not_fail(result: str) -> None:
    """It was there to be heard."""
    assert missing({"preview": result}, ["preview"]) == {"preview": result}


def test_what_may_be_skipped_holds_nothing_up() -> None:
    """A fork's pull request has neither preview nor role."""
    assert missing({"code": "success", "preview": "skipped"}, ["preview"]) == {}


def test_the_verb_says_which(capsys: Capture) -> None:
    """The exit code is what makes the job red."""
    assert run(["passed", "--jobs", needs(code="success", scan="failure")]) == 1
    assert "scan: failure" in capsys.readouterr().out


def test_the_verb_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The jobs come from the environment, as in the workflow."""
    monkeypatch.setenv("JOBS", needs(code="success", preview="skipped"))
    assert run(["passed", "--may-skip", "preview"]) == 0


def test_an_unknown_job_may_not_be_skipped(capsys: Capture) -> None:
    """A word that is written wrongly would let nothing through, or later too much."""
    assert run(["passed", "--jobs", needs(code="success"), "--may-skip", "previw"]) == 2
    assert "previw is no job here: write one of code" in capsys.readouterr().err


@pytest.mark.parametrize("jobs", ["", "success", "[]", '{"code": "success"}', '{"code": {}}'])
def test_what_is_not_of_github_is_refused(jobs: str) -> None:
    """An empty answer is no pass."""
    with pytest.raises(UserError, match="toJSON"):
        results(jobs)


def test_no_job_at_all_is_no_pass(capsys: Capture) -> None:
    """Nothing was checked."""
    assert run(["passed", "--jobs", "{}"]) == 2
