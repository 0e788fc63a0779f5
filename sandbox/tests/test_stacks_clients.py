"""Clients for whoever the environment's credentials say."""

from typing import Any

import pytest

from sandbox.stacks.clients import Clients
from sandbox.stacks.program import SettingsError


def test_the_credentials_say_which_account_it_is(sandbox: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """An administrator of another account works in that one."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "sandbox-222222222222")
    assert Clients(sandbox.url, "eu-west-1").place() == {"region": "eu-west-1", "account": "222222222222"}


def test_without_credentials_nothing_is_reached(sandbox: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """The sentence says so."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    with pytest.raises(SettingsError, match="the credentials reach no account of the sandbox: Unable to locate"):
        Clients(sandbox.url, "eu-west-1").place()


def test_a_service_has_one_client(sandbox: Any) -> None:
    """Making one takes longer than most calls."""
    clients = Clients(sandbox.url, "eu-west-1")
    assert clients("sns") is clients("sns")
