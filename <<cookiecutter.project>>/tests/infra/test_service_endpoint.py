"""The endpoint's first creation, and its scaling."""

from collections.abc import Callable

import pytest
from sandbox.stacks.recording import Recording

from pipeline import names
from tests.infra.conftest import PROJECT

Service = Callable[..., Recording]


def test_there_is_no_endpoint_before_a_release_has_prepared_one(service: Service) -> None:
    """The first `up` makes everything else."""
    assert service("production").all("Endpoint") == []
    assert service("production").all("Target") == []


def test_the_endpoint_starts_with_the_configuration_that_the_release_prepared(service: Service) -> None:
    """Its name comes from the first-configuration parameter."""
    endpoint = service("production", "prepared").one("Endpoint")
    assert endpoint["endpointConfigName"] == "prepared"
    assert endpoint["name"] == names.endpoint(PROJECT, "production")


def test_pulumi_leaves_to_the_release_tool_what_is_served(service: Service) -> None:
    """Neither a release nor a rollback shows up as a change."""
    (endpoint,) = service("production", "prepared").all("Endpoint")
    assert endpoint.ignored[:2] == ("endpointConfigName", "deploymentConfig")


@pytest.mark.parametrize(("environment", "protected"), [("production", True), ("staging", False)])
def test_productions_endpoint_is_protected(service: Service, environment: str, protected: bool) -> None:
    """Staging's may go."""
    (endpoint,) = service(environment, "prepared").all("Endpoint")
    assert endpoint.protect is protected


def test_production_scales_between_its_bounds(service: Service) -> None:
    """From instance_count to maximum_instances."""
    target = service("production", "prepared").one("Target")
    assert (target["minCapacity"], target["maxCapacity"]) == (2, 4)
    assert target["resourceId"] == f"endpoint/{names.endpoint(PROJECT, 'production')}/variant/{names.VARIANT}"


def test_an_endpoint_that_cannot_grow_has_no_scaling(service: Service) -> None:
    """Staging stays at one instance."""
    assert service("staging", "prepared").all("Target") == []
