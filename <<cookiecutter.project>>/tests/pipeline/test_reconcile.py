"""What a dead process left is closed once, as it stands, and a living one's is not touched."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pipeline import aws, beat, ledger, policy, shadow, states
from pipeline.__main__ import run
from pipeline.ledger import Record
from pipeline.release import left

from .conftest import Fleet, keep
from .guarded import FACTS, RULES
from .releasing import Guard

TABLE = "flights-production-releases"
OPEN = Record(
    release="production-v2-20260301t000000000",
    environment="production",
    kind="release",
    version=2,
    config_before="old",
    config_asked="new",
    model="flights-production-2",
    started="2026-03-01T00:00:00.000+00:00",
    details={"guarded": True},
)
Reconcile = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def reconcile(
    fleet: Fleet,
    register: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Reconcile:
    """Production serves `old`, version 2 is registered; run the verb over an open record."""
    Guard(monkeypatch)
    register()
    register(model="two")
    variant = {"VariantName": "live", "ModelName": "m", "InstanceType": "ml.m5.large"}
    fleet.account.create_model(ModelName="m", ExecutionRoleArn="arn:aws:iam::123456789012:role/flights-job")
    for name in ("old", "new"):
        fleet.account.create_endpoint_config(
            EndpointConfigName=name, ProductionVariants=[{**variant, "InitialInstanceCount": 2}]
        )
    fleet.serve("old")

    def go(record: Record, *arguments: str) -> tuple[int, dict[str, Any]]:
        ledger.begin(TABLE, record)
        code = run(["reconcile", "production", *arguments, "--json"])
        document: dict[str, Any] = json.loads(capsys.readouterr().out)
        return code, document

    return go


def last() -> Record:
    """What the ledger says now."""
    return ledger.records(TABLE)[0]


@pytest.mark.parametrize("status", ["InService", "Updating"])
def test_a_shadow_is_taken_away(reconcile: Reconcile, fleet: Fleet, status: str) -> None:
    """Whatever policy says about shadows by now; the old configuration serves alone, the ledger is closed."""
    fleet.states = [(status, "shadowed"), ("InService", "shadowed")]
    code, document = reconcile(OPEN.having(shadowing="shadowed"))
    assert (code, document["verdict"], document["cause"], document["config_after"]) == (
        0,
        "failed",
        "provision",
        "old",
    )
    assert [one["EndpointConfigName"] for one in fleet.updates] == ["old"]
    assert ledger.current(TABLE) is None


def test_without_a_shadow_nothing_is_updated(reconcile: Reconcile, fleet: Fleet) -> None:
    """The live configuration was never touched."""
    code, document = reconcile(OPEN)
    assert (code, document["verdict"], document["config_after"], fleet.updates) == (0, "failed", "old", [])


@pytest.mark.parametrize("state", states.BEFORE_UPDATE[:2])
def test_what_serves_already_is_not_promoted_by_a_release_that_was_not_let_through(
    reconcile: Reconcile, fleet: Fleet, state: str
) -> None:
    """Somebody else brought it there: the record has failed, and is closed."""
    fleet.serve("new")
    code, document = reconcile(replace(OPEN, state=state, config_before="new"))
    assert (code, document["verdict"], last().state) == (0, "failed", "failed")
    assert ledger.current(TABLE) is None


def test_a_first_release_that_died_early_does_not_blame_anybody(reconcile: Reconcile, fleet: Fleet) -> None:
    """There was no endpoint that could have been deleted."""
    fleet.states = []
    document = reconcile(replace(OPEN, config_before=None))[1]
    assert (document["verdict"], "died, locked" in document["reason"]) == ("failed", True)


def test_waiting_for_a_living_process_does_not_close_its_release(
    reconcile: Reconcile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also before its update, when the endpoint looks as if nothing was under way."""
    looks = iter([True, True])

    def alive(table: str, record: Record) -> bool:
        if next(looks, False):
            return True
        assert ledger.current(table) is not None, "closed while its process was alive"
        ledger.close(table, replace(record, state=states.UPDATING, verdict="promoted"), ledger.PROMOTED)
        return True

    monkeypatch.setattr(beat, "alive", alive)
    code, document = reconcile(OPEN, "--wait")
    assert (code, document["found"], document["verdict"]) == (0, "closed", "promoted")


