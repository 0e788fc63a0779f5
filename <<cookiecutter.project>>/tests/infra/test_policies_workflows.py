"""What each workflow job may do, and what it must not."""

import json

import pytest

from infra.policies import documents, releases, workflows
from pipeline import names, tags
from tests.infra.conftest import PROJECT

PLACE = documents.around(PROJECT, "1" * 12)
KEY, OTHER = "arn:aws:kms:eu-west-1:111111111111:key/a", "arn:aws:kms:eu-west-1:111111111111:key/b"


def actions(document: documents.Document) -> set[str]:
    """All that a document allows."""
    return {action for one in document["Statement"] for action in one["Action"]}


def test_retraining_does_not_move_an_endpoint() -> None:
    """Nor make what one serves."""
    forbidden = {"sagemaker:UpdateEndpoint", "sagemaker:CreateModel", "sagemaker:CreateEndpointConfig"}
    assert not forbidden & actions(workflows.retrain(PLACE, KEY))


def test_a_rollback_tags_alarms_and_scaling_and_makes_and_passes_nothing_else() -> None:
    """It goes back to what exists; a grant is for the volumes of the instances that this starts."""
    document = releases.rollback(PLACE, "production", KEY, OTHER)
    made = {one for one in actions(document) if "Create" in one or "Tag" in one or "PassRole" in one}
    assert made == {"application-autoscaling:TagResource", "cloudwatch:TagResource", "kms:CreateGrant"}


@pytest.mark.parametrize("environment", names.ENVIRONMENTS)
def test_no_configuration_is_made_as_a_promoted_one(environment: str) -> None:
    """Of what it is tagged with when it is made, only these; `promoted` comes later."""
    document = releases.release(PLACE, environment, KEY, OTHER)
    (making,) = [one for one in document["Statement"] if "sagemaker:CreateEndpointConfig" in one["Action"]]
    assert making["Condition"] == {"ForAllValues:StringEquals": {"aws:TagKeys": list(tags.KEYS)}}


def test_a_rollback_names_promoted_configurations_only() -> None:
    """The condition is on the configuration and not on the endpoint, which carries no such tag."""
    document = releases.rollback(PLACE, "production", KEY, OTHER)
    moving = [one for one in document["Statement"] if one["Action"] == ["sagemaker:UpdateEndpoint"]]
    conditions = {one["Resource"][0].split(":")[5].split("/")[0]: one.get("Condition") for one in moving}
    assert conditions == {
        "endpoint": None,
        "endpoint-config": {"StringEquals": {"aws:ResourceTag/promoted": "true"}},
    }


@pytest.mark.parametrize("document", [releases.release, releases.rollback])
@pytest.mark.parametrize("environment", names.ENVIRONMENTS)
def test_an_environment_does_not_touch_the_other(document: object, environment: str) -> None:
    """None of its resources is the other's."""
    (other,) = set(names.ENVIRONMENTS) - {environment}
    assert other not in json.dumps(document(PLACE, environment, KEY, OTHER))


@pytest.mark.parametrize("document", [releases.release, releases.rollback])
@pytest.mark.parametrize(("environment", "stage"), [("staging", "Staging"), ("production", "Production")])
def test_a_version_is_moved_by_its_environment_and_approved_by_none(
    document: object, environment: str, stage: str
) -> None:
    """Staging's roles put nothing into production, and none gives back the approval that another took."""
    made = document(PLACE, environment, KEY, OTHER)
    [moving] = [one for one in made["Statement"] if "sagemaker:UpdateModelPackage" in one["Action"]]
    assert moving["Condition"] == {
        "StringEquals": {"sagemaker:ModelLifeCycle:Stage": [stage, "Archived", "Rejected"]},
        "StringEqualsIfExists": {"sagemaker:ModelApprovalStatus": "Rejected"},
    }


def test_a_version_is_registered_without_a_stage() -> None:
    """Which one it gets is decided by releases."""
    made = workflows.retrain(PLACE, KEY)
    [making] = [one for one in made["Statement"] if "sagemaker:CreateModelPackage" in one["Action"]]
    assert making["Condition"] == {"Null": {"sagemaker:ModelLifeCycle:Stage": "true"}}


def test_only_staging_is_taken_down_by_a_workflow() -> None:
    """Production serves until a person takes it down."""
    taken = {one: actions(workflows.monitor(PLACE, one, OTHER)) for one in names.ENVIRONMENTS}
    assert "sagemaker:DeleteEndpoint" in taken["staging"]
    assert "sagemaker:DeleteEndpoint" not in taken["production"]


