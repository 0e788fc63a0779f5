"""Who is told."""

import json
from collections.abc import Callable

from sandbox.stacks.recording import Recording

from tests.infra.conftest import PROJECT


def test_the_owner_is_told_by_mail(service: Callable[..., Recording]) -> None:
    """The subscription is to the address in project.toml."""
    subscription = service("production").one("TopicSubscription")
    assert (subscription["protocol"], subscription["endpoint"]) == ("email", PROJECT.owner_email)


def test_the_topic_is_encrypted_with_the_environments_key(service: Callable[..., Recording]) -> None:
    """Its key policy lets CloudWatch publish."""
    assert service("production").one("Topic")["kmsMasterKeyId"] == "arn:Key-key"


def test_the_environments_alarms_and_events_may_publish(service: Callable[..., Recording]) -> None:
    """Nobody else from outside of IAM."""
    document = json.loads(service("production").one("Topic")["policy"])
    publishers = [one["Principal"] for one in document["Statement"]]
    assert publishers == [{"Service": "cloudwatch.amazonaws.com"}, {"Service": "events.amazonaws.com"}]
