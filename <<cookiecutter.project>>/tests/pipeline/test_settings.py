"""Settings are what the stacks publish."""

import json

import pytest

from pipeline import settings
from pipeline.errors import UserError

from .conftest import SERVICE


@pytest.mark.usefixtures("cloud")
def test_a_published_service_is_read() -> None:
    """Each environment has its own."""
    assert settings.service("staging").endpoint == "flights-staging"


def test_a_key_of_a_later_stack_is_ignored() -> None:
    """A stack may publish more than today's verbs read."""
    found = settings.parse(settings.Storage, "name", json.dumps({"bucket": "b", "other": 1}))
    assert found == settings.Storage(bucket="b")


def test_a_missing_key_is_named() -> None:
    """The sentence says which parameter lacks which key."""
    with pytest.raises(UserError, match="the parameter /flights/staging/service has no key endpoint"):
        settings.parse(settings.Service, "/flights/staging/service", json.dumps(SERVICE))


@pytest.mark.usefixtures("project")
def test_a_parameter_that_is_missing_names_its_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment without its stack is the service stack's to make."""
    monkeypatch.setattr("pipeline.aws.find", lambda *_, **__: None)
    monkeypatch.setattr("pipeline.aws.client", lambda _: type("Ssm", (), {"get_parameter": None}))
    with pytest.raises(UserError, match="apply the service stack first"):
        settings.service("staging")
