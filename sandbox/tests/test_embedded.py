"""Tests of sandbox.embedded."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hosted import Account, account

PRINTS = """
import json, os, time
line = {"_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [
    {"Namespace": "toy", "Dimensions": [["Model"]], "Metrics": [{"Name": "Score"}]}]},
    "Model": os.environ["MODEL_ID"], "Score": {"Values": [0.25, 0.75], "Counts": [3, 1]}}
print(json.dumps(line), flush=True)
"""


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """An account with a log stream; its containers print a line of metrics when they start."""
    with account(tmp_path_factory.mktemp("embedded"), 60) as its:
        program = its.world.images.unpack("registry/toy:1").workdir / "toy.py"
        program.write_text(PRINTS + program.read_text())
        logs = its.world.client("logs")
        logs.create_log_group(logGroupName="group")
        logs.create_log_stream(logGroupName="group", logStreamName="stream")
        yield its


def document(value: Any = 1.5, **changes: Any) -> dict[str, Any]:
    """A document with one metric M of namespace N and dimension D."""
    directive = {"Namespace": "N", "Dimensions": [["D"]], "Metrics": [{"Name": "M"}]} | changes.pop("directive", {})
    metadata = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]}
    return {"_aws": metadata, "D": "d", "M": value} | changes


def put(aws: Account, *messages: str) -> None:
    """Put log events."""
    events = [{"timestamp": int(time.time() * 1000), "message": message} for message in messages]
    aws.world.client("logs").put_log_events(logGroupName="group", logStreamName="stream", logEvents=events)


def total(aws: Account, stat: str, metric: str = "M", namespace: str = "N", **dimensions: str) -> float:
    """A statistic of the last minutes, added up."""
    now = datetime.now(UTC)
    how = "ExtendedStatistics" if "(" in stat else "Statistics"
    found = aws.cloudwatch.get_metric_statistics(
        Namespace=namespace, MetricName=metric, Period=60, StartTime=now - timedelta(minutes=5),
        EndTime=now + timedelta(seconds=2), Dimensions=[{"Name": k, "Value": v} for k, v in dimensions.items()],
        **{how: [stat]},
    )["Datapoints"]  # fmt: skip
    return float(sum(point[stat] if stat in point else point["ExtendedStatistics"][stat] for point in found))


@pytest.mark.parametrize(
    ("value", "count", "together"),
    [(1.5, 1.0, 1.5), ([1, 2, 3], 3.0, 6.0), ({"Values": [1, 2], "Counts": [10, 5]}, 15.0, 20.0)],
)
def test_a_line_of_log_is_metric_data(aws: Account, value: Any, count: float, together: float) -> None:
    """A number, an array of them, or values with their counts."""
    its = f"d-{count:g}"
    put(aws, "a line of prose", json.dumps(document(value, D=its)))
    assert (total(aws, "SampleCount", D=its), total(aws, "Sum", D=its)) == (count, together)


def test_every_set_of_dimensions_is_a_metric(aws: Account) -> None:
    """The empty set is the metric without any."""
    put(aws, json.dumps(document(2.0, D="sets", E="e", directive={"Dimensions": [["D", "E"], ["D"], []]})))
    assert [total(aws, "Sum", **each) for each in ({"D": "sets", "E": "e"}, {"D": "sets"}, {})] == [2.0] * 3


@pytest.mark.parametrize(
    "broken",
    [
        document("1.5"),
        document(True),
        document([]),
        document([1.0] * 101),
        document({"Values": [1.0, 2.0], "Counts": [1]}),
        document({"Max": 1.0}),
        document(D=7),
        document(directive={"Dimensions": [["absent"]]}),
        document(directive={"Dimensions": ["D"]}),
        document(directive={"Metrics": [{"Name": "absent"}]}),
        document(directive={"Namespace": ""}),
        document(directive={"Metrics": [{"Name": "M", "StorageResolution": 7}]}),
        document(_aws={"CloudWatchMetrics": []}),
        document(_aws=[]),
    ],
)
def test_what_breaks_the_specification_is_an_error_of_its_group(aws: Account, broken: dict[str, Any]) -> None:
    """It yields no metric, and the event itself is kept."""
    before = total(aws, "Sum", "EMFValidationErrors", "AWS/Logs", LogGroupName="group")
    metric = total(aws, "SampleCount", D="d")
    put(aws, json.dumps(broken))
    assert total(aws, "Sum", "EMFValidationErrors", "AWS/Logs", LogGroupName="group") == before + 1
    assert total(aws, "SampleCount", D="d") == metric
    events = aws.world.client("logs").get_log_events(logGroupName="group", logStreamName="stream")["events"]
    assert json.loads(events[-1]["message"]) == broken


@pytest.mark.parametrize("message", ['{"_aws"', '"_aws"', '["_aws"]', 'x {"_aws": {}}'])
def test_other_lines_are_no_errors(aws: Account, message: str) -> None:
    """A line that is no JSON object is a line."""
    before = total(aws, "Sum", "EMFValidationErrors", "AWS/Logs", LogGroupName="group")
    put(aws, message)
    assert total(aws, "Sum", "EMFValidationErrors", "AWS/Logs", LogGroupName="group") == before


def test_what_a_container_prints(aws: Account) -> None:
    """An endpoint's log becomes metrics, of which ranks can be asked."""
    aws.endpoint("printing", aws.config("printing", environment={"MODEL_ID": "m-7"}))
    end = time.monotonic() + 10
    while not total(aws, "SampleCount", "Score", "toy", Model="m-7") and time.monotonic() < end:
        time.sleep(0.1)
    found = [total(aws, stat, "Score", "toy", Model="m-7") for stat in ("SampleCount", "TC(:0.5)", "TC(0.5:)")]
    assert found == [4.0, 3.0, 1.0]
