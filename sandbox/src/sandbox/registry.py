"""The model registry: groups and versioned packages, which moto keeps only in part and never deletes.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-version.html: a package of a group gets the
next version; its approval status starts as PendingManualApproval. Describe answers what Create was given. A
group is deleted only when it is empty (API_DeleteModelPackageGroup, ConflictException). A ClientToken makes
Create idempotent (API_CreateModelPackage); for how long, and what it means beside other members, AWS does not
say: here the first package answers for as long as it is there.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from sandbox import model_card
from sandbox.pages import page
from sandbox.world import ApiError, World

Record = dict[str, Any]
_NOT_KEPT = ("Tags", "ClientToken")
_SUMMARY = (
    "ModelPackageGroupName",
    "ModelPackageVersion",
    "ModelPackageArn",
    "ModelPackageDescription",
    "CreationTime",
    "ModelPackageStatus",
    "ModelApprovalStatus",
    "ModelLifeCycle",
)
_GROUP_SUMMARY = (
    "ModelPackageGroupName",
    "ModelPackageGroupArn",
    "ModelPackageGroupDescription",
    "CreationTime",
    "ModelPackageGroupStatus",
)


@dataclass
class Registry:
    """Groups and their policies by name, packages by ARN; `newest` is the last version given: none is given twice."""

    groups: dict[str, Record] = field(default_factory=dict)
    packages: dict[str, Record] = field(default_factory=dict)
    newest: dict[str, int] = field(default_factory=dict)
    policies: dict[str, str] = field(default_factory=dict)
    tokens: dict[tuple[str, str], str] = field(default_factory=dict)  # group and ClientToken: the package's ARN
    lock: Lock = field(default_factory=Lock)


def attach(world: World) -> None:
    """Hang `world.registry`."""
    world.registry = Registry()


def _name(name_or_arn: str) -> str:
    return name_or_arn.rpartition("model-package-group/")[2]


def _group(world: World, name_or_arn: str) -> Record:
    name = _name(name_or_arn)
    if name not in world.registry.groups:
        arn = world.arn("sagemaker", f"model-package-group/{name}")
        raise ApiError("ValidationException", f"ModelPackageGroup {arn} does not exist.")
    group: Record = world.registry.groups[name]
    return group


def _package(world: World, arn: str) -> Record:
    if arn not in world.registry.packages:
        raise ApiError("ValidationException", f"ModelPackage {arn} does not exist.")
    package: Record = world.registry.packages[arn]
    return package


def _create_group(world: World, request: Record) -> Record:
    name = request["ModelPackageGroupName"]
    arn = world.arn("sagemaker", f"model-package-group/{name}")
    with world.registry.lock:
        if name in world.registry.groups:
            raise ApiError("ValidationException", f"Model Package Group already exists: {arn}")
        world.registry.groups[name] = {key: value for key, value in request.items() if key not in _NOT_KEPT} | {
            "ModelPackageGroupArn": arn,
            "CreationTime": datetime.now(UTC),
            "CreatedBy": {},
            "ModelPackageGroupStatus": "Completed",
        }
    return {"ModelPackageGroupArn": arn}


def _describe_group(world: World, request: Record) -> Record:
    return _group(world, request["ModelPackageGroupName"])


def _list_groups(world: World, request: Record) -> Record:
    rows = [{key: group[key] for key in _GROUP_SUMMARY if key in group} for group in world.registry.groups.values()]
    found = page(rows, request, name="ModelPackageGroupName", order="Ascending")
    return {"ModelPackageGroupSummaryList": found.pop("rows"), **found}


def _delete_group(world: World, request: Record) -> Record:
    group = _group(world, request["ModelPackageGroupName"])
    name = group["ModelPackageGroupName"]
    if any(package["ModelPackageGroupName"] == name for package in world.registry.packages.values()):
        raise ApiError(
            "ConflictException",
            f"Model Package Group {group['ModelPackageGroupArn']} cannot be deleted "
            "as it still contains Model Packages",
        )
    del world.registry.groups[name]
    world.registry.policies.pop(name, None)
    return {}


def _put_policy(world: World, request: Record) -> Record:
    group = _group(world, request["ModelPackageGroupName"])
    world.registry.policies[group["ModelPackageGroupName"]] = request["ResourcePolicy"]
    return {"ModelPackageGroupArn": group["ModelPackageGroupArn"]}


def _get_policy(world: World, request: Record) -> Record:
    return {"ResourcePolicy": world.registry.policies[_with_policy(world, request)]}


def _delete_policy(world: World, request: Record) -> Record:
    del world.registry.policies[_with_policy(world, request)]
    return {}


def _with_policy(world: World, request: Record) -> str:
    name = str(_group(world, request["ModelPackageGroupName"])["ModelPackageGroupName"])
    if name not in world.registry.policies:
        raise ApiError("ValidationException", f"Cannot find resource policy for {name}.")
    return name


def _create(world: World, request: Record) -> Record:
    if "ModelPackageGroupName" not in request:
        raise ApiError("NotInSandbox", "a model package without ModelPackageGroupName is not in the sandbox")
    if request.get("Tags"):  # API CreateModelPackage, Tags
        raise ApiError("ValidationException", "A version of a group has the group's tags and takes none of its own.")
    _check_card(request)
    with world.registry.lock:
        group = _group(world, request["ModelPackageGroupName"])["ModelPackageGroupName"]
        token = (group, request.get("ClientToken", ""))
        if token[1] and (there := world.registry.tokens.get(token)) in world.registry.packages:
            return {"ModelPackageArn": there}
        version = world.registry.newest[group] = world.registry.newest.get(group, 0) + 1
        arn = world.arn("sagemaker", f"model-package/{group}/{version}")
        world.registry.tokens[token] = arn
        statuses: Record = {"ValidationStatuses": [], "ImageScanStatuses": []}
        defaults = {"ModelApprovalStatus": "PendingManualApproval", "CertifyForMarketplace": False}
        world.registry.packages[arn] = (
            defaults
            | {key: value for key, value in request.items() if key not in _NOT_KEPT}
            | {
                "ModelPackageGroupName": group,
                "ModelPackageVersion": version,
                "ModelPackageArn": arn,
                "ModelPackageName": f"{group}/{version}",
                "CreationTime": datetime.now(UTC),
                "ModelPackageStatus": "Completed",
                "ModelPackageStatusDetails": statuses,
            }
        )
    return {"ModelPackageArn": arn}


def _check_card(request: Record) -> None:
    """The wording of the refusal is the sandbox's own: AWS documents the schema alone."""
    content = request.get("ModelCard", {}).get("ModelCardContent")
    if content is not None and (wrong := model_card.fault(content)):
        raise ApiError("ValidationException", f"Model card content does not follow the schema: {wrong}")


