"""AWS does not do what it is asked for: an update is refused, a fleet does not come up, or gets no traffic."""

import time
from typing import Any

import pytest
from killable import LONG, until
from production import Production

pytestmark = pytest.mark.slow
UPDATE = "sagemaker.UpdateEndpoint"


def test_a_throttled_update_is_asked_for_again(ready: Production) -> None:
    """And promoted."""
    before = ready.live()
    ready.fault(do="error", operation=UPDATE, code="ThrottlingException", message="Rate exceeded", nth=1, times=5)
    ended = ready.release().end()
    assert (ended.code, ended.document["verdict"]) == (0, "promoted"), ended
    assert ready.in_order(before).state == "promoted"


@pytest.mark.parametrize("code", ["ResourceLimitExceeded", "ValidationException"])
def test_a_refused_update_ends_the_release(ready: Production, code: str) -> None:
    """Production is as it was, with its capacity; the reason is AWS's."""
    before = ready.live()
    ready.fault(do="error", operation=UPDATE, code=code, message="no instance left")
    ended = ready.release().end()
    assert ended.code == 20, ended
    record = ready.in_order(before)
    assert (record.state, record.cause) == ("failed", "provision")
    assert "no instance left" in str(record.reason)


@pytest.mark.parametrize("fleet", [{"do": "dead"}, {"do": "silent"}], ids=["cannot start", "never answers"])
def test_a_container_that_does_not_come_up_serves_nobody(ready: Production, fleet: dict[str, Any]) -> None:
    """SageMaker stays with the old fleet, and no request fails."""
    before, since = ready.live(), time.time()
    ready.fault(endpoint=ready.endpoint, **fleet)
    ended = ready.release().end()
    assert (ended.code, ended.document["cause"]) == (20, "provision"), ended
    assert ready.in_order(before).state == "rolled_back"
    assert ready.failed(since) == 0


def test_a_fleet_without_traffic_does_not_stay(ready: Production) -> None:
    """Nothing is known of it, while the old one answers everything."""
    before, since = ready.live(), time.time()
    running = ready.under("updating")
    ready.fault(do="starved", endpoint=ready.endpoint, config=ready.asked())
    ended = running.end()
    assert (ended.code, ended.document["cause"]) == (10, "judge"), ended
    assert ready.in_order(before).state == "rolled_back"
    assert ready.failed(since) == 0


def test_an_outage_of_both_fleets_is_not_the_candidates(ready: Production) -> None:
    """Each fails four of a hundred requests, more than the judge's floor: it is promoted."""
    before = ready.live()
    running = ready.under("canary")
    ready.fault(do="errors", endpoint=ready.endpoint, share=0.04)
    ended = running.end()
    assert (ended.code, ended.document["verdict"]) == (0, "promoted"), ended
    assert ready.in_order(before).state == "promoted"


def test_an_outage_that_the_alarms_do_not_allow_is_on_record_as_such(ready: Production) -> None:
    """Nine of ten requests: the judge holds, as the old fleet fails alike, and the alarm on errors does not."""
    before = ready.live()
    running = ready.under("canary")
    ready.fault(do="errors", endpoint=ready.endpoint, share=0.9)
    ended = running.end()
    assert (ended.code, ended.document["cause"]) == (12, "backstop"), ended
    assert ready.in_order(before).state == "rolled_back"


def test_an_old_configuration_that_is_deleted_is_not_missed(ready: Production) -> None:
    """Where all goes well: the new one is promoted, and nobody can go back to what is not there."""
    before = ready.live()
    running = ready.under("canary")
    ready.account.client("sagemaker").delete_endpoint_config(EndpointConfigName=before)
    ended = running.end()
    assert (ended.code, ended.document["state"]) == (0, "promoted"), ended  # proven or not: the machine may be busy
    assert ready.in_order(before).state == "promoted"
    back = ready.start("pipeline", "rollback", "production", "--yes").end()
    assert back.code == 2 and "was deleted" in back.document["error"]


def test_an_old_configuration_that_is_deleted_leaves_nothing_unknown(ready: Production) -> None:
    """A person takes the candidate back while nothing is there to return to by name: what is live is on record.

    AWS takes no update of an endpoint whose configuration is gone. The next release says so, and how it is mended.
    """
    before, live = ready.live(), next(number for number in ready.good if number != ready.candidate())
    running = ready.under("canary")
    ready.account.client("sagemaker").delete_endpoint_config(EndpointConfigName=before)
    ready.run("pipeline", "rollback", "production", "--yes", code=13)
    ended = running.end()
    assert ended.code == 13, ended
    until(ready.settled, LONG, "production in service")
    assert ready.in_order(before).state == "rolled_back"
    refused = ready.release().end()
    assert refused.code == 2 and "somebody deleted" in refused.document["error"], refused
    mended = ready.run("pipeline", "release", "production", "--version", str(live))
    assert "was made again" in mended["reason"]
    assert ready.account.client("sagemaker").describe_endpoint_config(EndpointConfigName=before)
