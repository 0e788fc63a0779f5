"""A release says what became of it: in its exit code, the ledger and the registry."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pipeline import aws, ledger, registry, scaling, tree
from pipeline.__main__ import run
from pipeline.alarms import SIGNALS

from .conftest import GROUP, TAGS, Fleet, tags_of
from .releasing import Guard

TABLE = "flights-production-releases"
FIRST = "/flights/production/first-configuration"


@pytest.fixture(autouse=True)
def guard(monkeypatch: pytest.MonkeyPatch) -> Guard:
    """Every gate and the contract test are passed, and no alarm fires, unless a test says otherwise."""
    return Guard(monkeypatch)


@pytest.fixture
def release(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, dict[str, Any]]]:
    """Run the verb; exit code and JSON."""

    def go(*arguments: str) -> tuple[int, dict[str, Any]]:
        code = run(["release", *(arguments or ("production",)), "--json"])
        document: dict[str, Any] = json.loads(capsys.readouterr().out)
        return code, document

    return go


Release = Callable[..., tuple[int, dict[str, Any]]]
Register = Callable[..., int]


@pytest.fixture
def live(fleet: Fleet, register: Register, release: Release) -> Fleet:
    """Version 1 is promoted, version 2 is registered."""
    register()
    fleet.serve(release()[1]["config_asked"])
    assert release()[1]["verdict"] == "promoted"
    register(model="two")
    return fleet


def test_the_first_release_is_prepared(fleet: Fleet, register: Register, release: Release) -> None:
    """There is nothing to update: the service stack is told what to create, with exit code 3."""
    register()
    code, document = release()
    told = aws.client("ssm").get_parameter(Name=FIRST)["Parameter"]["Value"]
    assert (code, document["verdict"], document["config_after"]) == (3, "prepared", None)
    assert (told, fleet.updates) == (document["config_asked"], [])


def test_the_prepared_release_is_taken_up(fleet: Fleet, register: Register, release: Release) -> None:
    """Once the stack has made the endpoint, the same verb promotes the same release without an update."""
    register()
    prepared = release()[1]
    fleet.serve(prepared["config_asked"])
    code, document = release()
    assert (code, document["verdict"], document["release"]) == (0, "promoted", prepared["release"])
    assert (fleet.updates, ledger.current(TABLE)) == ([], None)


def test_a_prepared_release_gives_way_while_there_is_no_endpoint(
    fleet: Fleet, register: Register, release: Release
) -> None:
    """Nothing was changed yet, so a better version need not wait for it."""
    register()
    release()
    register(model="two")
    code, document = release()
    assert (code, document["version"], len(ledger.records(TABLE))) == (3, 2, 2)


def test_an_update_that_ends_with_what_was_asked_is_promoted(live: Fleet, release: Release) -> None:
    """Exit code 0, the configuration after is the one asked for, and the lock is free."""
    code, document = release()
    assert (code, document["verdict"], document["seconds"]["to_restored"]) == (0, "promoted", None)
    assert document["config_after"] == document["config_asked"] != document["config_before"]
    assert ledger.current(TABLE) is None


def tags_of_config(name: str) -> dict[str, str]:
    """The tags of a configuration."""
    found = aws.client("sagemaker").describe_endpoint_config(EndpointConfigName=name)
    return tags_of(found["EndpointConfigArn"])


def promoted(config: str) -> bool:
    """Whether a configuration carries the tag that a rollback's role asks for."""
    return tags_of_config(config).get("promoted") == "true"


def test_what_a_release_makes_says_whose_it_is(fleet: Fleet, register: Register, release: Release) -> None:
    """Model, configuration, and the parameter of a first release: project, environment, owner, commit."""
    register()
    prepared, expected = release()[1], {**TAGS, "environment": "production"}
    model = aws.client("sagemaker").describe_model(ModelName=prepared["model"])["ModelArn"]
    listed = aws.client("ssm").list_tags_for_resource(ResourceType="Parameter", ResourceId=FIRST)["TagList"]
    assert tags_of_config(prepared["config_asked"]) == tags_of(model) == expected
    assert {one["Key"]: one["Value"] for one in listed} == expected


