"""A release's four alarms can fire, watch the right thing, and are on guard before anything is updated."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.session import get_session
from botocore.validate import ParamValidator

from pipeline import alarms, aws
from pipeline.errors import InfrastructureError

from .guarded import FACTS, RELEASE, RULES, as_listed, wanted

pytestmark = pytest.mark.usefixtures("project")


@pytest.mark.parametrize("signal", alarms.SIGNALS)
def test_requests_have_the_shape_of_the_api(signal: str) -> None:
    """botocore's own service model finds nothing wrong."""
    shape = get_session().get_service_model("cloudwatch").operation_model("PutMetricAlarm").input_shape
    assert ParamValidator().validate(wanted(signal), shape).generate_report() == ""


@pytest.mark.parametrize("signal", alarms.SIGNALS)
def test_each_release_has_alarms_of_its_own(signal: str) -> None:
    """A name that is used twice would carry an ALARM into the next release."""
    assert wanted(signal)["AlarmName"] == f"flights-production-v2-20130101t000000-{signal}"


@pytest.mark.parametrize("signal", alarms.SIGNALS)
def test_each_alarm_tells_the_topic(signal: str) -> None:
    """A rollback with nobody watching still tells its owner."""
    assert wanted(signal)["AlarmActions"] == [FACTS.alarm_topic_arn]


@pytest.mark.parametrize("signal", ["errors", "latency"])
def test_the_backstop_sees_the_new_fleet_alone(signal: str) -> None:
    """Without EndpointConfigName both fleets would be blended."""
    found = [one["MetricStat"]["Metric"] for one in wanted(signal)["Metrics"] if "MetricStat" in one]
    own = {"Name": "EndpointConfigName", "Value": "new"}
    assert found
    assert all(own in one["Dimensions"] for one in found)


def test_silence_is_a_rejection_for_the_heartbeat_alone() -> None:
    """No judge takes the candidate back; no traffic does not."""
    treated = {signal: wanted(signal)["TreatMissingData"] for signal in alarms.SIGNALS}
    assert [signal for signal, how in treated.items() if how == "breaching"] == ["heartbeat"]


@pytest.mark.parametrize(("speed", "periods"), [(1.0, 2), (60.0, 3), (150.0, 8)])
def test_a_heartbeat_lasts_three_real_seconds(
    monkeypatch: pytest.MonkeyPatch, speed: float, periods: int
) -> None:
    """However fast AWS's time runs, a busy machine is not a dead judge."""
    monkeypatch.setattr(aws, "SPEED", speed)
    assert wanted("heartbeat")["EvaluationPeriods"] == periods


@pytest.mark.parametrize(("base", "threshold"), [(0.0, 0.05), (0.002, 0.05), (0.02, 0.2), (0.3, 0.99)])
def test_what_fails_anyway_is_no_hard_error(base: float, threshold: float) -> None:
    """The threshold follows the live model's failures, and stays one that a share can cross."""
    assert wanted("errors", base={"errors": base})["Threshold"] == pytest.approx(threshold)


@pytest.mark.parametrize("latency_us", [{}, {"p90": 400.0}, {"p90": 90_000.0}])
def test_what_keeps_the_objective_is_not_slow(latency_us: dict[str, float]) -> None:
    """A model that answers in no time does not hold the next one to no time three times over."""
    objective = RULES.slo.latency_p95_ms * 1000
    expected = max(objective, RULES.backstop.latency_times * latency_us.get("p90", 0.0))
    assert wanted("latency", latency_us=latency_us)["Threshold"] == expected >= objective


class Watchman:
    """A CloudWatch that lists what it was told, each alarm in a state, and counts beats."""

    def __init__(self, states: Callable[[str, int], str]) -> None:
        """`states` says an alarm's state from its name and the number of beats so far."""
        self.states, self.put, self.told = states, {}, []  # type: ignore[var-annotated]

    def put_metric_alarm(self, **request: Any) -> None:
        """Take any alarm."""
        self.put[request["AlarmName"]] = (len(self.told), request)

    def put_metric_data(self, **request: Any) -> None:
        """Take a verdict and a beat."""
        self.told.append({one["MetricName"]: one["Value"] for one in request["MetricData"]})

    def describe_alarms(self, **_: Any) -> dict[str, Any]:
        """All of them."""
        return {
            "MetricAlarms": [
                as_listed(request, StateValue=self.states(name, len(self.told)))
                for name, (_, request) in self.put.items()
            ]
        }


