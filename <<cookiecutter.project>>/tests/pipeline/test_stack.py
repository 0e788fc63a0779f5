"""`pipeline stack`: what each verb has Pulumi do, and what it answers."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from pipeline.__main__ import run
from tests.pipeline.known_pulumi import BACKEND, Pulumi, error, step, summary

Capture = pytest.CaptureFixture[str]
GROUP = "aws:cloudwatch/logGroup:LogGroup"
CHANGED = step("update", GROUP, "log", {"retentionInDays": 30}, {"retentionInDays": 60})
RAISED = step("update", "aws:appautoscaling/target:Target", "target", {"minCapacity": 3}, {"minCapacity": 2})
LOCKED = (
    "error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or "
    f"delete the lock file with `pulumi cancel`.\n  {BACKEND}/.pulumi/locks/one.json: created by "
    "runner@fv-az1 (pid 478) at 2026-11-25T20:31:35Z\n"
)


@pytest.mark.parametrize("verb", ["preview", "up", "drift"])
def test_each_has_help_with_an_example(verb: str, capfd: Capture) -> None:
    """A person sees how to write it."""
    assert run(["stack", verb, "--help"]) == 0
    assert f"Example: pipeline stack {verb} " in " ".join(capfd.readouterr().out.split())


def test_a_preview_reads_alone(pulumi: Pulumi) -> None:
    """It selects a stack that is there, and looks at what AWS has."""
    assert run(["stack", "preview", "platform"]) == 0
    assert pulumi.words == ["stack select platform", "preview --refresh --diff --suppress-progress"]


def test_an_up_makes_the_stack(pulumi: Pulumi) -> None:
    """With the foundation's key for its secrets; Pulumi asks before it changes something."""
    assert run(["stack", "up", "staging"]) == 0
    key = "arn:aws:kms:eu-west-1:111111111111:alias/mlops-pulumi-state"
    provider = f"awskms:///{key}?region=eu-west-1&context_stack=flights-service/staging"
    select = f"stack select --create --secrets-provider {provider} staging"
    assert pulumi.words == [select, "up --refresh --suppress-progress"]


def test_an_up_in_a_workflow_asks_nobody(pulumi: Pulumi) -> None:
    """There is no terminal."""
    assert run(["stack", "up", "staging", "--yes"]) == 0
    assert pulumi.words[-1] == "up --refresh --suppress-progress --yes"


@pytest.mark.parametrize(
    ("stack", "program"), [("platform", "platform"), ("staging", "service"), ("production", "service")]
)
def test_pulumi_runs_in_the_programs_folder(pulumi: Pulumi, project: Path, stack: str, program: str) -> None:
    """And the program finds the project's packages."""
    run(["stack", "preview", stack])
    assert {(folder, path) for folder, path, _ in pulumi.calls} == {
        (f"{project}/infra/{program}", str(project))
    }


def test_a_preview_is_written_for_the_comment(pulumi: Pulumi, project: Path, capfd: Capture) -> None:
    """Counts, the difference, and both as Markdown; the same is the answer."""
    pulumi.tells(CHANGED, summary(same=7, update=1))
    assert run(["stack", "preview", "staging", "--out", "build/staging.json", "--json"]) == 0
    written = json.loads((project / "build/staging.json").read_text())
    assert written == json.loads(capfd.readouterr().out)
    assert written["counts"] == {"update": 1}
    assert written["unchanged"] == 7
    assert written["text"] == f"~ {GROUP} log\n    retentionInDays: 30 → 60"
    assert written["text"] in written["markdown"]


@pytest.mark.parametrize(
    ("events", "said"), [((CHANGED, summary(update=1)), "true"), ((summary(same=7),), "false")]
)
def test_whether_anything_would_change_is_an_output(
    pulumi: Pulumi,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    events: tuple[dict[str, Any], ...],
    said: str,
) -> None:
    """Where nothing would, no reviewer is asked."""
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "outputs"))
    pulumi.tells(*events)
    run(["stack", "preview", "staging"])
    assert re.fullmatch(rf"changes<<(\w+)\n{said}\n\1\n", (tmp_path / "outputs").read_text())


