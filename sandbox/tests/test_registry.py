"""sandbox.registry."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

ARN = "arn:aws:sagemaker:eu-west-1:123456789012:model-package"
GIVEN = {
    "ModelPackageDescription": "a toy",
    "InferenceSpecification": {
        "Containers": [{"Image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/toy:1", "ModelDataUrl": "s3://b/m"}],
        "SupportedContentTypes": ["application/json"],
        "SupportedResponseMIMETypes": ["application/json"],
    },
    "CustomerMetadataProperties": {"manifest": "abc", "rows": "10"},
    "ModelMetrics": {
        "ModelQuality": {"Statistics": {"ContentType": "application/json", "S3Uri": "s3://b/evaluation.json"}}
    },
    "MetadataProperties": {"CommitId": "a1b2c3"},
    "ModelLifeCycle": {"Stage": "Development", "StageStatus": "Approved"},
}


@pytest.fixture(scope="module")
def sagemaker(client: Callable[..., Any]) -> Any:
    """SageMaker, with a group `toys`."""
    made = client("sagemaker")
    made.create_model_package_group(ModelPackageGroupName="toys")
    return made


def create(sagemaker: Any, group: str = "toys", **more: Any) -> str:
    """The ARN of a new version."""
    return sagemaker.create_model_package(ModelPackageGroupName=group, **(GIVEN | more))["ModelPackageArn"]


def test_describe_answers_what_create_was_given(sagemaker: Any) -> None:
    """Every member of it."""
    package = sagemaker.describe_model_package(ModelPackageName=create(sagemaker))
    assert {name: package[name] for name in GIVEN} == GIVEN


def test_a_new_version_waits_for_approval(sagemaker: Any) -> None:
    """Unless it is registered as approved."""
    package = sagemaker.describe_model_package(ModelPackageName=create(sagemaker))
    assert package["ModelApprovalStatus"] == "PendingManualApproval"


def test_versions_are_not_given_twice(sagemaker: Any) -> None:
    """Not even when the newest is deleted."""
    sagemaker.create_model_package_group(ModelPackageGroupName="counted")
    sagemaker.delete_model_package(ModelPackageName=create(sagemaker, "counted"))
    assert create(sagemaker, "counted") == f"{ARN}/counted/2"


def test_a_token_makes_one_version(sagemaker: Any) -> None:
    """However often it is sent; another token, or none, makes another."""
    sagemaker.create_model_package_group(ModelPackageGroupName="asked-again")
    made = [create(sagemaker, "asked-again", ClientToken=token) for token in ("a", "a", "b")]
    made.append(create(sagemaker, "asked-again"))
    assert [arn.rpartition("/")[2] for arn in made] == ["1", "1", "2", "3"]


def test_a_token_outlives_no_version(sagemaker: Any) -> None:
    """What was deleted is made again."""
    sagemaker.create_model_package_group(ModelPackageGroupName="gone")
    sagemaker.delete_model_package(ModelPackageName=create(sagemaker, "gone", ClientToken="a"))
    assert create(sagemaker, "gone", ClientToken="a") == f"{ARN}/gone/2"


def test_a_verdict_changes_status_and_description(sagemaker: Any) -> None:
    """And leaves the rest."""
    arn = create(sagemaker, ModelApprovalStatus="Approved")
    sagemaker.update_model_package(
        ModelPackageArn=arn,
        ModelApprovalStatus="Rejected",
        ApprovalDescription="rolled back",
        CustomerMetadataProperties={"rows": "11"},
    )
    package = sagemaker.describe_model_package(ModelPackageName=arn)
    assert (package["ModelApprovalStatus"], package["ApprovalDescription"]) == ("Rejected", "rolled back")
    assert package["CustomerMetadataProperties"] == {"manifest": "abc", "rows": "11"}


def test_the_newest_approved_is_found_by_a_list(sagemaker: Any) -> None:
    """Filter, order and page size are honoured."""
    sagemaker.create_model_package_group(ModelPackageGroupName="listed")
    for status in ("Approved", "Approved", "Rejected"):
        create(sagemaker, "listed", ModelApprovalStatus=status)
    found = sagemaker.list_model_packages(
        ModelPackageGroupName="listed",
        ModelApprovalStatus="Approved",
        SortBy="CreationTime",
        SortOrder="Descending",
        MaxResults=1,
    )
    assert [package["ModelPackageVersion"] for package in found["ModelPackageSummaryList"]] == [2]
    assert found["NextToken"]


def test_a_group_with_packages_cannot_be_deleted(sagemaker: Any) -> None:
    """An empty one can."""
    sagemaker.create_model_package_group(ModelPackageGroupName="kept")
    arn = create(sagemaker, "kept")
    with pytest.raises(ClientError, match="ConflictException"):
        sagemaker.delete_model_package_group(ModelPackageGroupName="kept")
    sagemaker.delete_model_package(ModelPackageName=arn)
    sagemaker.delete_model_package_group(ModelPackageGroupName="kept")
    with pytest.raises(ClientError, match="does not exist"):
        sagemaker.describe_model_package_group(ModelPackageGroupName="kept")


def test_a_wrong_status_is_refused(sagemaker: Any) -> None:
    """By the service model."""
    with pytest.raises(ClientError, match="enum value set"):
        create(sagemaker, ModelApprovalStatus="Good")


def test_a_card_is_kept_and_checked(sagemaker: Any) -> None:
    """With a new version, and with a change of one."""
    card = {"ModelCardContent": '{"model_overview": {"model_creator": "ann"}}', "ModelCardStatus": "Approved"}
    arn = create(sagemaker, ModelCard=card)
    assert sagemaker.describe_model_package(ModelPackageName=arn)["ModelCard"] == card
    wrong = {"ModelCard": {"ModelCardContent": '{"name": "toy"}'}}
    with pytest.raises(ClientError, match="name: is not defined in the schema"):
        create(sagemaker, **wrong)
    with pytest.raises(ClientError, match="name: is not defined in the schema"):
        sagemaker.update_model_package(ModelPackageArn=arn, **wrong)


def test_a_card_has_at_most_100000_characters(sagemaker: Any) -> None:
    """By the service model."""
    with pytest.raises(ClientError, match=r"(?i)modelCardContent"):
        create(sagemaker, ModelCard={"ModelCardContent": " " * 100_001})


def test_a_stage_is_changed_and_listed(sagemaker: Any) -> None:
    """One life cycle replaces the other."""
    sagemaker.create_model_package_group(ModelPackageGroupName="staged")
    arn = create(sagemaker, "staged")
    sagemaker.update_model_package(
        ModelPackageArn=arn, ModelLifeCycle={"Stage": "Production", "StageStatus": "Approved"}
    )
    [listed] = sagemaker.list_model_packages(ModelPackageGroupName="staged")["ModelPackageSummaryList"]
    assert listed["ModelLifeCycle"] == {"Stage": "Production", "StageStatus": "Approved"}


def test_a_version_takes_no_tags(sagemaker: Any) -> None:
    """It has its group's."""
    with pytest.raises(ClientError, match="has the group's tags"):
        create(sagemaker, Tags=[{"Key": "a", "Value": "1"}])
