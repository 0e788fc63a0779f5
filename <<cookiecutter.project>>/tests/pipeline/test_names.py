"""project.toml is refused in one sentence: the key, the bound, what to write."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from pipeline import names
from pipeline.__main__ import run
from pipeline.errors import UserError

from .conftest import PROJECT

DOCUMENT = tomllib.loads(PROJECT)
HERE = "123456789012"
EVERYWHERE = dict.fromkeys(("registry", "staging", "production"), HERE)


def test_a_measure_is_written_as_cloudwatch_writes_metrics() -> None:
    """Whatever the team calls it."""
    assert [names.measure(one) for one in ("log_loss", "mae")] == ["LogLoss", "Mae"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"reigon": "eu-west-1"}, "unknown key reigon: write one of name, description, github_owner, region"),
        ({"name": 3}, "name takes 2 to 24 of a-z, 0-9 and single dashes"),
        ({"name": "Flights"}, "instead of 'Flights' write something like \"flight-delays\""),
        ({"name": "ab-staging"}, "ends with no environment's name; instead of 'ab-staging' write"),
        ({"description": "two\nlines"}, "description is one line of 1 to 200 characters without emoji"),
        ({"github_owner": "a b"}, "github_owner takes 1 to 39 letters, digits and single dashes"),
        ({"region": "europe"}, "region is the code of one AWS region; instead of 'europe' write"),
        ({"owner_email": "nobody"}, "owner_email is one address that alarms can be sent to"),
        (
            {"role_path": 3},
            "role_path is a path of the projects' own, the foundation's role_path or one below",
        ),
        ({"role_path": "teams"}, "one below it; instead of 'teams' write something like \"/mlops/\""),
        ({"role_path": "/"}, "one below it; instead of '/' write something like \"/mlops/\""),
        ({"state_bucket": "arn:aws:s3:::ours"}, "state_bucket is a bucket's name"),
        (
            {"github_owner_id": "1"},
            "github_owner_id = '1' is no number of GitHub's: write a whole number, or 0",
        ),
        ({"github_owner_id": True}, "github_owner_id = True is no number of GitHub's"),
        ({"github_owner_id": -1}, "github_owner_id = -1 is no number of GitHub's"),
        ({"github_owner_id": 1}, "github_owner_id and github_repository_id belong together"),
        (
            {"accounts": "x"},
            "accounts = 'x' is no table: write [accounts], and registry, staging, production",
        ),
        ({"accounts": {"test": HERE}}, "[accounts] has no test: write one of registry, staging, production"),
        ({"accounts": {"registry": HERE}}, "[accounts] names no staging: name all of registry, staging"),
        (
            {"accounts": {"registry": "123"}},
            "accounts.registry = '123' is no account id: write its 12 digits in quotes",
        ),
        (
            {"accounts": {**EVERYWHERE, "staging": 123456789012}},
            "accounts.staging = 123456789012 is no account id: write its 12 digits in quotes",
        ),
    ],
)
def test_a_bad_project_is_named_in_one_sentence(change: dict[str, Any], sentence: str) -> None:
    """The key, what it is, what to write."""
    with pytest.raises(UserError) as refused:
        names.parse(DOCUMENT | change)
    assert sentence in str(refused.value)


@pytest.mark.parametrize("key", DOCUMENT)
def test_a_key_that_is_missing_is_named(key: str) -> None:
    """Nothing is guessed of who the project is."""
    with pytest.raises(UserError, match=f"project.toml: {key} is missing: write it back"):
        names.parse({name: value for name, value in DOCUMENT.items() if name != key})


def test_what_need_not_be_said_may_be_said() -> None:
    """Path, numbers and accounts arrive as they are written."""
    more = {
        "role_path": "/teams/a/",
        "github_owner_id": 1,
        "github_repository_id": 2,
        "accounts": EVERYWHERE,
    }
    found = names.parse(DOCUMENT | more)
    assert {key: getattr(found, key) for key in more} == more


@pytest.mark.parametrize("content", [b"name = ", b'name = "\xff"'])
def test_a_file_that_is_not_toml_is_named(project: Path, content: bytes) -> None:
    """A syntax error is a sentence, not a traceback."""
    (project / "project.toml").write_bytes(content)
    with pytest.raises(UserError, match=r"project.toml is not TOML"):
        names.project()


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    """With the way back."""
    with pytest.raises(UserError, match=r"project.toml is missing: restore it from git"):
        names.project(tmp_path)


def test_a_verb_says_what_is_wrong(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As the user's to mend."""
    (project / "project.toml").write_text(PROJECT.replace("region", "reigon"))
    assert run(["status"]) == 2
    assert "pipeline: project.toml: unknown key reigon" in capsys.readouterr().err