def test_only_productions_monitor_has_captured_traffic_read() -> None:
    """By a role of the registry's account; staging answers nobody."""
    taken = {
        one: [
            resource
            for statement in workflows.monitor(PLACE, one, OTHER)["Statement"]
            if "sts:AssumeRole" in statement["Action"]
            for resource in statement["Resource"]
        ]
        for one in names.ENVIRONMENTS
    }
    assert taken == {"staging": [], "production": [PLACE.role("inspect")]}


def test_a_monitor_reads_no_object_of_the_bucket_itself() -> None:
    """And tells no other environment's alarms."""
    made = workflows.monitor(PLACE, "production", OTHER)
    assert not {one for one in actions(made) if one.startswith("s3:")}
    (telling,) = [one for one in made["Statement"] if "cloudwatch:PutMetricData" in one["Action"]]
    space = names.metrics(PROJECT, "production")
    assert telling["Condition"] == {"StringEquals": {"cloudwatch:namespace": space}}


def test_who_inspects_reads_verdicts_and_neither_requests_nor_labels() -> None:
    """It writes a list of what is to be read, and starts a job that reads it under a role of its own."""
    document = workflows.inspect(PLACE, KEY)
    allowed = {action: one["Resource"] for one in document["Statement"] for action in one["Action"]}
    assert allowed["s3:GetObject"] == PLACE.objects("monitoring/production/")
    assert allowed["s3:PutObject"] == PLACE.objects("monitoring/production/samples/")
    assert allowed["iam:PassRole"] == [PLACE.role("monitor")]
    assert allowed["sagemaker:CreateProcessingJob"] == [
        PLACE.arn("sagemaker", f"processing-job/{PROJECT.name}-monitor-*")
    ]


def test_who_looks_changes_nothing() -> None:
    """Three reads, and of production the alarms on its model, by name."""
    looks = {"DescribeEndpoint", "DescribeEndpointConfig", "DescribeModel"}
    staging, production = (workflows.observe(PLACE, one) for one in names.ENVIRONMENTS)
    assert {one.split(":")[1] for one in actions(staging)} == looks
    assert {one.split(":")[1] for one in actions(production)} == looks | {"DescribeAlarms"}
    [alarms] = [one for one in production["Statement"] if "cloudwatch:DescribeAlarms" in one["Action"]]
    [alarm] = alarms["Resource"]
    assert alarm.endswith(f":alarm:{PLACE.project.name}-production-model-*")


def test_who_retrains_claims_the_cause_and_forgets_none() -> None:
    """A trigger is read and written, never deleted: it is the lock, and says who started what."""
    document = workflows.retrain(PLACE, KEY)
    found = {
        action
        for one in document["Statement"]
        for action in one["Action"]
        if set(PLACE.objects("triggers/")) & set(one["Resource"])
    }
    assert found == {"s3:GetObject", "s3:PutObject"}


@pytest.mark.parametrize(
    ("document", "roles"),
    [
        (workflows.retrain(PLACE, KEY), {"train", "validate", "evaluate", "ingest"}),
        (releases.release(PLACE, "production", KEY, OTHER), {"endpoint-production"}),
    ],
)
def test_a_role_is_handed_to_sagemaker_only(document: documents.Document, roles: set[str]) -> None:
    """And only the job's own."""
    (passing,) = [one for one in document["Statement"] if "iam:PassRole" in one["Action"]]
    assert passing["Condition"] == {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
    assert set(passing["Resource"]) == {PLACE.role(one) for one in roles}


def test_production_is_judged_by_an_alarm_and_staging_by_the_contract_test() -> None:
    """Neither role may do what the other's environment needs."""
    staging, production = (
        actions(releases.release(PLACE, one, KEY, OTHER)) for one in ("staging", "production")
    )
    assert "sagemaker:InvokeEndpoint" in staging - production
    assert "cloudwatch:PutMetricAlarm" in production - staging


def test_a_report_reads_metrics_and_neither_data_nor_models() -> None:
    """Whoever may fork can take its role where a private repository hands out tokens."""
    document = workflows.report(PLACE, KEY)
    [objects] = [one for one in document["Statement"] if "s3:GetObject" in one["Action"]]
    assert objects["Resource"] == PLACE.objects("evaluations/")
    assert not {one for one in actions(document) if one.startswith("s3:")} - {"s3:GetObject"}
    [key] = [one for one in document["Statement"] if "kms:Decrypt" in one["Action"]]
    assert key["Condition"] == {
        "StringEquals": {"kms:ViaService": f"s3.{PLACE.project.region}.amazonaws.com"}
    }
