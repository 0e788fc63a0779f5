"""The dashboard."""

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from sandbox.stacks.recording import Recording

from pipeline import names, policy, runbook
from pipeline.monitor import measures
from tests.infra.conftest import PROJECT

Service = Callable[..., Recording]
SLO = policy.load().slo
WORTH = ["LogLoss", "ExpectedLogLoss", "Calibration", "ExpectedCalibration"]
PROMISES = runbook.promises(policy.load().monitor.worsening)


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
    shown = [one.rpartition(":")[2] for one in first["properties"]["alarms"]]
    assert shown == [
        "CompositeAlarm-burn-fast",
        "CompositeAlarm-burn-slow",
        "MetricAlarm-latency-p50",
        "MetricAlarm-latency-p95",
        "MetricAlarm-cpu",
        "MetricAlarm-memory",
        *(names.alarm(PROJECT, "production", "model", runbook.signal(one)) for one in PROMISES),
    ]


def test_the_first_release_changes_nothing_here(service: Service) -> None:
    """The model's alarms are shown before they are made; a change would need somebody to apply it."""
    before, after = (service("production", first).one("Dashboard") for first in ("", "prepared"))
    assert before["dashboardBody"] == after["dashboardBody"]


def test_staging_has_no_alarms_of_a_model(service: Service) -> None:
    """Nobody asks it anything that a model could be judged by."""
    assert "-model-" not in service("staging").one("Dashboard")["dashboardBody"]


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


def test_the_judge_is_shown_by_release(service: Service) -> None:
    """Its verdict and its heartbeat, of this environment's own metrics."""
    lines = [line[-1]["expression"] for line in titled(service, "Judge")["metrics"]]
    schema = f'{{"{names.metrics(PROJECT, "production")}",EndpointName,Release}}'
    own = f'EndpointName="{names.endpoint(PROJECT, "production")}"'
    assert lines == [
        f"""SEARCH('{schema} {own} MetricName="{metric}"', '{statistic}', 60)"""
        for metric, statistic in (("Verdict", "Maximum"), ("Heartbeat", "SampleCount"))
    ]


@pytest.mark.parametrize(
    ("words", "dimensions", "metrics"),
    [
        ("Promises of the model", "EndpointName,Promise", ["Broken"]),
        ("What it is worth", "EndpointName", WORTH),
        ("Rows whose labels came", "EndpointName", ["LabelShare"]),
        ("Columns that drift", "EndpointName", ["Drifted"]),
    ],
)
def test_what_the_monitor_says_is_shown(
    service: Service, words: str, dimensions: str, metrics: list[str]
) -> None:
    """Of this endpoint, an hour at a time; a model of another kind has other measures."""
    (line,) = (line[-1]["expression"] for line in titled(service, words)["metrics"])
    schema = f'{{"{names.metrics(PROJECT, "production")}",{dimensions}}}'
    own = f'EndpointName="{names.endpoint(PROJECT, "production")}"'
    wanted = " OR ".join(f'"{one}"' for one in metrics)
    assert line == f"SEARCH('{schema} {own} MetricName=({wanted})', 'Maximum', 3600)"


def test_what_is_shown_of_a_model_is_what_the_monitor_publishes() -> None:
    """By the same dimensions: a name that nobody publishes would leave its graph empty."""
    states = dict.fromkeys(PROMISES, "kept")
    view = SimpleNamespace(endpoint="live", environment="production", states=states, values={"Drifted": 1.0})
    told = measures.request(view)["MetricData"]  # type: ignore[arg-type]
    assert {
        tuple(each["Name"] for each in one["Dimensions"]) for one in told if one["MetricName"] == "Broken"
    } == {("EndpointName", "Promise")}
    (drifted,) = (one for one in told if one["MetricName"] == "Drifted")
    assert [each["Name"] for each in drifted["Dimensions"]] == ["EndpointName"]


def test_staging_shows_no_promises_of_a_model(service: Service) -> None:
    """Nobody looks after it there."""
    titles = [one["properties"].get("title", "") for one in widgets(service, "staging")]
    assert [
        one for one in titles if one.startswith(("Promises of", "What it is", "Rows whose", "Columns"))
    ] == []


def test_staging_has_no_judge_to_show(service: Service) -> None:
    """What its model answers is shown all the same."""
    titles = [one["properties"].get("title", "") for one in widgets(service, "staging")]
    assert [one for one in titles if one.startswith(("Judge", "Answers"))] == [
        "Answers: the mean of each model"
    ]


def test_the_words_lead_to_the_runbook(service: Service) -> None:
    """In the project's own repository."""
    (text,) = (one["properties"]["markdown"] for one in widgets(service) if one["type"] == "text")
    assert f"github.com/{PROJECT.github_owner}/{PROJECT.name}/blob/main/docs/runbook/README.md" in text
    assert "pipeline rollback production" in text
