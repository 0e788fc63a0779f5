"""The model registry: versions of one group, newest first."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pipeline import aws, settings
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


def versions() -> Iterator[Version]:
    """Every version, newest first; each is described as it is asked for."""
    group = settings.registry().model_package_group
    arns = [
        summary["ModelPackageArn"]
        for summary in aws.pages(
            "sagemaker", "list_model_packages", "ModelPackageSummaryList", ModelPackageGroupName=group
        )
    ]
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


def get(number: int) -> Version:
    """One version. Raises UserError when there is none of that number."""
    for version in versions():
        if version.number == number:
            return version
    raise UserError(f"the registry has no version {number}: `pipeline status` lists what was released")


def newest_approved() -> Version:
    """The newest version that is approved. Raises UserError when there is none."""
    for version in versions():
        if version.status == "Approved":
            return version
    raise UserError("the registry has no approved version: run `pipeline register` first")


def reject(version: Version, reason: str) -> None:
    """Take a version out of circulation; `release` refuses it from now on."""
    aws.client("sagemaker").update_model_package(
        ModelPackageArn=version.arn,
        ModelApprovalStatus="Rejected",
        ApprovalDescription=" ".join(reason.split())[:DESCRIPTION_LENGTH],
    )
