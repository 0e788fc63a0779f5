"""The dashboard."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from sandbox.stacks.recording import Recording

from pipeline import names, policy
from tests.infra.conftest import PROJECT

Service = Callable[..., Recording]
SLO = policy.load().slo


def widgets(service: Service, environment: str = "production") -> list[dict[str, Any]]:
    """The dashboard's widgets."""
    body = json.loads(service(environment).one("Dashboard")["dashboardBody"])
    return list(body["widgets"])


def titled(service: Service, words: str) -> dict[str, Any]:
    """The properties of the widget whose title begins with `words`."""
    (found,) = (
        one["properties"] for one in widgets(service) if one["properties"].get("title", "").startswith(words)
    )
    return dict(found)


@pytest.mark.parametrize("environment", names.ENVIRONMENTS)
def test_every_metric_is_of_this_endpoint_and_variant(service: Service, environment: str) -> None:
    """No graph mixes environments."""
    lines = [line for one in widgets(service, environment) for line in one["properties"].get("metrics", [])]
    metrics = [line for line in lines if len(line) > 1]
    wanted = ["EndpointName", names.endpoint(PROJECT, environment), "VariantName", names.VARIANT]
    assert metrics != []
    assert [line[2:6] for line in metrics] == [wanted] * len(metrics)


def test_every_expression_uses_what_is_in_its_graph(service: Service) -> None:
    """An id that nothing has would leave the graph empty."""
    for one in widgets(service):
        lines = [line[-1] for line in one["properties"].get("metrics", [])]
        ids = {line["id"] for line in lines}
        for line in lines:
            if "expression" in line and not line["expression"].startswith("SEARCH"):
                words = line["expression"].replace("(", " ").replace(")", " ").split()
                named = {word for word in words if word[0].isalpha()}
                assert named <= ids, line["expression"]


def test_the_alarms_come_first(service: Service) -> None:
    """Those that tell somebody, and not their parts."""
    first = widgets(service)[0]
    assert (first["type"], first["y"], first["width"]) == ("alarm", 0, 24)
    assert [one.removeprefix("arn:") for one in first["properties"]["alarms"]] == [
        "CompositeAlarm-burn-fast",
        "CompositeAlarm-burn-slow",
        "MetricAlarm-latency-p50",
        "MetricAlarm-latency-p95",
        "MetricAlarm-cpu",
        "MetricAlarm-memory",
    ]


def test_no_two_widgets_overlap(service: Service) -> None:
    """Each row fills the 24 columns."""
    rows: dict[int, list[dict[str, Any]]] = {}
    for one in widgets(service):
        rows.setdefault(one["y"], []).append(one)
    for row in rows.values():
        assert sum(one["width"] for one in row) == 24
        assert len({one["height"] for one in row}) == 1


def test_the_budget_that_is_left_is_one_number_of_the_whole_window(service: Service) -> None:
    """Whatever time the dashboard shows."""
    left = titled(service, "Budget left")
    assert (left["view"], left["start"], left["setPeriodToTimeRange"]) == ("singleValue", "-P30D", True)
    assert "period" not in left and not [line for line in left["metrics"] if "period" in line[-1]]


def test_each_burn_rate_has_its_windows_period(service: Service) -> None:
    """The short ones of both alarms."""
    lines = [line[-1] for line in titled(service, "Burn rate")["metrics"]]
    assert [line.get("period") for line in lines] == [300, 300, None, 1800, 1800, None]


def test_each_limit_is_the_policys(service: Service) -> None:
    """Burn rates, latencies, saturation."""

    def limits(words: str) -> list[float]:
        return [line["value"] for line in titled(service, words)["annotations"]["horizontal"]]

    assert limits("Burn rate") == [14.4, 6.0]
    assert limits("Latency") == [SLO.latency_p50_ms, SLO.latency_p95_ms]
    assert set(limits("Instances")) == {SLO.cpu_percent, SLO.memory_percent}


def test_the_words_lead_to_the_runbook(service: Service) -> None:
    """In the project's own repository."""
    (text,) = (one["properties"]["markdown"] for one in widgets(service) if one["type"] == "text")
    assert f"github.com/{PROJECT.github_owner}/{PROJECT.name}/blob/main/docs/runbook.md" in text
    assert "pipeline rollback production" in text
