"""sandbox.rehearsal.identity: what project.toml says, and what a new user still writes into it."""

import tomllib
from pathlib import Path

import pytest

from sandbox.rehearsal import identity
from sandbox.rehearsal.identity import APART, Identity, complete
from sandbox.rehearsal.scenario import ScenarioError

PLAIN = 'name = "toy"\nregion = "eu-west-1"\ngithub_owner = "somebody"\n'
TEMPLATE = PLAIN + '\n# numbers\ngithub_owner_id = 0\ngithub_repository_id = 0\n\n[accounts]\n# registry = "1"\n'


@pytest.mark.parametrize("text", [PLAIN, TEMPLATE])
def test_a_new_repository_gets_its_numbers(text: str) -> None:
    """Whether they stand there as zeros or not at all."""
    said = tomllib.loads(complete(text, {}))
    assert {name: said[name] for name in identity.NUMBERS} == identity.NUMBERS


@pytest.mark.parametrize("text", [PLAIN, TEMPLATE])
def test_parts_are_placed(text: str) -> None:
    """In the accounts that are given."""
    assert tomllib.loads(complete(text, APART))["accounts"] == APART


@pytest.mark.parametrize("text", [PLAIN, TEMPLATE])
def test_without_accounts_no_part_is_placed(text: str) -> None:
    """All is in one account."""
    assert tomllib.loads(complete(text, {})).get("accounts", {}) == {}


def test_what_somebody_has_written_stays() -> None:
    """Real numbers, and an account that exists."""
    text = TEMPLATE.replace("owner_id = 0", "owner_id = 7") + 'staging = "444444444444"\n'
    said = tomllib.loads(complete(text, APART))
    assert said["github_owner_id"] == 7
    assert said["accounts"] == APART | {"staging": "444444444444"}


def test_comments_stay() -> None:
    """They are for people."""
    assert "# numbers\n" in complete(TEMPLATE, APART)


def test_a_part_without_an_account_is_in_the_default_one() -> None:
    """And every account is listed once."""
    toy = Identity(name="toy", region="r", github_owner="o", accounts={"staging": "222222222222"})
    assert toy.distinct() == {"123456789012": "registry", "222222222222": "staging"}


@pytest.mark.parametrize("text", [None, "name =", 'name = "toy"\n'], ids=["no file", "no TOML", "no owner"])
def test_what_is_no_project_is_a_sentence(tmp_path: Path, text: str | None) -> None:
    """It says what to write."""
    if text is not None:
        (tmp_path / "project.toml").write_text(text)
    with pytest.raises(ScenarioError, match="does not name the project: write name, region and github_owner"):
        identity.read(tmp_path / "project.toml")