def _describe(world: World, request: Record) -> Record:
    return _package(world, request["ModelPackageName"])


def _list(world: World, request: Record) -> Record:
    packages = list(world.registry.packages.values())
    if "ModelPackageGroupName" in request:
        group = _group(world, request["ModelPackageGroupName"])["ModelPackageGroupName"]
        packages = [package for package in packages if package["ModelPackageGroupName"] == group]
    elif request.get("ModelPackageType", "Unversioned") == "Unversioned":
        packages = []
    wanted = request.get("ModelApprovalStatus")
    packages = [package for package in packages if wanted in (None, package["ModelApprovalStatus"])]
    rows = [{key: package[key] for key in _SUMMARY if key in package} for package in packages]
    found = page(rows, request, name="ModelPackageGroupName", order="Ascending")
    return {"ModelPackageSummaryList": found.pop("rows"), **found}


def _update(world: World, request: Record) -> Record:
    _check_card(request)
    changes = dict(request)
    package = _package(world, changes.pop("ModelPackageArn"))
    removed = changes.pop("CustomerMetadataPropertiesToRemove", [])
    added = changes.pop("CustomerMetadataProperties", {})
    more = changes.pop("AdditionalInferenceSpecificationsToAdd", [])
    changes.pop("ClientToken", None)
    with world.registry.lock:
        kept = {
            key: value for key, value in package.get("CustomerMetadataProperties", {}).items() if key not in removed
        }
        package.update(changes | {"CustomerMetadataProperties": kept | added, "LastModifiedTime": datetime.now(UTC)})
        if more:
            package["AdditionalInferenceSpecifications"] = package.get("AdditionalInferenceSpecifications", []) + more
    return {"ModelPackageArn": package["ModelPackageArn"]}


def _delete(world: World, request: Record) -> Record:
    del world.registry.packages[_package(world, request["ModelPackageName"])["ModelPackageArn"]]
    return {}


OPERATIONS = {
    "sagemaker.CreateModelPackage": _create,
    "sagemaker.CreateModelPackageGroup": _create_group,
    "sagemaker.DeleteModelPackage": _delete,
    "sagemaker.DeleteModelPackageGroup": _delete_group,
    "sagemaker.DeleteModelPackageGroupPolicy": _delete_policy,
    "sagemaker.DescribeModelPackage": _describe,
    "sagemaker.DescribeModelPackageGroup": _describe_group,
    "sagemaker.GetModelPackageGroupPolicy": _get_policy,
    "sagemaker.ListModelPackageGroups": _list_groups,
    "sagemaker.ListModelPackages": _list,
    "sagemaker.PutModelPackageGroupPolicy": _put_policy,
    "sagemaker.UpdateModelPackage": _update,
}
