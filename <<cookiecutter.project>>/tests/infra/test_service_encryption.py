"""The environment's key."""

import json
from collections.abc import Callable

import pytest
from sandbox.stacks.recording import Recording

from pipeline import names
from tests.infra.conftest import PROJECT

Service = Callable[..., Recording]


@pytest.mark.parametrize("environment", names.ENVIRONMENTS)
def test_each_environment_has_a_key_of_its_own(service: Service, environment: str) -> None:
    """It rotates, and has the environment's alias."""
    found = service(environment)
    assert found.one("Key")["enableKeyRotation"] is True
    assert found.one("Alias")["name"] == names.key_alias(PROJECT, environment)


def test_alarms_and_events_may_use_it(service: Service) -> None:
    """Without it an encrypted topic drops what they publish."""
    statements = json.loads(service("production").one("Key")["policy"])["Statement"]
    services = [one["Principal"]["Service"] for one in statements if "Service" in one["Principal"]]
    assert services == ["cloudwatch.amazonaws.com", "events.amazonaws.com"]


@pytest.mark.parametrize(("environment", "protected"), [("production", True), ("staging", False)])
def test_productions_key_is_protected(service: Service, environment: str, protected: bool) -> None:
    """What it has encrypted is lost with it."""
    (key,) = service(environment).all("Key")
    assert key.protect is protected
