"""Whether the registry has images, and the one that the newest registered model is served by."""

from typing import Any

from pipeline import aws, names
from pipeline.checks.finding import Finding, fail, ok, warn

SUBJECT = "images"
TARGETS = ("train", "serve")


def judge(repository: str, there: bool) -> Finding:
    """Whether a repository exists."""
    if there:
        return ok(SUBJECT, f"the repository {repository} is there")
    return fail(SUBJECT, f"there is no repository {repository}", "make up STACK=platform")


def registered(newest: dict[str, Any] | None, image: str | None, there: bool) -> Finding:
    """Whether the newest registered model has its image."""
    if newest is None:
        todo = "pipeline train, evaluate, gate and register make the first"
        return warn(SUBJECT, "no model is registered yet", todo)
    version = f"version {newest['ModelPackageVersion']} ({newest['ModelApprovalStatus']})"
    if image and there:
        return ok(SUBJECT, f"the newest model, {version}, has its image")
    return fail(
        SUBJECT,
        f"the newest model, {version}, is served by {image or 'no image'}, which is not there",
        "pipeline image, and register the model again",
    )


def look(project: names.Project) -> list[Finding]:
    """Ask ECR and the model registry. Raises ClientError."""
    ecr = aws.client("ecr")
    repositories = [names.repository(project, target) for target in TARGETS]
    found = [
        judge(one, aws.find(ecr.describe_repositories, repositoryNames=[one]) is not None)
        for one in repositories
    ]
    listed = aws.find(
        aws.client("sagemaker").list_model_packages,
        ModelPackageGroupName=names.model_package_group(project),
        SortBy="CreationTime",
        SortOrder="Descending",
        MaxResults=1,
    )
    packages = (listed or {}).get("ModelPackageSummaryList", [])
    if not packages:
        return [*found, registered(None, None, False)]
    arn = packages[0]["ModelPackageArn"]
    package = aws.client("sagemaker").describe_model_package(ModelPackageName=arn)
    image = str(package["InferenceSpecification"]["Containers"][0]["Image"])
    return [*found, registered(packages[0], image, _there(image))]


def _there(image: str) -> bool:
    """Whether ECR has an image by its URI with a digest."""
    repository, _, digest = image.partition("/")[2].partition("@")
    if not repository or not digest:
        return False
    asked = {"repositoryName": repository, "imageIds": [{"imageDigest": digest}]}
    return aws.find(aws.client("ecr").describe_images, **asked) is not None
