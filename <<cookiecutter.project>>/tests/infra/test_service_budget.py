"""The budget."""

from collections.abc import Callable

from sandbox.stacks.recording import Recording

from pipeline import names
from tests.infra.conftest import PROJECT

Service = Callable[..., Recording]


def test_the_budget_counts_what_carries_the_environments_tags(service: Service) -> None:
    """Project and environment together."""
    budget = service("production").one("Budget")
    tags = [one["tags"] for one in budget["filterExpression"]["ands"]]
    assert [(one["key"], one["values"]) for one in tags] == [
        ("project", [PROJECT.name]),
        ("environment", ["production"]),
    ]


def test_the_amount_is_the_settings(service: Service) -> None:
    """A month's, in US dollars."""
    budget = service("staging").one("Budget")
    assert budget["name"] == names.budget(PROJECT, "staging")
    assert (budget["limitAmount"], budget["limitUnit"], budget["timeUnit"]) == ("50.0", "USD", "MONTHLY")


def test_the_owner_is_told_before_and_when_it_is_spent(service: Service) -> None:
    """At 80 % of it, and when the forecast passes it."""
    notifications = service("production").one("Budget")["notifications"]
    assert [(one["notificationType"], one["threshold"]) for one in notifications] == [
        ("ACTUAL", 80),
        ("FORECASTED", 100),
    ]
    assert [one["subscriberEmailAddresses"] for one in notifications] == [[PROJECT.owner_email]] * 2
