"""Who is told."""

from collections.abc import Callable

from sandbox.stacks.recording import Recording

from tests.infra.conftest import KEY, PROJECT


def test_the_owner_is_told_by_mail(service: Callable[..., Recording]) -> None:
    """The subscription is to the address in project.toml."""
    subscription = service("production").one("TopicSubscription")
    assert (subscription["protocol"], subscription["endpoint"]) == ("email", PROJECT.owner_email)


def test_the_topic_is_encrypted_with_the_projects_key(service: Callable[..., Recording]) -> None:
    """Its key policy lets CloudWatch publish."""
    assert service("production").one("Topic")["kmsMasterKeyId"] == KEY
