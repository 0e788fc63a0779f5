"""What the judge tells CloudWatch."""

from typing import Any

import pytest
from botocore.session import get_session
from botocore.validate import ParamValidator

from pipeline import aws, pulse

from .guarded import FACTS, RELEASE

pytestmark = pytest.mark.usefixtures("project")


class Listener:
    """A CloudWatch that takes metrics."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.heard: list[dict[str, Any]] = []

    def put_metric_data(self, **request: Any) -> None:
        """Take them."""
        self.heard.append(request)


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The requests."""
    listener = Listener()
    monkeypatch.setattr(aws, "client", lambda service: listener)
    return listener.heard


def test_a_verdict_is_a_beat_as_well(heard: list[dict[str, Any]]) -> None:
    """In the environment's own namespace, under the release's name."""
    pulse.publish(RELEASE, FACTS, verdict=1)
    (request,) = heard
    assert request["Namespace"] == "flights/production"
    assert {one["MetricName"]: one["Value"] for one in request["MetricData"]} == {
        "Verdict": 1,
        "Heartbeat": 1,
    }
    dimensions = {one["Name"]: one["Value"] for one in request["MetricData"][0]["Dimensions"]}
    assert dimensions == {"EndpointName": "flights-production", "Release": RELEASE.release}


def test_a_person_is_no_heartbeat(heard: list[dict[str, Any]]) -> None:
    """Who aborts does not judge."""
    pulse.publish(RELEASE, FACTS, verdict=1, alive=False)
    assert [one["MetricName"] for one in heard[0]["MetricData"]] == ["Verdict"]


def test_the_moment_is_cloudwatchs(heard: list[dict[str, Any]]) -> None:
    """A runner's clock five minutes off would put a verdict where no alarm looks."""
    pulse.publish(RELEASE, FACTS, verdict=0)
    assert all("Timestamp" not in one for one in heard[0]["MetricData"])
    assert all(one["StorageResolution"] == 1 for one in heard[0]["MetricData"])


def test_the_request_has_the_shape_of_the_api(heard: list[dict[str, Any]]) -> None:
    """botocore's own service model finds nothing wrong."""
    pulse.publish(RELEASE, FACTS, verdict=0)
    shape = get_session().get_service_model("cloudwatch").operation_model("PutMetricData").input_shape
    assert ParamValidator().validate(heard[0], shape).generate_report() == ""
