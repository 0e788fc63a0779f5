"""The endpoint's log."""

from collections.abc import Callable

from sandbox.stacks.recording import Recording

from pipeline import names
from tests.infra.conftest import PROJECT


def test_the_endpoints_log_is_kept_for_thirty_days(service: Callable[..., Recording]) -> None:
    """The group is made before SageMaker would make it without an end."""
    group = service("production").one("LogGroup")
    assert (group["name"], group["retentionInDays"]) == (names.endpoint_log_group(PROJECT, "production"), 30)