def test_what_is_found_again_keeps_its_tags(
    fleet: Fleet, register: Register, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next commit releases the same content: the tags say what it was made from."""
    register()
    release()
    monkeypatch.setattr("pipeline.tree.read", lambda root=None: tree.Tree("f" * 40, dirty=False))
    assert tags_of_config(release()[1]["config_asked"])["commit"] == "none"


def test_a_promoted_configuration_is_tagged(live: Fleet, release: Release) -> None:
    """A rollback may return to it."""
    assert promoted(release()[1]["config_asked"])


def test_a_tag_that_was_not_given_is_made_up_for(
    live: Fleet, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Promoted is what the endpoint serves; the same verb again, which has nothing to do, tags it."""
    with monkeypatch.context() as denied:
        error = {"Error": {"Code": "AccessDeniedException", "Message": "no"}}
        denied.setattr(live, "add_tags", lambda **_: (_ for _ in ()).throw(ClientError(error, "AddTags")))
        document = release()[1]
    config = document["config_asked"]
    assert (document["verdict"], promoted(config)) == ("promoted", False)
    assert "mark what was promoted" in str(document["warnings"])
    release()
    assert promoted(config)


def test_production_is_guarded_by_alarms_of_its_own(live: Fleet, release: Release, guard: Guard) -> None:
    """They are armed before the update, and deleted afterwards."""
    document = release()[1]
    deployment = live.updates[0]["DeploymentConfig"]
    alarms = [one["AlarmName"] for one in deployment["AutoRollbackConfiguration"]["Alarms"]]
    assert alarms == [f"flights-{document['release']}-{one}" for one in SIGNALS]
    assert guard.acts[-6:] == ["replay", "raise capacity", "plan", "arm", "disarm", "prune"]


def test_the_record_tells_how_it_went(live: Fleet, release: Release) -> None:
    """Every part has written its key."""
    release()
    record = ledger.records(TABLE)[0]
    assert {"guarded", "replay", "capacity", "plan", "alarms", "stages", "alarm_history", "seconds"} <= set(
        record.details
    )
    assert [one["stage"] for one in record.details["stages"]] == ["UpdateEndpoint", "Updating", "InService"]


def test_nothing_is_done_twice(live: Fleet, release: Release) -> None:
    """Releasing what is live is promoted at once."""
    release()
    code, document = release()
    assert (code, document["verdict"], len(live.updates)) == (0, "promoted", 1)


def test_a_live_configuration_that_somebody_deleted_is_made_again(live: Fleet, release: Release) -> None:
    """By a release of the version that is live, and without an update, which AWS would not take."""
    asked = release()[1]["config_asked"]
    aws.client("sagemaker").delete_endpoint_config(EndpointConfigName=asked)
    code, document = release()
    assert (code, document["verdict"], len(live.updates)) == (0, "promoted", 1)
    assert document["reason"].endswith("was made again") and promoted(asked)


@pytest.fixture
def alarmed(live: Fleet, guard: Guard) -> Fleet:
    """Updates end with the old configuration, because an alarm fired."""
    live.becomes = lambda old, asked: old
    guard.signal = "errors"
    return live


def test_in_service_with_the_old_configuration_is_rolled_back(alarmed: Fleet, release: Release) -> None:
    """Exit code 12, with the alarm's reason."""
    code, document = release()
    assert (code, document["verdict"], document["cause"]) == (12, "rolled_back", "backstop")
    assert document["config_after"] == document["config_before"] != document["config_asked"]
    assert document["reason"] == "errors crossed"


def test_a_configuration_that_was_taken_back_is_not_tagged(alarmed: Fleet, release: Release) -> None:
    """A rollback must not return to it."""
    assert not promoted(release()[1]["config_asked"])


def test_the_ledger_remembers_the_rollback(alarmed: Fleet, release: Release) -> None:
    """The newest record has the verdict, and the lock is free."""
    release()
    newest = ledger.records(TABLE)[0]
    assert (newest.verdict, newest.cause, ledger.current(TABLE)) == ("rolled_back", "backstop", None)


def test_a_rolled_back_version_is_rejected_and_refused(alarmed: Fleet, release: Release) -> None:
    """The registry has the evidence, and the version is not tried again."""
    release()
    assert "errors crossed" in registry.get(GROUP, 2).status_reason
    code, document = release("production", "--version", "2")
    assert (code, document["verdict"], len(alarmed.updates)) == (1, "refused", 1)


def test_the_registry_follows_the_endpoint(live: Fleet, release: Release) -> None:
    """The new version is at Production, the one it replaced is archived; the answer says so."""
    assert live.stages() == {1: "Production"}
    document = release()[1]
    assert live.stages() == {1: "Archived", 2: "Production"}
    assert document["registry"] == {"moved": {"1": "Archived", "2": "Production"}, "error": None}


def test_a_rolled_back_version_leaves_the_live_one_at_its_stage(alarmed: Fleet, release: Release) -> None:
    """Only the version that failed moves."""
    release()
    assert alarmed.stages() == {1: "Production", 2: "Rejected"}


def test_a_registry_that_refuses_changes_no_verdict(
    live: Fleet, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The endpoint serves what was asked for: exit code 0, the ledger is closed, and the refusal is told."""

    def refuse(*_: Any, **__: Any) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "UpdateModelPackage")

    with monkeypatch.context() as refusing:
        refusing.setattr(registry, "move", refuse)
        code, document = release()
    assert (code, document["verdict"], ledger.current(TABLE)) == (0, "promoted", None)
    assert document["registry"] == {
        "moved": {},
        "error": "AWS refused UpdateModelPackage: no (AccessDenied)",
    }
    assert release()[1]["registry"]["moved"] == {"1": "Archived", "2": "Production"}


def test_the_ledger_remembers_who(
    fleet: Fleet, register: Register, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The principal that AWS knows, and GitHub's actor before it."""
    monkeypatch.setenv("GITHUB_ACTOR", "octocat")
    register()
    release()
    assert str(ledger.records(TABLE)[0].by).startswith("octocat as arn:aws:")


def test_a_lack_of_machines_does_not_reject_the_version(live: Fleet, release: Release) -> None:
    """A rollback without an alarm is not the model's fault: exit code 20, and it may be tried again."""
    live.becomes = lambda old, asked: old
    code, document = release()
    assert (code, document["cause"], registry.get(GROUP, 2).status) == (20, "provision", "Approved")


def test_a_dead_runners_release_is_judged_without_a_second_update(live: Fleet, release: Release) -> None:
    """After UpdateEndpoint the endpoint alone decides: here it came back to the old configuration."""

    def die(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as dying:
        dying.setattr("pipeline.release.follow.follow", die)
        assert release()[0] == 130
    live.states = [("InService", live.states[0][1])]
    code, document = release()
    assert (code, document["verdict"], len(live.updates)) == (20, "rolled_back", 1)


def test_an_update_that_is_refused_frees_the_lock(live: Fleet, release: Release) -> None:
    """A busy endpoint is the user's to wait for; the next release is not blocked."""
    live.states = [("Updating", live.states[0][1])]
    code, document = release()
    assert (code, "run the verb again" in document["error"], ledger.current(TABLE)) == (2, True, None)
    assert ledger.records(TABLE)[0].verdict == "failed"


def test_staging_returns_when_the_contract_test_fails(
    fleet: Fleet, register: Register, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All at once there, all at once back: exit code 10, and the version is rejected."""
    register()
    fleet.serve(release("staging")[1]["config_asked"])
    release("staging")
    register(model="two")
    monkeypatch.setattr("pipeline.probe.run", lambda *_: "a prediction is nan")
    code, document = release("staging")
    assert (code, document["verdict"], document["cause"]) == (10, "rolled_back", "contract")
    assert document["config_after"] == document["config_before"]
    assert (registry.get(GROUP, 2).status, len(fleet.updates)) == ("Rejected", 2)


def test_a_first_release_that_fails_the_contract_test_is_no_success(
    fleet: Fleet, register: Register, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is nothing to return to, and the verb says so."""
    register()
    fleet.serve(release("staging")[1]["config_asked"])
    monkeypatch.setattr("pipeline.probe.run", lambda *_: "a prediction is nan")
    code, document = release("staging")
    assert (code, document["verdict"], "nothing to return to" in document["reason"]) == (10, "failed", True)


@pytest.mark.parametrize("status", ["Rejected", "PendingManualApproval"])
def test_only_an_approved_version_is_released(
    fleet: Fleet, register: Register, release: Release, status: str
) -> None:
    """Exit code 1, and nothing is written."""
    register(status)
    code, document = release("production", "--version", "1")
    assert (code, document["verdict"], ledger.records(TABLE)) == (1, "refused", [])


def resized(instance_type: str, maximum: int | None) -> None:
    """The service stack is applied with another instance type; with a maximum the endpoint scales."""
    ssm, name = aws.client("ssm"), "/flights/production/service"
    facts = json.loads(ssm.get_parameter(Name=name)["Parameter"]["Value"])
    value = json.dumps({**facts, "instance_type": instance_type})
    ssm.put_parameter(Name=name, Value=value, Type="String", Overwrite=True)
    if maximum:
        aws.client("application-autoscaling").register_scalable_target(
            ServiceNamespace="sagemaker",
            ResourceId="endpoint/flights-production/variant/live",
            ScalableDimension=scaling.DIMENSION,
            MinCapacity=2,
            MaxCapacity=maximum,
        )


def test_another_instance_type_is_no_hindrance(live: Fleet, release: Release, guard: Guard) -> None:
    """Scaling is written down, taken away and put back around the update."""
    resized("ml.m5.xlarge", maximum=4)
    assert release()[1]["verdict"] == "promoted"
    assert "raise capacity" in guard.acts


@pytest.mark.parametrize(
    ("instance_type", "maximum"), [("ml.m5.xlarge", None), ("ml.m5.large", 4)], ids=["resized", "scaling"]
)
def test_either_alone_is_no_hindrance(
    live: Fleet, release: Release, instance_type: str, maximum: int | None
) -> None:
    """Another type where nothing scales; another model where it does."""
    resized(instance_type, maximum)
    assert release()[1]["verdict"] == "promoted"