@pytest.mark.parametrize("denied", [False, True], ids=["promoted", "never promoted"])
def test_a_contract_test_that_failed_before_the_process_died_is_heeded(
    reconcile: Reconcile, fleet: Fleet, monkeypatch: pytest.MonkeyPatch, denied: bool
) -> None:
    """Back to what was promoted; where that is not allowed the ledger is closed all the same, and says so."""
    monkeypatch.setattr("pipeline.release.closing.proved", lambda record: True)
    fleet.serve("new")
    if denied:
        error = {"Error": {"Code": "AccessDeniedException", "Message": "no"}}

        def update_endpoint(**_: Any) -> None:
            raise ClientError(error, "UpdateEndpoint")

        monkeypatch.setattr(fleet, "update_endpoint", update_endpoint)
    proof = {"wrong": "a prediction is nan", "cause": "contract"}
    record = replace(OPEN, state=states.UPDATING).having(proof=proof, guarded=False)
    document = reconcile(record)[1]
    served, word = ("new", "failed") if denied else ("old", "rolled_back")
    assert (document["verdict"], document["cause"], document["config_after"]) == (word, "contract", served)
    assert ("still served" in document["reason"], ledger.current(TABLE)) == (denied, None)


def test_of_two_that_close_the_first_has_the_last_word(
    reconcile: Reconcile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hourly one and a release's own: neither stumbles over the other."""
    keep(TABLE, OPEN)
    real = ledger.save

    def elsewhere(table: str, record: Record) -> Record:
        monkeypatch.setattr(ledger, "save", real)
        ledger.close(table, replace(record, verdict="failed", reason="theirs"), ledger.FAILED)
        return ledger.save(table, record)

    ledger_open = ledger.begin(TABLE, replace(OPEN, release="production-v2-other"))
    monkeypatch.setattr(ledger, "save", elsewhere)
    record, _ = left.close(ledger_open, FACTS, policy.load())
    assert (record.state, record.reason) == ("failed", "theirs")


def test_which_configuration_has_the_shadow_is_known_before_it_is_served(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch, register: Callable[..., int]
) -> None:
    """Or nobody could tell what to take away."""
    known: list[Any] = []
    monkeypatch.setattr(policy, "load", lambda: replace(RULES, shadow=replace(RULES.shadow, seconds=60)))
    monkeypatch.setattr(shadow, "make", lambda *_: "shadowed")

    def ran(*_: Any) -> dict[str, Any]:
        present = ledger.current(TABLE)
        known.append(present and present.details["shadowing"])
        return {"passed": False, "sentence": "slow"}

    monkeypatch.setattr(shadow, "run", ran)
    Guard(monkeypatch)
    register()
    fleet.serve("old")
    assert run(["release", "production"]) == 1
    assert known == ["shadowed"]


@pytest.fixture
def summary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A job's summary."""
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    return tmp_path / "summary"


def test_a_workflow_is_told_what_was_closed(reconcile: Reconcile, summary: Path) -> None:
    """Release, outcome, and what is live."""
    reconcile(OPEN)
    said = summary.read_text()
    assert said.startswith("**reconcile** production: closed release of version 2 in production: ")
    assert "live: old" in said


@pytest.mark.usefixtures("fleet")
def test_a_workflow_is_told_that_nothing_is_open(summary: Path) -> None:
    """Every hour, nearly."""
    run(["reconcile", "production"])
    assert summary.read_text() == "**reconcile** production: nothing to do, no release is open.\n\n"


def test_a_service_that_is_busy_at_the_end_is_asked_again(
    reconcile: Reconcile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody would restore the scaling later: the ledger is closed."""
    answers = iter([{"Error": {"Code": "ThrottlingException", "Message": "slow down"}}])
    restored: list[Any] = []

    def restore(_service: Any, before: Any) -> None:
        if error := next(answers, None):
            raise ClientError(error, "RegisterScalableTarget")
        restored.append(before)

    monkeypatch.setattr("pipeline.capacity.restore", restore)
    monkeypatch.setattr(aws, "poll", lambda: None)
    document = reconcile(OPEN.having(capacity={"target": {"MinCapacity": 1}}))[1]
    assert (restored, document["warnings"]) == ([{"target": {"MinCapacity": 1}}], [])
