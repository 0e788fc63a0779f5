"""The project's key."""

from sandbox.stacks.recording import Recording

from pipeline import names
from tests.infra.conftest import PROJECT, statements


def test_the_key_rotates(platform: Recording) -> None:
    """AWS replaces the key's material every year."""
    assert platform.one("Key")["enableKeyRotation"] is True


def test_only_the_alarms_of_this_account_may_use_the_key_from_outside_iam(platform: Recording) -> None:
    """CloudWatch encrypts what it publishes, and only for this account."""
    services = [one for one in statements(platform.one("Key")["policy"]) if "Service" in one["Principal"]]
    assert [one["Principal"]["Service"] for one in services] == ["cloudwatch.amazonaws.com"]
    assert services[0]["Condition"]["StringEquals"] == {"aws:SourceAccount": "123456789012"}


def test_the_key_has_the_projects_alias(platform: Recording) -> None:
    """People find it by name."""
    assert platform.one("Alias")["name"] == names.key_alias(PROJECT)
