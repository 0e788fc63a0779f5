"""Why an alarm fired is read from its history, because it may be quiet again."""

import json
import tomllib
from collections.abc import Callable
from typing import Any

import pytest

from pipeline import alarms, canary, policy
from pipeline.errors import InfrastructureError

from .conftest import REPOSITORY

CANARY = policy.parse(tomllib.loads((REPOSITORY / "policy.toml").read_text())).canary
REQUEST = canary.alarm("one", "flights-production", "new", policy=CANARY, topic=None, model="m")


def change(stamp: str, state: str, reason: str) -> dict[str, Any]:
    """An item of DescribeAlarmHistory."""
    data = {"version": "1.0", "newState": {"stateValue": state, "stateReason": reason}}
    return {"Timestamp": stamp, "HistoryItemType": "StateUpdate", "HistoryData": json.dumps(data)}


def test_the_last_change_to_alarm_gives_the_reason() -> None:
    """Later changes to OK do not hide it."""
    items = [change("1", "ALARM", "first"), change("2", "ALARM", "second"), change("3", "OK", "quiet")]
    assert alarms.reason(items) == "second"


def test_an_alarm_that_never_fired_gives_none() -> None:
    """INSUFFICIENT_DATA and OK are no reason to roll back."""
    assert alarms.reason([change("1", "OK", "quiet")]) is None


@pytest.mark.usefixtures("cloud")
def test_a_new_alarm_is_accepted_and_quiet() -> None:
    """It exists, and it does not sound."""
    alarms.put(REQUEST)
    assert alarms.sounding("one") is None


class Ringing:
    """A CloudWatch in which updating an alarm keeps its state, as AWS's does."""

    def put_metric_alarm(self, **request: Any) -> None:
        """Take any alarm."""

    def describe_alarms(self, **_: Any) -> dict[str, Any]:
        """The alarm, in ALARM since the release before."""
        return {"MetricAlarms": [{**REQUEST, "StateValue": "ALARM", "StateReason": "old"}]}


def test_an_alarm_that_already_sounds_stops_the_release(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is used twice carries an ALARM into the next release."""
    monkeypatch.setattr("pipeline.aws.client", lambda service: Ringing())
    with pytest.raises(InfrastructureError, match="cannot guard a release: it is in ALARM"):
        alarms.put(REQUEST)


def test_a_sounding_alarm_gives_its_reason(cloud: Callable[[str], Any]) -> None:
    """The history need not be asked while the alarm is in ALARM."""
    alarms.put(REQUEST)
    cloud("cloudwatch").set_alarm_state(AlarmName="one", StateValue="ALARM", StateReason="5xx")
    assert alarms.fired("one") == "5xx"


@pytest.mark.usefixtures("cloud")
def test_deleting_leaves_nothing() -> None:
    """A deleted alarm no longer sounds, and deleting it again is no error."""
    alarms.put(REQUEST)
    alarms.delete("one")
    alarms.delete("one")
    assert alarms.sounding("one") is None
