"""The model registry: versions of one group, newest first.

A group is named as its account's verbs know it, or by the ARN that an environment's stack publishes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any

from pipeline import aws, names, stages
from pipeline.errors import UserError

PROPERTY_LENGTH = 256  # API shape CustomerMetadataValue, as is what a value may consist of
NO_PROPERTY = re.compile(r"[^\w\s.:/=+@-]")
DESCRIPTION_LENGTH = 1024  # API shapes ApprovalDescription and StageDescription, without line breaks


@dataclass(frozen=True)
class Version:
    """A model package: a model, the image that serves it, and what it was made of.

    `evaluation` is the S3 URI of its metrics; None where it was registered without any.
    """

    number: int
    arn: str
    status: str
    status_reason: str
    image: str
    model_data: str
    properties: dict[str, str] = field(default_factory=dict)
    stage: str = stages.NONE
    created: str = ""
    evaluation: str | None = None


def versions(group: str, **only: str) -> Iterator[Version]:
    """Every version, or those that `only` (such as ModelApprovalStatus) lets through, newest first.

    Each is described as it is asked for.
    """
    listed = aws.pages(
        "sagemaker", "list_model_packages", "ModelPackageSummaryList", ModelPackageGroupName=group, **only
    )
    for arn in sorted((one["ModelPackageArn"] for one in listed), key=number_of, reverse=True):
        yield parse(aws.client("sagemaker").describe_model_package(ModelPackageName=arn))


def number_of(arn: str) -> int:
    """The version in the ARN of a model package, …/group/3."""
    return int(arn.rsplit("/", 1)[1])


def parse(described: dict[str, Any]) -> Version:
    """A DescribeModelPackage answer as a Version."""
    container = described["InferenceSpecification"]["Containers"][0]
    return Version(
        number_of(described["ModelPackageArn"]),
        described["ModelPackageArn"],
        described.get("ModelApprovalStatus", "PendingManualApproval"),
        described.get("ApprovalDescription", ""),
        container["Image"],
        container["ModelDataUrl"],
        described.get("CustomerMetadataProperties", {}),
        _stage(described),
        described["CreationTime"].astimezone(UTC).isoformat(timespec="milliseconds"),
        described.get("ModelMetrics", {}).get("ModelQuality", {}).get("Statistics", {}).get("S3Uri"),
    )


def _stage(described: dict[str, Any]) -> str:
    """The stage in a DescribeModelPackage answer, or in an element of ListModelPackages."""
    return str(described.get("ModelLifeCycle", {}).get("Stage", stages.NONE))


def get(group: str, number: int) -> Version:
    """One version of a group. Raises UserError when there is none of that number."""
    arn = f"{_arn(group).replace(':model-package-group/', ':model-package/')}/{number}"
    found = aws.find(aws.client("sagemaker").describe_model_package, ModelPackageName=arn)
    if found is None:
        raise UserError(f"the registry has no version {number}: `pipeline history` lists what there is")
    return parse(found)


def _arn(group: str) -> str:
    """The ARN of a group; one that goes by its name is in the credentials' account."""
    if group.startswith("arn:"):
        return group
    return f"arn:aws:sagemaker:{names.project().region}:{aws.account()}:model-package-group/{group}"


def unreleased(version: Version) -> bool:
    """Whether a version is approved, and no release has moved it yet. Pure."""
    return (version.status, version.stage) == ("Approved", stages.NONE)


def newest_approved(group: str) -> Version:
    """The newest approved version that no other has replaced. Raises UserError when there is none."""
    for version in versions(group, ModelApprovalStatus="Approved"):
        if version.stage != stages.ARCHIVED:
            return version
    raise UserError("the registry has no approved version: run `pipeline register` first")


def find(group: str, model_data: str, image: str) -> Version | None:
    """The newest version that is this pair of model and serving image, or None."""
    pair = (model_data, image)
    return next((one for one in versions(group) if (one.model_data, one.image) == pair), None)


def text(value: str) -> str:
    """A value as CustomerMetadataProperties take it: other characters replaced, the rest cut. Pure."""
    return NO_PROPERTY.sub("_", value)[:PROPERTY_LENGTH]


def present(group: str) -> dict[str, str]:
    """The stage of every version, by its ARN."""
    listed = aws.pages(
        "sagemaker", "list_model_packages", "ModelPackageSummaryList", ModelPackageGroupName=group
    )
    return {one["ModelPackageArn"]: _stage(one) for one in listed}


def move(arn: str, stage: str, reason: str) -> None:
    """Put a version at a stage; at Rejected it also loses its approval, so that `release` refuses it."""
    told = " ".join(reason.split())[:DESCRIPTION_LENGTH]
    status = {"ModelApprovalStatus": "Rejected", "ApprovalDescription": told}
    aws.client("sagemaker").update_model_package(
        ModelPackageArn=arn,
        ModelLifeCycle={"Stage": stage, "StageStatus": stages.STATUS[stage], "StageDescription": told},
        **(status if stage == stages.REJECTED else {}),
    )
