"""The way back goes to the newest promoted version that is not live."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline import aws, ledger, registry, stages
from pipeline.__main__ import run
from pipeline.errors import UserError
from pipeline.rollback import choose, provisioning

from .conftest import GROUP, Fleet, keep
from .guarded import PLAN
from .releasing import Guard, current

TABLE = "flights-production-releases"
ONE = ledger.Record(
    release="production-v1-20130101t000000",
    environment="production",
    kind="release",
    version=1,
    config_asked="config-1",
    model="model-1",
    state=ledger.PROMOTED,
    verdict="promoted",
    started="2013-01-01T00:00:00+00:00",
)
TWO = replace(
    ONE, release="production-v2", version=2, config_asked="config-2", started="2013-01-02T00:00:00+00:00"
)
HISTORY = [TWO, ONE]
Back = Callable[..., tuple[int, dict[str, Any]]]


def test_the_version_before_is_chosen() -> None:
    """Version 2 is live, so version 1 is the way back."""
    assert choose(HISTORY, "config-2", "production", None).config == "config-1"


@pytest.mark.parametrize(
    ("number", "sentence"), [(9, "version 9 was never promoted"), (None, "no other version")]
)
def test_without_a_way_back_a_sentence_says_so(number: int | None, sentence: str) -> None:
    """It names the verb that lists what there is."""
    with pytest.raises(UserError, match=sentence):
        choose([ONE], "config-1", "production", number)


@pytest.fixture
def back(
    fleet: Fleet,
    register: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Back:
    """Version 2 is live after version 1; run the verb."""
    Guard(monkeypatch)
    register()
    register(model="two")
    for record in HISTORY:
        keep(TABLE, record)
    variant = {
        "VariantName": "live",
        "ModelName": "m",
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 2,
    }
    fleet.account.create_model(ModelName="m", ExecutionRoleArn="arn:aws:iam::123456789012:role/flights-job")
    fleet.account.create_endpoint_config(EndpointConfigName="config-1", ProductionVariants=[variant])
    fleet.serve("config-2")

    def go(*arguments: str) -> tuple[int, dict[str, Any]]:
        code = run(["rollback", "production", "--yes", *arguments, "--json"])
        document: dict[str, Any] = json.loads(capsys.readouterr().out)
        return code, document

    return go


def test_one_command_returns_to_the_version_before(back: Back, fleet: Fleet) -> None:
    """By the same guarded path as a release, and recorded as a rollback."""
    code, document = back()
    assert (code, document["kind"], document["verdict"], document["version"]) == (
        0,
        "rollback",
        "promoted",
        1,
    )
    assert document["config_after"] == "config-1"
    assert "AutoRollbackConfiguration" in fleet.updates[0]["DeploymentConfig"]


def test_at_once_means_without_canary_and_alarm(back: Back, fleet: Fleet) -> None:
    """Nobody judges the way back, and the record says that it was so."""
    code, document = back("--now", "--why", "it burns")
    record = ledger.records(TABLE)[0]
    assert (code, document["config_after"]) == (0, "config-1")
    assert "AutoRollbackConfiguration" not in fleet.updates[0]["DeploymentConfig"]
    assert (record.why, record.details["guarded"]) == ("it burns", False)


def test_thin_traffic_is_no_reason_to_stay(
    back: Back, fleet: Fleet, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Policy's wish for a proof is about new models."""
    asked: list[bool] = []
    policy = (project / "policy.toml").read_text().replace("unproven = true", "unproven = false")
    (project / "policy.toml").write_text(policy)
    monkeypatch.setattr(
        "pipeline.preflight.plan",
        lambda live, record, service, rules: asked.append(rules.canary.unproven) or PLAN,
    )
    assert (back()[0], asked) == (0, [True])


