"""What a rollback may go back to stays; what nobody needs goes."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from pipeline import aws, endpoint, ledger, prune, settings
from pipeline.__main__ import run

from .conftest import ROLE
from .guarded import RELEASE

CLOSED = replace(RELEASE, ended="2013-06-12T12:00:00+00:00")


def past(config: str, verdict: str = "promoted", **changes: Any) -> ledger.Record:
    """A closed release."""
    return replace(CLOSED, config_asked=config, config_before=None, verdict=verdict, **changes)


def test_the_last_promoted_are_remembered() -> None:
    """Newest first, proved or not; what was promoted twice counts once, what went back does not."""
    history = [
        past("e", "promoted_unproven"),
        past("d", "rolled_back"),
        past("c"),
        past("e"),
        past("b"),
        past("a"),
    ]
    assert prune.remembered(history, 3) == {"e", "c", "b"}


def test_an_open_release_keeps_both_ends() -> None:
    """What it asked for, and what it may go back to."""
    assert prune.remembered([RELEASE], 1) == {"new", "old"}


def test_what_the_endpoint_names_stays() -> None:
    """Live and on its way, whatever the ledger says."""
    pending = {"PendingDeploymentSummary": {"EndpointConfigName": "new"}}
    assert prune.named({"EndpointConfigName": "old"} | pending) == {"new", "old"}
    assert prune.named(None) == set()


def name(digit: int) -> str:
    """A configuration, and its model."""
    return f"flights-production-{str(digit) * 12}"


@pytest.fixture
def account(cloud: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Six releases one after the other, the fifth of which is live; staging has one of its own."""
    sagemaker = cloud("sagemaker")
    for one in [*map(name, range(1, 7)), "flights-staging-111111111111"]:
        sagemaker.create_model(
            ModelName=one, PrimaryContainer={"Image": "repository@sha256:1"}, ExecutionRoleArn=ROLE
        )
        variant = {
            "VariantName": "live",
            "ModelName": one,
            "InstanceType": "ml.m5.large",
            "InitialInstanceCount": 1,
        }
        sagemaker.create_endpoint_config(EndpointConfigName=one, ProductionVariants=[variant])
    history = [past(name(6), "rolled_back"), *(past(name(digit)) for digit in (5, 4, 3, 2, 1))]
    monkeypatch.setattr(ledger, "records", lambda table: history)
    live = {"EndpointStatus": "InService", "EndpointConfigName": name(5)}
    monkeypatch.setattr(endpoint, "describe", lambda name: live)
    return sagemaker


def left(account: Any) -> tuple[list[str], list[str]]:
    """Production's configurations and models."""
    configs = account.list_endpoint_configs()["EndpointConfigs"]
    models = account.list_models()["Models"]
    both = ([one["EndpointConfigName"] for one in configs], [one["ModelName"] for one in models])
    configs_left, models_left = ([one for one in found if "production" in one] for found in both)
    return sorted(configs_left), sorted(models_left)


def test_what_nobody_goes_back_to_is_deleted(account: Any) -> None:
    """Configurations and their models, of this environment alone."""
    gone = prune.prune("production", settings.service("production"), 3, dry_run=False)
    assert gone == [name(1), name(2), name(6)] * 2
    assert left(account) == ([name(3), name(4), name(5)],) * 2
    assert len(account.list_models()["Models"]) == 4


def test_a_dry_run_deletes_nothing(account: Any) -> None:
    """And says the same."""
    assert prune.prune("production", settings.service("production"), 3, dry_run=True) == [
        *[name(1), name(2), name(6)],
        *[name(1), name(2), name(6)],
    ]
    assert len(left(account)[0]) == 6


def test_what_is_live_stays_however_few_are_kept(account: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A ledger that was lost does not cost the endpoint its configuration."""
    monkeypatch.setattr(ledger, "records", lambda table: [])
    prune.prune("production", settings.service("production"), 1, dry_run=False)
    assert left(account) == ([name(5)], [name(5)])


def test_a_release_that_began_meanwhile_keeps_its_configuration(
    account: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the list and the deletion somebody rolls back to the second."""
    looks: list[int] = []

    def describe(_: str) -> dict[str, Any]:
        looks.append(1)
        begun = {"PendingDeploymentSummary": {"EndpointConfigName": name(2)}} if len(looks) > 1 else {}
        return {"EndpointStatus": "InService", "EndpointConfigName": name(5)} | begun

    monkeypatch.setattr(endpoint, "describe", describe)
    prune.prune("production", settings.service("production"), 3, dry_run=False)
    assert name(2) in left(account)[0]
    assert name(2) in left(account)[1]


def test_a_model_that_two_configurations_serve_stays(account: Any) -> None:
    """Another machine is another configuration of the same model."""
    variant = {
        "VariantName": "live",
        "ModelName": name(1),
        "InstanceType": "ml.m5.xlarge",
        "InitialInstanceCount": 1,
    }
    account.delete_endpoint_config(EndpointConfigName=name(5))
    account.create_endpoint_config(EndpointConfigName=name(5), ProductionVariants=[variant])
    prune.prune("production", settings.service("production"), 1, dry_run=False)
    assert left(account) == ([name(5)], [name(1)])


def test_the_verb_says_what_is_gone(account: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """As JSON, with policy's number of configurations to keep."""
    assert run(["prune", "production", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document == {"environment": "production", "deleted": [name(6)] * 2, "dry_run": False}


def test_what_is_gone_already_is_no_error(account: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two who prune at once."""
    monkeypatch.setattr(prune, "made", lambda environment, operation: [name(8)])
    assert prune.prune("production", settings.service("production"), 1, dry_run=False) == [name(8), name(8)]
    assert aws.find(account.describe_model, ModelName=name(8)) is None
