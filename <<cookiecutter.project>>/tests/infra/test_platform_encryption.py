"""The project's key."""

from sandbox.stacks.recording import Recording

from pipeline import names
from tests.infra.conftest import PROJECT, statements


def test_the_key_rotates(platform: Recording) -> None:
    """AWS replaces the key's material every year."""
    assert platform.one("Key")["enableKeyRotation"] is True


def test_iam_of_the_account_alone_decides_on_the_key(platform: Recording) -> None:
    """No service and no other account is named."""
    (owner,) = statements(platform.one("Key")["policy"])
    assert owner["Principal"] == {"AWS": "arn:aws:iam::123456789012:root"}


def test_the_key_is_protected(platform: Recording) -> None:
    """Without it all that it encrypts is lost."""
    (key,) = platform.all("Key")
    assert key.protect is True


def test_the_key_has_the_projects_alias(platform: Recording) -> None:
    """People find it by name."""
    assert platform.one("Alias")["name"] == names.key_alias(PROJECT)
