"""Which answers are refused, and with what words; which awkward ones are taken as they are."""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import REPOSITORY, cookiecutter
from cookiecutter.exceptions import FailedHookException

REFUSED = {
    "project": [
        "Flight",
        "flight_delays",
        "a",
        "a" * 25,
        "double--dash",
        "-lead",
        "trail-",
        "9lives",
        "aws-thing",
        "x-staging",
        "",
    ],
    "description": ["", "two\nlines", "x" * 201, "plane \U0001f6eb"],
    "github_owner": ["", "-dash", "under_score", "a" * 40],
    "aws_region": ["europe", "EU-WEST-1", "eu-west", "eu-west-1a", ""],
    "owner_email": ["", "nobody", "a@b", "two@example.com,more@example.com"],
}
AWKWARD = {
    "shortest": {"project": "ab", "github_owner": "x", "aws_region": "us-east-1"},
    "longest": {"project": "abcdefgh-abcdefgh-abcdef", "github_owner": "o" * 39, "aws_region": "ap-southeast-1"},
    "quoted": {
        "description": 'He said "it\'s <late>" & \\ {{ left }} at #1: é',
        "owner_email": "a.b+c@mail.example.com",
    },
}


@pytest.mark.parametrize(("question", "answer"), [(q, a) for q, answers in REFUSED.items() for a in answers])
def test_bad_answer_is_refused_by_name(
    question: str, answer: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """A bad answer ends in one sentence that names the question and shows what to write."""
    with pytest.raises(FailedHookException):
        cookiecutter(tmp_path, **{question: answer})

    [sentence] = [line for line in capfd.readouterr().err.splitlines() if line.startswith(f"{question} ")]
    assert "write something like" in sentence


def test_refusal_writes_nothing(tmp_path: Path) -> None:
    """No file of a refused project is left."""
    with pytest.raises(FailedHookException):
        cookiecutter(tmp_path, project="Flight")

    assert list(tmp_path.glob("out/*")) == []


@pytest.mark.parametrize("answers", AWKWARD.values(), ids=AWKWARD)
def test_awkward_answers_arrive_unchanged(answers: dict[str, str], bake: Callable[..., Path]) -> None:
    """What was answered is what project.toml and .template.json say, to the letter."""
    folder = bake(**answers)

    recorded = json.loads((folder / ".template.json").read_text())["answers"]
    told = tomllib.loads((folder / "project.toml").read_text())
    told |= {"project": told["name"], "aws_region": told["region"]}
    assert answers.items() <= recorded.items()
    assert answers.items() <= told.items()


def test_template_version_is_recorded(bake: Callable[..., Path]) -> None:
    """.template.json says which version of the template a project came from, so that it can be updated."""
    version = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["version"]

    assert version == json.loads((bake() / ".template.json").read_text())["version"]
