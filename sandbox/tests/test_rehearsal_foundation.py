"""sandbox.rehearsal.foundation: the program and the settings that founding each account takes."""

from pathlib import Path

import yaml

from sandbox.rehearsal import foundation
from sandbox.rehearsal.identity import APART, Identity

ONE = Identity(name="toy", region="eu-west-1", github_owner="o")
THREE = Identity(name="toy", region="eu-west-1", github_owner="o", accounts=APART)


def test_the_program_is_the_one_that_the_sandbox_carries(tmp_path: Path) -> None:
    """With a settings file for every account."""
    foundation.write(tmp_path / "foundation", THREE)
    files = {file.name for file in (tmp_path / "foundation").iterdir()}
    assert {"Pulumi.yaml", "__main__.py"} <= files
    assert {name for name in files if name.startswith("Pulumi.") and name != "Pulumi.yaml"} == {
        "Pulumi.account.yaml",
        "Pulumi.staging.yaml",
        "Pulumi.production.yaml",
    }


def test_the_registrys_account_lets_the_others_in() -> None:
    """It has the state of all."""
    config = yaml.safe_load(foundation.settings("registry", THREE))["config"]
    assert config == {"foundation:member_accounts": ["222222222222", "333333333333"]}


def test_the_other_accounts_keep_no_state() -> None:
    """Theirs is in the registry's account."""
    assert yaml.safe_load(foundation.settings("staging", THREE))["config"] == {"foundation:state": "skip"}


def test_one_account_lets_nobody_in() -> None:
    """There are no others."""
    assert yaml.safe_load(foundation.settings("registry", ONE))["config"] == {}