def test_a_rollback_asks_first(back: Back, fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    """Where nobody can answer, it says what to add, and what it would have done."""
    code = run(["rollback", "production"])
    said = capsys.readouterr().err
    assert (code, "add --yes" in said, fleet.updates) == (2, True, [])
    assert "production will serve version 1, config-1, by canary; until a new fleet is up: unknown" in said


def test_how_long_a_new_fleet_takes_is_known_from_the_last_one() -> None:
    """Newest first; what was never measured is unknown."""
    timed = TWO.having(seconds={"provisioning": 141.6})
    assert provisioning([ONE, timed]) == "142 seconds, as for the last one"
    assert provisioning([ONE]) == "unknown, minutes as a rule"


@pytest.fixture
def baking(back: Back, fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    """A release of version 1 beside the live version 2 bakes, and its process is dead."""
    record = replace(
        ONE, release="production-v1-again", state="canary", config_before="config-2", verdict=None
    ).having(stages=[{"at": "2013-01-03T00:00:00+00:00", "stage": "UpdateEndpoint"}])
    ledger.begin(TABLE, record)
    fleet.updates = [{"EndpointConfigName": "config-1"}]
    fleet.states = [("Updating", "config-2")] * 4 + [("InService", "config-2")]
    return fleet


def test_during_a_bake_a_rollback_is_an_abort(baking: Fleet, back: Back) -> None:
    """The reject alarm is told, the endpoint goes back, and the release is closed: exit code 13."""
    code, document = back("--why", "I have seen enough")
    record = ledger.get(TABLE, "production-v1-again")
    assert (code, document["verdict"], document["cause"]) == (13, "rolled_back", "human")
    assert record and str(record.aborted_by).endswith(": I have seen enough")
    assert (len(baking.updates), ledger.current(TABLE), document["config_after"]) == (1, None, "config-2")


def test_a_living_process_closes_what_is_aborted(
    baking: Fleet, back: Back, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The abort waits for it, and tells what it wrote."""

    def alive(table: str, record: ledger.Record) -> bool:
        if record.aborted_by:
            closing = replace(record, verdict="rolled_back", cause="human", reason="aborted")
            ledger.close(table, closing, "rolled_back")
        return True

    monkeypatch.setattr("pipeline.beat.alive", alive)
    assert back()[1]["reason"] == "aborted"


def test_an_abort_that_comes_too_late_is_no_success(baking: Fleet, back: Back) -> None:
    """The endpoint serves the new configuration: the sentence says so, and what to run."""
    baking.states = [("Updating", "config-2"), ("Updating", "config-2"), ("InService", "config-1")]
    code, document = back()
    assert (code, "came too late" in document["error"]) == (20, True)
    assert "run `pipeline rollback production` again" in document["error"]


def test_an_update_without_alarms_is_not_aborted(baking: Fleet, back: Back) -> None:
    """There is no lever: it is waited for."""
    ledger.save(TABLE, replace(current(TABLE)).having(guarded=False))
    code, document = back()
    assert (code, "has no alarm to abort it by" in document["error"]) == (2, True)


def test_a_dead_release_that_never_began_is_closed_and_rolled_past(back: Back, fleet: Fleet) -> None:
    """It is not in the way of a rollback."""
    dead = replace(ONE, release="dead", state="gated", config_before="config-2", config_asked="config-9")
    ledger.begin(TABLE, dead)
    assert back()[1]["config_after"] == "config-1"
    found = ledger.get(TABLE, "dead")
    assert found and found.state == "failed"


def test_a_healthy_version_that_is_left_is_not_rejected(back: Back, fleet: Fleet) -> None:
    """Going back is a decision, not a verdict on the model: it is archived, and stays approved."""
    registry.move(f"{GROUP.replace('-group', '')}/2", stages.PRODUCTION, "released")
    back()
    assert fleet.stages() == {1: "Production", 2: "Archived"}
    arn = aws.client("sagemaker").list_model_packages(ModelPackageGroupName="flights")
    assert {one["ModelApprovalStatus"] for one in arn["ModelPackageSummaryList"]} == {"Approved"}


def test_a_configuration_that_was_deleted_is_named(back: Back, fleet: Fleet) -> None:
    """The sentence says how to make it again."""
    fleet.account.delete_endpoint_config(EndpointConfigName="config-1")
    code, document = back()
    assert (code, "pipeline release production --version 1" in document["error"]) == (2, True)


def test_without_an_endpoint_there_is_nothing_to_roll_back(back: Back, fleet: Fleet) -> None:
    """The user's mistake, in one sentence."""
    fleet.states = []
    assert back() == (2, {"error": "production has no endpoint: release a version first"})
