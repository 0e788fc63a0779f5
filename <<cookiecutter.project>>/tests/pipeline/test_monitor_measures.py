"""What CloudWatch is told of a verdict."""

from dataclasses import replace
from typing import Any

import pytest
from botocore.session import get_session
from botocore.validate import ParamValidator

from pipeline.monitor import measures
from pipeline.monitor.document import NOTHING
from pipeline.monitor.finding import BROKEN, KEPT, UNKNOWN, Finding

from .monitor_sample import MOMENT, RULES, document, view

pytestmark = pytest.mark.usefixtures("project")


def told(request: dict[str, Any], metric: str) -> dict[str | None, float]:
    """The values of a metric, by promise."""
    found = {}
    for one in request["MetricData"]:
        dimensions = {each["Name"]: each["Value"] for each in one["Dimensions"]}
        assert dimensions.pop("EndpointName") == "flights-production"
        if one["MetricName"] == metric:
            found[dimensions.get("Promise")] = one["Value"]
    return found


def test_each_promise_is_told_where_somebody_can_tell() -> None:
    """What nobody can tell changes no alarm; the sight is told each time, as its silence sounds."""
    findings = [
        Finding("sight", UNKNOWN, ""),
        Finding("callers", KEPT, ""),
        Finding("inputs", UNKNOWN, ""),
        Finding("log_loss", BROKEN, ""),
    ]
    made = measures.request(view(findings=findings))
    assert told(made, "Broken") == {"sight": 0.0, "callers": 0.0, "log_loss": 1.0}
    assert made["Namespace"] == "flights/production"


def test_graphs_show_the_labelled_blocks_and_what_is_expected_without_labels() -> None:
    """By the metric's name in CloudWatch."""
    values = measures.values(document(), RULES, MOMENT)
    assert set(values) == {
        *("Accuracy", "Brier", "FalseNegativeRate", "FalsePositiveRate"),
        "LogLoss",
        "Calibration",
        "Auc",
        "ExpectedLogLoss",
        "LabelShare",
        "Requests",
        "Drifted",
    }
    assert (values["LabelShare"], values["Requests"], values["Drifted"]) == (1.0, 1400.0, 0.0)
    assert told(measures.request(view(values=values)), "ExpectedLogLoss") == {None: 0.5}


def test_what_is_not_known_is_not_told() -> None:
    """A zero would be a good loss."""
    assert measures.values(NOTHING, RULES, replace(MOMENT, live=None)) == {"Requests": 0.0}


def test_the_request_has_the_shape_of_the_api() -> None:
    """botocore's own service model finds nothing wrong."""
    made = measures.request(view(values={"Auc": 0.7}))
    shape = get_session().get_service_model("cloudwatch").operation_model("PutMetricData").input_shape
    assert ParamValidator().validate(made, shape).generate_report() == ""
