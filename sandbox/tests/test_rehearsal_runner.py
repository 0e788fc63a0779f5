"""sandbox.rehearsal.runner: a command has the credentials of whoever runs it, and no others."""

import os
import stat
from pathlib import Path
from typing import Any

import pytest

from sandbox.rehearsal.identity import Identity
from sandbox.rehearsal.roles import RETRAIN, Administrator
from sandbox.rehearsal.runner import Runner

ARN = "arn:aws:iam::111111111111:role/toy-eu-west-1-ci-retrain"
BASE = {"PATH": "/bin", "AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "sandbox", "AWS_SECRET_ACCESS_KEY": "sandbox"}


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    """A runner that knows the role that retrains; a token is a list of its claims."""
    identity = Identity(name="toy", region="eu-west-1", github_owner="somebody", accounts={"registry": "111111111111"})
    made = Runner(identity, BASE, tmp_path / "tokens", lambda claims: f"signed {sorted(claims)}")
    made.learn({"ci_role_arns": {"retrain": ARN}})
    return made


def test_a_job_has_its_role_and_a_token(runner: Runner) -> None:
    """As on GitHub's runner; the role is what a stack has put out."""
    env = runner.environment(RETRAIN)
    assert env["AWS_ROLE_ARN"] == ARN
    assert Path(env["AWS_WEB_IDENTITY_TOKEN_FILE"]).read_text().startswith("signed ['environment'")


def test_every_command_has_a_fresh_token(runner: Runner) -> None:
    """A token lives for minutes."""
    files = {runner.environment(RETRAIN)["AWS_WEB_IDENTITY_TOKEN_FILE"] for _ in range(3)}
    assert len(files) == 3


def test_a_token_is_for_its_owner_only(runner: Runner) -> None:
    """It opens the role."""
    mode = Path(runner.environment(RETRAIN)["AWS_WEB_IDENTITY_TOKEN_FILE"]).stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


@pytest.mark.parametrize("who", [RETRAIN, None], ids=["a job", "nobody"])
def test_no_key_reaches_a_command(runner: Runner, who: Any) -> None:
    """Neither the account's own, nor one of this machine's user, nor the machine's."""
    env = runner.environment(who)
    assert [name for name in env if "KEY" in name] == []
    assert env["AWS_CONFIG_FILE"] == env["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull
    assert env["AWS_EC2_METADATA_DISABLED"] == "true"


def test_nobody_has_no_role(runner: Runner) -> None:
    """Checking data needs no account."""
    assert "AWS_ROLE_ARN" not in runner.environment(None)


def test_an_administrator_has_the_key_of_an_account(runner: Runner) -> None:
    """Of the one where the part is."""
    keys = [runner.environment(Administrator(part))["AWS_ACCESS_KEY_ID"] for part in ("registry", "staging")]
    assert keys == ["sandbox-111111111111", "sandbox-123456789012"]


def test_a_role_that_no_stack_has_put_out_is_named(tmp_path: Path) -> None:
    """Nothing is guessed."""
    fresh = Runner(Identity(name="toy", region="r", github_owner="o"), BASE, tmp_path / "tokens", str)
    with pytest.raises(LookupError, match="no stack has put out the role ci-retrain"):
        fresh.environment(RETRAIN)
