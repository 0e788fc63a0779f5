"""One look at a release: what is judged, what is told, and what is not said."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from pipeline import alarms, aws, endpoint, observe, pulse, watch
from pipeline.judge.counts import Counts

from .guarded import FACTS, RELEASE, RULES

pytestmark = pytest.mark.usefixtures("project")
BEGAN = datetime(2013, 6, 12, 12, tzinfo=UTC)
CANARY = replace(RELEASE, state="canary")


def baking(status: str = "Baking", config: str = "new") -> dict[str, Any]:
    """DescribeEndpoint during an update."""
    variant = {"VariantName": "live", "VariantStatus": [{"Status": status, "StartTime": BEGAN}]}
    pending = {
        "EndpointConfigName": config,
        "ProductionVariants": [variant],
        "StartTime": BEGAN - timedelta(minutes=5),
    }
    return {
        "EndpointStatus": "Updating",
        "EndpointConfigName": "old",
        "PendingDeploymentSummary": pending,
    }


def counts(canary_failed: int, stable_failed: int, ticks: int = 30) -> Counts:
    """A hundred requests of each fleet in each tick."""
    numbers = (100, 100, canary_failed, stable_failed)
    return Counts(*(np.full(ticks, number, dtype=np.int64) for number in numbers))


class Scene:
    """AWS during a release."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """All is well, and nothing has been counted."""
        self.described: dict[str, Any] = baking()
        self.signals: dict[str, Counts] = {}
        self.listed = [{"AlarmName": one} for one in alarms.all_names(RELEASE)]
        self.told: list[tuple[int, bool]] = []
        self.put: list[str] = []
        self.asked: list[observe.Began] = []
        client = SimpleNamespace(put_metric_alarm=lambda **request: self.put.append(request["AlarmName"]))
        monkeypatch.setattr(aws, "client", lambda service: client)
        monkeypatch.setattr(alarms, "listed", lambda record: self.listed)
        monkeypatch.setattr(endpoint, "describe", lambda name: self.described)
        monkeypatch.setattr(observe, "during", self.during)
        monkeypatch.setattr(pulse, "publish", self.publish)

    def during(self, *_: Any, began: observe.Began, now: float) -> dict[str, Counts]:
        """What was counted."""
        self.asked.append(began)
        return self.signals

    def publish(self, record: Any, service: Any, *, verdict: int, alive: bool = True) -> None:
        """Hear it."""
        self.told.append((verdict, alive))


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    """A bake that has just begun."""
    return Scene(monkeypatch)


def test_a_healthy_candidate_is_beaten_for(scene: Scene) -> None:
    """Verdict 0, and the evidence of every signal."""
    scene.signals = {"errors": counts(1, 1), "refusals": counts(0, 0)}
    found = watch.tick(CANARY, FACTS, RULES)
    assert found is not None
    assert (found.reject, set(found.signals), scene.told) == (False, {"errors", "refusals"}, [(0, True)])


def test_a_broken_candidate_is_rejected(scene: Scene) -> None:
    """Verdict 1."""
    scene.signals = {"errors": counts(50, 1)}
    found = watch.tick(CANARY, FACTS, RULES)
    assert found is not None
    assert (found.reject, found.signal, scene.told) == (True, "errors", [(1, True)])


def test_a_candidate_without_traffic_is_rejected(scene: Scene) -> None:
    """It is in service, and nobody reaches it."""
    none = replace(counts(0, 0), canary=np.zeros(30, dtype=np.int64))
    scene.signals = {"errors": none}
    found = watch.tick(CANARY, FACTS, RULES)
    assert found is not None
    assert (found.reject, found.signal) == (True, "traffic")


def test_the_bake_is_judged_from_its_beginning(scene: Scene) -> None:
    """By AWS's stamp, which every process reads alike."""
    watch.tick(CANARY, FACTS, RULES)
    (began,) = scene.asked
    assert (began.update, began.bake) == (BEGAN.timestamp() - 300, BEGAN.timestamp())


@pytest.mark.parametrize("status", ["Creating", "ActivatingTraffic"])
def test_before_the_bake_it_beats(scene: Scene, status: str) -> None:
    """There is nothing to compare yet, and somebody is there."""
    scene.described = baking(status)
    assert watch.tick(replace(RELEASE, state="updating"), FACTS, RULES) is None
    assert (scene.told, scene.asked) == ([(0, True)], [])


def test_in_the_final_bake_late_numbers_still_count(scene: Scene) -> None:
    """There is no control arm any more, but what both fleets did before may become known only now."""
    scene.signals = {"errors": counts(50, 1)}
    found = watch.tick(replace(RELEASE, state="final"), FACTS, RULES)
    assert found is not None
    assert (found.reject, scene.told) == (True, [(1, True)])


