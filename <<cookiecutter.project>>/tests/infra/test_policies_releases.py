"""What may be done that moves an endpoint, and what must not."""

import pytest

from infra.policies import documents, releases, workflows
from pipeline import names
from tests.infra.conftest import PROJECT

PLACE = documents.around(PROJECT, "1" * 12)
KEY, OTHER = "arn:aws:kms:eu-west-1:111111111111:key/a", "arn:aws:kms:eu-west-1:111111111111:key/b"
MOVERS = [releases.release, releases.rollback]


def allowing(document: documents.Document, action: str) -> list[documents.Document]:
    """The statements that allow `action`."""
    return [one for one in document["Statement"] if action in one["Action"]]


def moving(purpose: str, environment: str) -> documents.Document:
    """What a role that moves an endpoint, or closes what another has left, may do."""
    if purpose == "monitor":
        return workflows.monitor(PLACE, environment, OTHER)
    return getattr(releases, purpose)(PLACE, environment, KEY, OTHER)


@pytest.mark.parametrize("document", MOVERS)
def test_a_verdict_is_published_of_its_own_environment_alone(document: object) -> None:
    """A metric has no ARN: its namespace names project and environment."""
    (publishing,) = allowing(document(PLACE, "production", KEY, OTHER), "cloudwatch:PutMetricData")
    namespace = names.metrics(PROJECT, "production")
    assert publishing["Condition"] == {"StringEquals": {"cloudwatch:namespace": namespace}}


@pytest.mark.parametrize("document", MOVERS)
def test_staging_publishes_no_verdict(document: object) -> None:
    """Where no alarm judges, nobody asks for one."""
    assert allowing(document(PLACE, "staging", KEY, OTHER), "cloudwatch:PutMetricData") == []


@pytest.mark.parametrize("document", MOVERS)
def test_capacity_is_moved_for_its_own_endpoint_alone(document: object) -> None:
    """A target's ARN names none, so AWS asks for what scaling does to the endpoint, too."""
    made = document(PLACE, "production", KEY, OTHER)
    (registering,) = allowing(made, "application-autoscaling:RegisterScalableTarget")
    assert registering["Condition"]["StringEquals"] == {
        "application-autoscaling:service-namespace": "sagemaker",
        "application-autoscaling:scalable-dimension": "sagemaker:variant:DesiredInstanceCount",
    }
    (weighing,) = allowing(made, "sagemaker:UpdateEndpointWeightsAndCapacities")
    assert weighing["Resource"] == [documents.endpoint(PLACE, "production")]


def test_only_productions_release_takes_the_role_that_examines() -> None:
    """Staging has no traffic to replay, and a rollback goes where a release has been."""
    taken = {
        (document.__name__, environment): [one["Resource"] for one in allowing(made, "sts:AssumeRole")]
        for document in MOVERS
        for environment in names.ENVIRONMENTS
        for made in [document(PLACE, environment, KEY, OTHER)]
    }
    assert {one for one, found in taken.items() if found} == {("release", "production")}
    assert taken["release", "production"] == [[PLACE.role("examine")]]


@pytest.mark.parametrize("environment", names.ENVIRONMENTS)
@pytest.mark.parametrize(
    "action",
    [
        "cloudwatch:PutMetricAlarm",
        "iam:PassRole",
        "sagemaker:CreateEndpointConfig",
    ],
)
def test_who_closes_a_release_starts_none(environment: str, action: str) -> None:
    """It makes nothing that could be served, and no alarm."""
    alarms = allowing(workflows.monitor(PLACE, environment, OTHER), action)
    own = [
        one for one in alarms if any(f"{PROJECT.name}-{environment}-v" in each for each in one["Resource"])
    ]
    assert (own if action == "cloudwatch:PutMetricAlarm" else alarms) == []


@pytest.mark.parametrize("environment", names.ENVIRONMENTS)
@pytest.mark.parametrize("purpose", ["rollback", "monitor"])
def test_who_goes_back_goes_to_what_was_promoted(environment: str, purpose: str) -> None:
    """The endpoint is named in a statement of its own, which the tag's condition would never match."""
    where, to = allowing(moving(purpose, environment), "sagemaker:UpdateEndpoint")
    assert where["Resource"] == [documents.endpoint(PLACE, environment)]
    assert to["Resource"] == [documents.named(PLACE, environment, "endpoint-config")]
    assert to["Condition"] == {"StringEquals": {"aws:ResourceTag/promoted": "true"}}


def test_who_closes_a_release_gives_no_other_tag_than_that_it_was_promoted() -> None:
    """It is a rollback's way back."""
    (tagging,) = allowing(workflows.monitor(PLACE, "production", OTHER), "sagemaker:AddTags")
    assert tagging["Condition"] == {"ForAllValues:StringEquals": {"aws:TagKeys": ["promoted"]}}


@pytest.mark.parametrize("purpose", ["release", "monitor"])
def test_only_its_own_environments_leftovers_are_deleted(purpose: str) -> None:
    """Configurations and models."""
    made = moving(purpose, "production")
    deleted = [
        resource.split(":")[5]
        for action in ("sagemaker:DeleteEndpointConfig", "sagemaker:DeleteModel")
        for one in allowing(made, action)
        for resource in one["Resource"]
    ]
    own = f"{PROJECT.name}-production-*"
    assert deleted == [f"endpoint-config/{own}", f"model/{own}"]


def test_a_candidate_is_examined_and_neither_registered_nor_released() -> None:
    """Two kinds of jobs, under their own roles."""
    document = workflows.examine(PLACE, KEY)
    changes = {
        action
        for one in document["Statement"]
        for action in one["Action"]
        if action.startswith("sagemaker:") and not action.split(":")[1].startswith(("Describe", "List"))
    }
    assert changes == {"sagemaker:AddTags", "sagemaker:CreateProcessingJob"}
    (passing,) = allowing(document, "iam:PassRole")
    assert set(passing["Resource"]) == {PLACE.role("evaluate"), PLACE.role("replay")}


def test_the_examiner_writes_neither_models_nor_data() -> None:
    """What it is asked to judge, it leaves as it is."""
    (writing,) = allowing(workflows.examine(PLACE, KEY), "s3:PutObject")
    assert writing["Resource"] == PLACE.objects("gate/", "replays/", "runs/")
