"""Whether the endpoint's name is free or ours, and whether alarms are heard."""

from collections.abc import Callable
from typing import Any

from pipeline import names
from pipeline.checks import serving

TOPIC = "flights-staging-alarms"
MAIL = "a@example.com"


def test_a_free_name_is_well(cloud: Callable[[str], Any]) -> None:
    """There is no endpoint, and no topic either."""
    endpoint, topic = serving.look(names.project(), "staging", "123456789012")
    assert (endpoint.level, topic.level, topic.todo) == ("ok", "fail", "make up STACK=staging")


def test_anothers_endpoint_is_a_failure(cloud: Callable[[str], Any]) -> None:
    """Its tags say whose it is."""
    found = serving.judge(names.project(), "flights-staging", {"project": "trains"})
    assert (found.level, found.found) == ("fail", "flights-staging exists and is trains's by its tags")


def test_our_endpoint_is_well(cloud: Callable[[str], Any]) -> None:
    """The stack has tagged it."""
    assert serving.judge(names.project(), "flights-staging", {"project": "flights"}).level == "ok"


def test_a_subscription_that_waits_is_a_failure() -> None:
    """Until it is confirmed nobody is told of an alarm."""
    found = serving.heard(TOPIC, [{"Endpoint": MAIL, "SubscriptionArn": "PendingConfirmation"}])
    assert (found.level, found.found) == ("fail", f"{MAIL} has not confirmed {TOPIC}")


def test_a_topic_without_subscriptions_is_a_warning() -> None:
    """Somebody may read the dashboard instead."""
    assert serving.heard(TOPIC, []).level == "warn"


def test_a_confirmed_subscription_is_well() -> None:
    """The line says who hears."""
    found = serving.heard(TOPIC, [{"Endpoint": MAIL, "SubscriptionArn": "arn:aws:sns:eu-west-1:1:t:2"}])
    assert (found.level, found.found) == ("ok", f"{TOPIC} tells {MAIL}")
