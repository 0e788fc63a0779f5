"""An update is watched together with its alarm."""

import time

import pytest

from pipeline import guardrail

from .test_rollback import ONE

pytestmark = pytest.mark.usefixtures("project")


def test_each_release_has_an_alarm_of_its_own() -> None:
    """A name that is used twice would carry an ALARM into the next release."""
    assert guardrail.alarm_name(ONE) == "flights-production-v1-20130101t000000-errors"


def test_production_is_guarded_and_staging_is_not() -> None:
    """Staging has one instance and no traffic to judge by."""
    assert [guardrail.guarded(one) for one in ("staging", "production")] == [False, True]


def test_the_moment_of_the_alarm_is_noted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first sight of ALARM is the verdict; what follows is the way back."""
    shown: list[str] = []
    watch = guardrail.Watch(shown.append, "alarm", time.monotonic())
    monkeypatch.setattr("pipeline.alarms.sounding", lambda name: None)
    watch("Baking")
    monkeypatch.setattr("pipeline.alarms.sounding", lambda name: "5xx")
    watch("Baking")
    noted = watch.fired_after
    watch("Updating")
    assert shown == ["Baking", "Baking, alarm fired", "Updating, alarm fired"]
    assert watch.fired_after == noted is not None


def test_without_an_alarm_none_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Staging's updates have none."""
    monkeypatch.setattr("pipeline.alarms.sounding", lambda name: 1 / 0)
    watch = guardrail.Watch(lambda stage: None, None, time.monotonic())
    watch("Updating")
    assert watch.fired_after is None
