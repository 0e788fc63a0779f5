"""The dashboard, and the log group beside it."""

import json
from collections.abc import Callable

from sandbox.stacks.recording import Recording

from pipeline import names
from tests.infra.conftest import PROJECT


def test_every_graph_is_of_this_endpoint_and_variant(service: Callable[..., Recording]) -> None:
    """No graph mixes environments."""
    widgets = json.loads(service("production").one("Dashboard")["dashboardBody"])["widgets"]
    metrics = [metric for one in widgets for metric in one["properties"].get("metrics", [])]
    wanted = ["EndpointName", names.endpoint(PROJECT, "production"), "VariantName", names.VARIANT]
    assert [metric[2:6] for metric in metrics] == [wanted] * 6


def test_both_promises_are_shown(service: Callable[..., Recording]) -> None:
    """The first row is the state of the alarms."""
    widgets = json.loads(service("production").one("Dashboard")["dashboardBody"])["widgets"]
    assert widgets[0]["type"] == "alarm"
    assert sorted(widgets[0]["properties"]["alarms"]) == [
        "arn:MetricAlarm-availability",
        "arn:MetricAlarm-latency",
    ]


def test_the_endpoints_log_is_kept_for_thirty_days(service: Callable[..., Recording]) -> None:
    """The group is made before SageMaker would make it without an end."""
    group = service("production").one("LogGroup")
    assert (group["name"], group["retentionInDays"]) == (names.endpoint_log_group(PROJECT, "production"), 30)