def watchman(
    monkeypatch: pytest.MonkeyPatch, states: Callable[[str, int], str] = lambda name, beats: "OK"
) -> Watchman:
    """CloudWatch as every verb sees it; time passes, but not here."""
    found, passed = Watchman(states), [0.0]
    monkeypatch.setattr(aws, "client", lambda service: found)
    monkeypatch.setattr(aws, "sleep", lambda seconds: None)
    monkeypatch.setattr(aws, "poll", lambda: passed.append(passed.pop() + 10))
    monkeypatch.setattr(aws, "elapsed", lambda since: passed[0])
    return found


def test_arming_says_what_is_armed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The record's alarms: name, signal, and the rule in a line."""
    watchman(monkeypatch)
    armed = alarms.arm(RELEASE, FACTS, RULES)
    assert [one["signal"] for one in armed] == list(alarms.SIGNALS)
    assert armed[0]["rule"] == "Maximum of Verdict >= 1, 1 x 10 s, missing is notBreaching"
    assert armed[2]["rule"] == "IF(all >= 20, bad / all, 0) > 0.05, 2 x 60 s, missing is notBreaching"


def test_the_heartbeat_begins_before_its_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the alarm's first look would find nobody, and wake its owner."""
    found = watchman(monkeypatch)
    alarms.arm(RELEASE, FACTS, RULES)
    assert found.put[alarms.name(RELEASE, "heartbeat")][0] > 0
    assert found.told[0] == {"Verdict": 0.0, "Heartbeat": 1.0}


def test_arming_beats_until_every_alarm_is_ok(monkeypatch: pytest.MonkeyPatch) -> None:
    """What an interrupted release left in ALARM comes back once somebody beats."""
    found = watchman(monkeypatch, lambda name, beats: "OK" if beats > 5 else "ALARM")
    alarms.arm(RELEASE, FACTS, RULES)
    assert len(found.told) == 6


def test_an_alarm_that_stays_in_alarm_stops_the_release(monkeypatch: pytest.MonkeyPatch) -> None:
    """Within five minutes, with which one and why."""
    found = watchman(monkeypatch, lambda name, beats: "ALARM" if name.endswith("errors") else "OK")
    with pytest.raises(InfrastructureError, match="-errors cannot guard a release: it is in ALARM"):
        alarms.arm(RELEASE, FACTS, RULES)
    assert len(found.told) < 45


@pytest.mark.usefixtures("cloud")
def test_an_absent_alarm_is_not_listed() -> None:
    """Nor is deleting what is gone an error."""
    aws.client("cloudwatch").put_metric_alarm(**wanted("reject"))
    assert [one["AlarmName"] for one in alarms.listed(RELEASE)] == [alarms.name(RELEASE, "reject")]
    alarms.disarm(RELEASE)
    alarms.disarm(RELEASE)
    assert alarms.listed(RELEASE) == []


@pytest.mark.usefixtures("cloud")
def test_a_sounding_alarm_gives_its_reason() -> None:
    """By signal, and only those in ALARM."""
    cloudwatch = aws.client("cloudwatch")
    for signal in ("reject", "errors"):
        cloudwatch.put_metric_alarm(**wanted(signal))
    cloudwatch.set_alarm_state(AlarmName=wanted("errors")["AlarmName"], StateValue="ALARM", StateReason="5xx")
    assert alarms.sounding(RELEASE) == {"errors": "5xx"}


def change(minute: int, before: str, after: str) -> dict[str, Any]:
    """An item of DescribeAlarmHistory, with its signal."""
    data = {"oldState": {"stateValue": before}, "newState": {"stateValue": after, "stateReason": "because"}}
    at = datetime(2013, 1, 1, 0, minute, tzinfo=UTC)
    return {"Timestamp": at, "HistoryData": json.dumps(data), "signal": "errors"}


def test_the_history_is_told_from_its_beginning() -> None:
    """Which alarm changed when, from what to what, and why."""
    told = alarms.history([change(2, "ALARM", "OK"), change(1, "OK", "ALARM")])
    assert [(one["at"], one["before"], one["after"]) for one in told] == [
        ("2013-01-01T00:01:00.000+00:00", "OK", "ALARM"),
        ("2013-01-01T00:02:00.000+00:00", "ALARM", "OK"),
    ]
    assert told[0]["reason"] == "because"


def test_the_history_of_all_four_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """It outlives the alarms."""
    asked: list[str] = []

    def pages(*_: str, AlarmName: str, **__: Any) -> list[Any]:  # noqa: N803  # AWS's spelling
        asked.append(AlarmName)
        return [change(1, "OK", "ALARM")] if AlarmName.endswith("reject") else []

    monkeypatch.setattr(aws, "pages", pages)
    told = alarms.fired(RELEASE)
    assert (asked, [one["signal"] for one in told]) == (alarms.all_names(RELEASE), ["reject"])
