"""The way back goes to the newest promoted version that is not live."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from pipeline import aws, ledger, registry, scaling, stages
from pipeline.__main__ import run
from pipeline.errors import UserError
from pipeline.rollback import choose

from .conftest import GROUP, Fleet

TABLE = "flights-production-releases"
ONE = ledger.Record(
    release="production-v1-20130101t000000",
    environment="production",
    kind="release",
    version=1,
    config_asked="config-1",
    model="model-1",
    state="closed",
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
    monkeypatch.setattr("pipeline.alarms.fired", lambda name: None)
    register()
    register(model="two")
    for record in HISTORY:
        ledger.save(TABLE, record)
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
        code = run(["rollback", "production", *arguments, "--json"])
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


def test_the_way_back_to_another_instance_type_is_refused_while_the_endpoint_scales(
    back: Back, fleet: Fleet
) -> None:
    """Before AWS is asked, with the release that goes back without it."""
    variant = {"VariantName": "live", "ModelName": "m", "InstanceType": "ml.m5.xlarge"}
    fleet.account.create_endpoint_config(
        EndpointConfigName="config-2", ProductionVariants=[{**variant, "InitialInstanceCount": 2}]
    )
    aws.client("application-autoscaling").register_scalable_target(
        ServiceNamespace="sagemaker",
        ResourceId="endpoint/flights-production/variant/live",
        ScalableDimension=scaling.DIMENSION,
        MinCapacity=2,
        MaxCapacity=4,
    )
    code, document = back()
    assert (code, document["cause"], fleet.updates) == (1, "scaling", [])
    assert "run `pipeline release production --version 1`, which stays on ml.m5.xlarge" in document["reason"]
