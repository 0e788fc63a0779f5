"""An update is followed until DescribeEndpoint says that it is over."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline import settings, states
from pipeline.errors import InfrastructureError
from pipeline.release import follow

from .conftest import SERVICE
from .test_ledger import ONE

SETTINGS = settings.Service(**{**SERVICE, "endpoint": "e", "ledger_table": "t"})  # type: ignore[arg-type]


def settle(
    monkeypatch: pytest.MonkeyPatch, *states: tuple[str, str] | None, limit: float = 600, fresh: bool = True
) -> dict[str, Any] | None:
    """Settle an update from old to new while DescribeEndpoint answers with `states`, one after the other."""
    answers = iter(states)

    def describe(name: str) -> dict[str, Any] | None:
        state = next(answers)
        return {"EndpointStatus": state[0], "EndpointConfigName": state[1]} if state else None

    monkeypatch.setattr("pipeline.endpoint.describe", describe)
    monkeypatch.setattr("pipeline.aws.poll", lambda: None)
    return follow.settled(SETTINGS, "old", "new", limit, fresh=fresh)


def test_an_update_that_does_not_show_yet_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """InService with the old configuration right after the call is not a rollback."""
    found = settle(monkeypatch, ("InService", "old"), ("Updating", "old"), ("InService", "new"))
    assert found and found["EndpointConfigName"] == "new"


def test_an_earlier_runners_update_may_be_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever takes up a release does not wait for an update to show that has come and gone."""
    found = settle(monkeypatch, ("InService", "old"), None, fresh=False)
    assert found and found["EndpointConfigName"] == "old"


def test_a_rollback_ends_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the endpoint has moved, InService with the old configuration is the end."""
    found = settle(monkeypatch, ("Updating", "old"), ("InService", "old"), None)
    assert found and found["EndpointConfigName"] == "old"


def test_an_endpoint_that_vanishes_ends_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody deleted it."""
    assert settle(monkeypatch, ("Updating", "old"), None) is None


def test_an_update_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The runner stops waiting; the release stays open and the same verb goes on."""
    with pytest.raises(InfrastructureError, match="still updating"):
        settle(monkeypatch, ("Updating", "old"), limit=-1000)


NOON = "2026-03-01T12:00:00.000+00:00"
UPDATING = ONE.having(stages=[{"at": NOON, "stage": "UpdateEndpoint"}])


def pending(status: str, on: int) -> dict[str, Any]:
    """DescribeEndpoint while some of the new fleet's two instances are on."""
    counts = {"CurrentInstanceCount": on, "DesiredInstanceCount": 2}
    variant = {"VariantStatus": [{"Status": status}], **counts}
    summary = {
        "EndpointConfigName": ONE.config_asked,
        "StartTime": datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC),
    }
    return {
        "EndpointStatus": "Updating",
        "EndpointConfigName": "old",
        "PendingDeploymentSummary": {**summary, "ProductionVariants": [variant]},
    }


def test_a_look_at_the_endpoint_is_written_down_once() -> None:
    """Stages with their times, AWS's own beginning, and how long the new fleet took."""
    record = replace(UPDATING, state=states.UPDATING)
    for minute, (status, on) in enumerate([("Creating", 0), ("Creating", 0), ("Baking", 1)], 1):
        record = follow.noted(record, pending(status, on), f"2026-03-01T12:0{minute}:00.000+00:00")
    assert [one["stage"] for one in record.details["stages"]] == [
        "UpdateEndpoint",
        "Updating, Creating",
        "Updating, Baking",
    ]
    assert (record.state, record.details["begun"]) == ("canary", "2026-03-01T12:00:05.000+00:00")
    assert record.details["seconds"] == {"provisioning": 180.0}


def test_an_update_to_something_else_is_no_progress() -> None:
    """The way back of a failed contract test bakes, too."""
    record = replace(UPDATING, state=states.UPDATING, config_asked="other")
    assert follow.noted(record, pending("Baking", 1), NOON).state == "updating"
