"""CloudWatch's numbers come by period, and whole."""

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.session import get_session
from botocore.validate import ParamValidator

from pipeline import aws, measured
from pipeline.measured import Metric

REQUESTS = Metric("AWS/SageMaker", "Invocations", (("EndpointName", "e"),), "Sum")


def answering(monkeypatch: pytest.MonkeyPatch, *results: dict[str, Any]) -> list[dict[str, Any]]:
    """CloudWatch answers with `results`; what it was asked."""
    asked: list[dict[str, Any]] = []

    def pages(service: str, operation: str, key: str, **request: Any) -> list[Any]:
        assert (service, operation, key) == ("cloudwatch", "get_metric_data", "MetricDataResults")
        asked.append(request)
        return list(results)

    monkeypatch.setattr(aws, "pages", pages)
    return asked


def at(second: float) -> datetime:
    """A stamp, so many seconds after noon."""
    return datetime.fromtimestamp(1_371_000_000 + second, UTC)


def test_the_question_has_the_shape_of_the_api(monkeypatch: pytest.MonkeyPatch) -> None:
    """botocore's own service model finds nothing wrong."""
    asked = answering(monkeypatch)
    measured.read({"requests": REQUESTS}, since=0.0, now=100.0, period=10)
    shape = get_session().get_service_model("cloudwatch").operation_model("GetMetricData").input_shape
    assert ParamValidator().validate(asked[0], shape).generate_report() == ""


def test_more_than_five_hundred_metrics_are_asked_for_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS answers at most so many at once."""
    asked = answering(monkeypatch)
    measured.read({str(number): REQUESTS for number in range(501)}, since=0.0, now=100.0, period=10)
    assert [len(one["MetricDataQueries"]) for one in asked] == [500, 1]


def test_pages_are_put_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """A metric that comes on two pages is one metric."""
    pages = [{"Id": "m0", "Timestamps": [at(10 * n)], "Values": [float(n)]} for n in (1, 2)]
    answering(monkeypatch, *pages)
    found = measured.read({"requests": REQUESTS}, since=at(0).timestamp(), now=0.0, period=10)
    first = aws.period(at(0).timestamp(), 10)
    assert found == {"requests": {first + 1: 1.0, first + 2: 2.0}}


def test_a_period_that_began_before_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """It holds what does not belong to the release."""
    answering(monkeypatch, {"Id": "m0", "Timestamps": [at(0), at(10)], "Values": [5.0, 6.0]})
    found = measured.read({"requests": REQUESTS}, since=at(5).timestamp(), now=0.0, period=10)
    assert list(found["requests"].values()) == [6.0]


@pytest.mark.parametrize("speed", [1.0, 60.0, 150.0, 7.3])
def test_periods_follow_the_clocks_speed(monkeypatch: pytest.MonkeyPatch, speed: float) -> None:
    """A period of p seconds of AWS lasts p / speed here; its start, to a microsecond, is in it."""
    monkeypatch.setattr(aws, "SPEED", speed)
    numbers = range(aws.period(1_371_000_000, 10), aws.period(1_371_000_000, 10) + 50)
    starts = [round(number * 10 / speed, 6) for number in numbers]
    assert [aws.period(start, 10) for start in starts] == list(numbers)
    assert [aws.period(start + 5 / speed, 10) for start in starts] == list(numbers)


def test_what_was_not_counted_is_none() -> None:
    """An error metric without a data point is no error."""
    assert measured.row({3: 2.0, 5: 1.0}, range(3, 7)).tolist() == [2, 0, 1, 0]


@pytest.mark.parametrize(
    ("values", "weights", "expected"),
    [
        ({1: 5.0, 2: 9.0, 3: 7.0}, {1: 1.0, 2: 1.0, 3: 1.0}, 7.0),
        ({1: 5.0, 2: 9.0}, {1: 1.0, 2: 100.0}, 9.0),
        ({1: 5.0}, {}, None),
        ({}, {}, None),
    ],
)
def test_hours_weigh_as_much_as_they_counted(
    values: dict[int, float], weights: dict[int, float], expected: float | None
) -> None:
    """A night with ten requests does not say how fast the model is."""
    assert measured.middle(values, weights) == expected