def test_another_update_is_not_judged(scene: Scene) -> None:
    """Somebody else's configuration bakes."""
    scene.described = baking(config="other")
    assert watch.tick(CANARY, FACTS, RULES) is None
    assert scene.asked == []


@pytest.mark.parametrize(
    "error",
    [
        ClientError({"Error": {"Code": "Throttling", "Message": "Rate exceeded"}}, "GetMetricData"),
        ClientError({"Error": {"Code": "ExpiredToken", "Message": "expired"}}, "GetMetricData"),
        EndpointConnectionError(endpoint_url="https://monitoring"),
    ],
)
def test_who_cannot_see_does_not_beat(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """And does not fail: the heartbeat's window is how long AWS puts up with it."""

    def blind(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(observe, "during", blind)
    assert watch.tick(CANARY, FACTS, RULES) is None
    assert scene.told == []


def test_who_cannot_tell_has_said_nothing(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A verdict that AWS did not hear is none: the next look says it again."""

    def mute(*_: Any, **__: Any) -> None:
        raise ClientError({"Error": {"Code": "Throttling", "Message": "Rate exceeded"}}, "PutMetricData")

    scene.signals = {"errors": counts(50, 1)}
    monkeypatch.setattr(pulse, "publish", mute)
    assert watch.tick(CANARY, FACTS, RULES) is None


@pytest.mark.parametrize("state", ["updating", "canary", "final"])
def test_a_deleted_alarm_takes_the_candidate_back(scene: Scene, state: str) -> None:
    """Unguarded it does not stay, whatever was counted."""
    scene.listed = scene.listed[:-1]
    found = watch.tick(replace(RELEASE, state=state), FACTS, RULES)
    assert found is not None
    assert (found.reject, found.signal, found.warnings, scene.told) == (True, "alarms", (), [(1, True)])
    assert "v2-20130101t000000-latency" in found.sentence


def test_without_the_alarm_that_rejects_it_is_made_again(scene: Scene) -> None:
    """Else nobody could hear the verdict; the record says that it was gone."""
    scene.listed = scene.listed[1:]
    found = watch.tick(CANARY, FACTS, RULES)
    assert found is not None
    assert scene.put == [alarms.name(RELEASE, "reject")]
    assert "made again" in found.warnings[0]
    assert scene.told == [(1, True)]


def test_an_abort_is_said_at_every_look(scene: Scene) -> None:
    """The alarm is in ALARM for one period, and before the bake nobody looks at it."""
    found = watch.tick(replace(RELEASE, aborted_by="somebody"), FACTS, RULES)
    assert found is not None
    assert (found.reject, found.signal, found.sentence) == (True, "human", "somebody took it back")
    assert scene.told == [(1, True)]


def test_a_rejection_stands(scene: Scene) -> None:
    """Whatever is counted later, and although the alarm that was missing is there again."""
    scene.signals = {"errors": counts(0, 0)}
    judged = {"at": "2013-06-12T12:00:00+00:00", "signal": "alarms", "sentence": "somebody deleted it"}
    found = watch.tick(replace(CANARY, details=CANARY.details | {"judged": judged}), FACTS, RULES)
    assert found is not None
    assert (found.reject, found.signal, found.sentence) == (True, "alarms", "somebody deleted it")
    assert scene.told == [(1, True)]


def test_who_aborts_does_not_beat(scene: Scene) -> None:
    """Nobody judges because of it."""
    watch.abort(CANARY, FACTS)
    assert scene.told == [(1, False)]


def test_the_rules_are_those_that_were_planned() -> None:
    """The share of whole instances, and the tick that traffic allows."""
    planned = replace(
        RELEASE, details={"plan": RELEASE.details["plan"] | {"share_planned": 0.4, "metric_seconds": 60}}
    )
    found = watch.ticks(planned, RULES.canary)
    assert (found.share, found.metric_seconds, found.evidence) == (0.4, 60, RULES.canary.evidence)


def test_a_tick_of_the_record_is_plain(scene: Scene) -> None:
    """Numbers that JSON holds."""
    scene.signals = {"errors": counts(1, 1)}
    found = watch.tick(CANARY, FACTS, RULES)
    assert found is not None
    told = watch.evidence(found, "2013-06-12T12:00:00+00:00")
    assert told["signals"]["errors"] | {"evidence": 0} == {
        "canary": 3000,
        "stable": 3000,
        "canary_failed": 30,
        "stable_failed": 30,
        "evidence": 0,
    }
