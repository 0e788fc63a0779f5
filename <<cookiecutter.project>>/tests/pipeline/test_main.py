"""Every mistake is one sentence and an exit code; `--json` is one object whatever happens."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline import aws
from pipeline.__main__ import VERBS, run

GROUPS = {"data": ["check"], "stack": ["preview"]}  # one of the verbs of each
LARGE = {"boto3", "botocore", "numpy", "onnxruntime", "polars", "rich"}
Capture = pytest.CaptureFixture[str]


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_with_an_example(verb: str, capsys: Capture) -> None:
    """A person sees how to write it."""
    code = run([verb, *GROUPS.get(verb, []), "--help"])
    assert (code, "Example: pipeline" in capsys.readouterr().out) == (0, True)


def test_help_imports_no_verb() -> None:
    """`pipeline --help` stays quick because nothing large is loaded for it."""
    program = "from pipeline.__main__ import run; run(['--help'])"
    code = f"import sys; {program}; print({LARGE} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.strip().endswith("set()")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["release", "prod"], "'prod' is not one of 'staging', 'production'"),
        (["release", "staging", "--version", "0"], "0 is not in the range"),
        (["release"], "Missing argument 'ENVIRONMENT'. Choose from: staging, production; see"),
        (["deploy"], "No such command 'deploy'; see `pipeline --help`"),
        (["data", "push", "x"], "unexpected extra argument (x); see `pipeline data push --help`"),
        (["teardown", "staging", "--confirm", "other"], "write --confirm flights"),
        (["data", "check", "absent.parquet"], "absent.parquet does not exist"),
        (["data", "check"], "data/manifest.json is missing"),
    ],
)
@pytest.mark.usefixtures("project")
def test_a_mistake_is_one_sentence_and_exit_code_2(
    arguments: list[str], sentence: str, capsys: Capture
) -> None:
    """No usage text, no traceback, nothing on stdout."""
    code, said = run(arguments), capsys.readouterr()
    assert (code, said.out, said.err.count("\n")) == (2, "", 1)
    assert sentence in said.err


def test_outside_a_project_is_a_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """The verb says where it has to run."""
    monkeypatch.chdir(tmp_path)
    assert run(["data", "check"]) == 2
    assert "run this inside a generated project" in capsys.readouterr().err


@pytest.mark.usefixtures("project")
def test_json_is_one_object_on_mistakes(capsys: Capture) -> None:
    """A program that reads stdout finds the sentence there."""
    run(["data", "check", "absent.parquet", "--json"])
    assert "absent.parquet does not exist" in json.loads(capsys.readouterr().out)["error"]


def test_what_aws_refuses_is_one_sentence(cloud: Callable[[str], Any], capsys: Capture) -> None:
    """A ClientError names the operation; the exit code says infrastructure."""
    cloud("s3").delete_bucket(Bucket="flights-123456789012-eu-west-1")
    code, said = run(["teardown", "platform", "--confirm", "flights", "--json"]), capsys.readouterr()
    assert (code, json.loads(said.out)["error"].split(":")[0]) == (20, "AWS refused ListObjectVersions")


def test_a_missing_stack_is_named(cloud: Callable[[str], Any], capsys: Capture) -> None:
    """Whoever has not applied a stack is told which."""
    cloud("ssm").delete_parameter(Name="/flights/staging/service")
    assert run(["release", "staging"]) == 2
    assert "apply the service stack first" in capsys.readouterr().err


def failing(error: type[BaseException]) -> Callable[[str], None]:
    """A factory of clients that raises."""

    def client(service: str) -> None:
        raise error

    return client


@pytest.mark.usefixtures("project")
def test_an_interrupt_leaves_no_traceback(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    """Ctrl-C exits with 130 and says that the verb can be run again."""
    monkeypatch.setattr(aws, "client", failing(KeyboardInterrupt))
    assert run(["release", "staging"]) == 130
    assert "takes up the work" in capsys.readouterr().err


@pytest.mark.usefixtures("project")
def test_a_defect_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error that is not the user's and not AWS's is not dressed up."""
    monkeypatch.setattr(aws, "client", failing(ZeroDivisionError))
    with pytest.raises(ZeroDivisionError):
        run(["release", "staging"])
