"""The release is as it should be, and the world around it is not."""

import time
from typing import Any

import pytest
from production import Production

pytestmark = pytest.mark.slow


def test_of_two_releases_one_begins(ready: Production) -> None:
    """The other one is told which is under way, and changes nothing."""
    before, candidate = ready.live(), ready.candidate()
    other = next(number for number in ready.good if number != candidate)
    running = ready.under("canary")
    refused = ready.release(other).end()
    assert refused.code == 2 and "is under way" in refused.document["error"], refused
    ended = running.end()
    assert (ended.code, ended.document["version"]) == (0, candidate), ended
    assert ready.in_order(before).state == "promoted"


def test_the_same_release_twice_is_one_update(ready: Production) -> None:
    """Both processes follow it, both tell the same end, and the ledger has it once."""
    before, known, candidate = ready.live(), len(ready.records()), ready.candidate()
    first = ready.under("canary", candidate)
    second = ready.release(candidate)
    ended = [one.end() for one in (first, second)]
    assert [(one.code, one.document["verdict"]) for one in ended] == [(0, "promoted")] * 2, ended
    assert ready.in_order(before).state == "promoted"
    assert len(ready.records()) == known + 1


def test_a_release_takes_up_what_a_dead_one_left(ready: Production) -> None:
    """While the candidate bakes: judged again from what AWS remembers, and promoted."""
    before, known, candidate = ready.live(), len(ready.records()), ready.candidate()
    running = ready.under("canary", candidate)
    running.kill()
    ended = ready.release(candidate).end()
    assert ended.document["verdict"] in ("promoted", "rolled_back"), ended
    ready.in_order(before)
    assert len(ready.records()) == known + 1


def test_a_person_takes_it_back_during_the_bake(ready: Production) -> None:
    """Both processes say so, and the record says who."""
    before, since = ready.live(), time.time()
    running = ready.under("canary")
    ready.run("pipeline", "rollback", "production", "--yes", "--why", "I have seen enough", code=13)
    ended = running.end()
    assert (ended.code, ended.document["cause"]) == (13, "human"), ended
    record = ready.in_order(before)
    assert record.state == "rolled_back" and record.aborted_by
    assert ready.failed(since) == 0


def test_what_was_rejected_is_not_released(ready: Production) -> None:
    """Neither asked for an update nor written down."""
    before, known = ready.live(), len(ready.records())
    ready.account.client("sagemaker").update_model_package(
        ModelPackageArn=ready.package(ready.broken), ModelApprovalStatus="Rejected", ApprovalDescription="it is broken"
    )
    ended = ready.start("pipeline", "release", "production", "--version", str(ready.broken)).end()
    assert (ended.code, ended.document["verdict"]) == (1, "refused"), ended
    assert "it is broken" in ended.document["reason"]
    assert ready.live() == before and len(ready.records()) == known and not ready.locked()


WORLDS = {
    "the ledger is out of reach for a minute": {"do": "unreachable", "operation": "dynamodb.*", "seconds": 60},
    "CloudWatch is out of reach for a minute": {"do": "unreachable", "operation": "cloudwatch.*", "seconds": 60},
    "metrics come a minute late": {"do": "metrics", "late": 60},
    "metrics are revised": {"do": "metrics", "late": 10, "revised": 40, "share": 0.5},
    "AWS's clock is ahead by five minutes": {"do": "clock", "shift": 300},
    "AWS's clock is behind by five minutes": {"do": "clock", "shift": -300},
}


@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
def test_a_healthy_release_is_promoted_although(ready: Production, world: dict[str, Any]) -> None:
    """From the moment when it bakes."""
    before, since = ready.live(), time.time()
    running = ready.under("canary")
    ready.fault(**world)
    ended = running.end()
    ready.lift()
    assert (ended.code, ended.document["verdict"]) == (0, "promoted"), ended
    assert ready.in_order(before).state == "promoted"
    assert ready.failed(since) == 0
