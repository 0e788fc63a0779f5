"""The model registry: versions of one group, newest first.

A group is named as its account's verbs know it, or by the ARN that an environment's stack publishes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pipeline import aws
from pipeline.errors import UserError

PROPERTY_LENGTH = 256  # API shape CustomerMetadataValue
DESCRIPTION_LENGTH = 1024  # API shape ApprovalDescription, which also has no line breaks


@dataclass(frozen=True)
class Version:
    """A model package: a model, the image that serves it, and what it was made of."""

    number: int
    arn: str
    status: str
    status_reason: str
    image: str
    model_data: str
    properties: dict[str, str] = field(default_factory=dict)


def versions(group: str, **only: str) -> Iterator[Version]:
    """Every version, or those that `only` (such as ModelApprovalStatus) lets through, newest first.

    Each is described as it is asked for.
    """
    listed = aws.pages(
        "sagemaker", "list_model_packages", "ModelPackageSummaryList", ModelPackageGroupName=group, **only
    )
    arns = [summary["ModelPackageArn"] for summary in listed]
    for arn in sorted(arns, key=number_of, reverse=True):
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
    )


def get(group_arn: str, number: int) -> Version:
    """One version of a group. Raises UserError when there is none of that number."""
    arn = f"{group_arn.replace(':model-package-group/', ':model-package/')}/{number}"
    found = aws.find(aws.client("sagemaker").describe_model_package, ModelPackageName=arn)
    if found is None:
        raise UserError(f"the registry has no version {number}: `pipeline status` lists what was released")
    return parse(found)


def newest_approved(group: str) -> Version:
    """The newest version that is approved. Raises UserError when there is none."""
    for version in versions(group, ModelApprovalStatus="Approved"):
        return version
    raise UserError("the registry has no approved version: run `pipeline register` first")


def find(group: str, model_data: str, image: str) -> Version | None:
    """The newest version that is this pair of model and serving image, or None."""
    pair = (model_data, image)
    return next((one for one in versions(group) if (one.model_data, one.image) == pair), None)


def reject(version: Version, reason: str) -> None:
    """Take a version out of circulation; `release` refuses it from now on."""
    aws.client("sagemaker").update_model_package(
        ModelPackageArn=version.arn,
        ModelApprovalStatus="Rejected",
        ApprovalDescription=" ".join(reason.split())[:DESCRIPTION_LENGTH],
    )