def test_a_preview_that_fails_is_written_as_well(pulumi: Pulumi, project: Path) -> None:
    """So that the comment can say why there is none."""
    pulumi.fails("stack select", "error: no stack named 'staging' found\n")
    assert run(["stack", "preview", "staging", "--out", "staging.json"]) == 2
    written = json.loads((project / "staging.json").read_text())
    assert set(written) == {"stack", "error"}
    assert "`make up STACK=staging` makes it" in written["error"]


def test_an_up_says_what_it_did(pulumi: Pulumi, capfd: Capture) -> None:
    """In a line, below what Pulumi shows."""
    pulumi.tells(CHANGED, summary(same=7, update=1))
    run(["stack", "up", "staging", "--yes"])
    assert capfd.readouterr().out == "staging: 1 updated, 7 unchanged\n"


@pytest.mark.parametrize("verb", ["preview", "up", "drift"])
def test_the_summary_of_the_job_has_the_difference(
    pulumi: Pulumi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    """As a block of its own."""
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    pulumi.tells(CHANGED, summary(same=7, update=1))
    run(["stack", verb, "staging"])
    assert f"```diff\n~ {GROUP} log\n" in (tmp_path / "summary").read_text()


def test_no_difference_is_no_drift(pulumi: Pulumi, capfd: Capture) -> None:
    """Nothing to do, and it says so."""
    assert run(["stack", "drift", "staging"]) == 0
    assert "staging is what its program says" in capfd.readouterr().out


def test_a_difference_is_drift(pulumi: Pulumi, capfd: Capture) -> None:
    """Exit code 1, with what differs and what to do."""
    pulumi.tells(CHANGED, summary(same=7, update=1))
    assert run(["stack", "drift", "staging"]) == 1
    said = capfd.readouterr().out
    assert "1 to update" in said
    assert "retentionInDays: 30 → 60" in said
    assert "changed by hand" in said


def test_a_release_under_way_is_no_drift(pulumi: Pulumi) -> None:
    """It puts back the room that it needs for its bake."""
    pulumi.tells(RAISED, summary(same=7, update=1))
    assert run(["stack", "drift", "production"]) == 0


def test_drift_beside_a_release_is_drift(pulumi: Pulumi, capfd: Capture) -> None:
    """And the release is not told as a part of it."""
    pulumi.tells(RAISED, CHANGED, summary(same=7, update=2))
    assert run(["stack", "drift", "production", "--json"]) == 1
    assert json.loads(capfd.readouterr().out)["counts"] == {"update": 1}


def test_a_lock_is_explained(pulumi: Pulumi, capfd: Capture) -> None:
    """Once, and with the way out."""
    pulumi.fails("up", LOCKED)
    assert run(["stack", "up", "staging", "--yes"]) == 20
    assert "pulumi cancel --stack staging" in capfd.readouterr().err.splitlines()[-1]


def test_a_refusal_of_the_program_is_its_sentence(pulumi: Pulumi, capfd: Capture) -> None:
    """What the engine tells as an error comes before what the command ends with."""
    pulumi.tells(error("aws:region is missing, project.toml says eu-west-1"))
    pulumi.fails("preview", "error: preview failed\n")
    assert run(["stack", "preview", "staging"]) == 20
    said = capfd.readouterr().err.splitlines()[-1]
    assert said.endswith(
        "could not preview the stack staging: aws:region is missing, project.toml says eu-west-1"
    )


@pytest.mark.parametrize(
    ("stack", "variable", "sentence"),
    [
        ("qa", "", "'qa' is not one of 'platform', 'staging', 'production'"),
        ("staging", "PATH", "there is no pulumi on the PATH"),
        ("staging", "PULUMI_BACKEND_URL", "PULUMI_BACKEND_URL is not set: export it as s3://STATE_BUCKET/"),
    ],
)
@pytest.mark.usefixtures("pulumi")
def test_what_is_missing_is_said(
    monkeypatch: pytest.MonkeyPatch, capfd: Capture, stack: str, variable: str, sentence: str
) -> None:
    """Before anything is run."""
    if variable:
        monkeypatch.setenv(variable, "")
    assert run(["stack", "up", stack]) == 2
    assert sentence in capfd.readouterr().err
