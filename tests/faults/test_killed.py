"""The process that releases is killed: in every state, and before and after each call that changes something.

Whatever it was about, production serves what it served before, or what was asked for if that is what the record says.
Nobody's request fails.
"""

import json
import time
from pathlib import Path

import pytest
from killable import LONG, until
from production import Production

pytestmark = pytest.mark.slow
STATES = ("locked", "gated", "prepared", "updating", "canary", "final")
# what a release asks AWS to change, in the order of the first time
CALLS = (
    "dynamodb.TransactWriteItems",
    "s3.PutObject",
    "sagemaker.CreateProcessingJob",
    "sagemaker.CreateModel",
    "sagemaker.CreateEndpointConfig",
    "application-autoscaling.RegisterScalableTarget",
    "cloudwatch.PutMetricAlarm",
    "cloudwatch.PutMetricData",
    "sagemaker.UpdateEndpoint",
    "sagemaker.AddTags",
    "cloudwatch.DeleteAlarms",
    "sagemaker.UpdateModelPackage",
)
BEAT = "dynamodb.UpdateItem"  # a thread's, all the time
ROLES = ("ci-release-production", "examine")
READS = ("Describe", "Get", "List", "Head", "Query", "Scan", "Search", "Assume", "Invoke")


@pytest.mark.parametrize("state", STATES)
def test_killed_in(ready: Production, state: str) -> None:
    """Killed as soon as the ledger says so."""
    before, since = ready.live(), time.time()
    running = ready.under(state)
    state = ready.state()
    running.kill()
    record = ready.reconciled(before)
    assert (record.state, record.cause) in expected(state)
    assert ready.failed(since) == 0


def expected(state: str) -> set[tuple[str, str | None]]:
    """How a release ends whose process dies in a state: before the update nothing has happened, later it goes back.

    In its last moments it may also be promoted: the final bake may be shorter than the heartbeat's window.
    """
    if state in ("locked", "gated", "prepared"):
        return {("failed", "provision")}
    return {("rolled_back", "heartbeat")} | ({("promoted", None)} if state == "final" else set())


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", CALLS)
def test_killed_around(ready: Production, call: str, when: str) -> None:
    """Killed while the call waits to be carried out, or to be answered."""
    before, since, known = ready.live(), time.time(), len(ready.records())
    ready.forget()
    whose = "*examine*" if call == "s3.PutObject" else "*"  # endpoints write what they capture all the time
    ready.fault(do="hold", operation=call, when=when, nth=1, caller=whose)
    running = ready.release()
    until(ready.held, LONG, f"{call} held")
    running.kill()
    ready.lift()
    ready.reconciled(before)
    assert len(ready.records()) == known + (0 if (call, when) == (CALLS[0], "before") else 1)
    assert ready.failed(since) == 0


def test_no_call_is_forgotten(ready: Production) -> None:
    """What a release's roles have asked AWS to change is what the test above kills it around."""
    ready.forget()
    ended = ready.release(**ready.session(ROLES[0])).end()
    assert ended.document["verdict"] == "promoted", ended
    decisions = Path(ready.account.environment["SANDBOX_STATE"]) / "decisions.jsonl"
    lines = [json.loads(line) for line in decisions.read_text().splitlines()]
    own = [line for line in lines if not line["behalf"] and any(role in line["role"] for role in ROLES)]
    asked = {line["operation"] for line in own} - {BEAT}
    assert {one for one in asked if not one.split(".")[1].startswith(READS)} == set(CALLS)
