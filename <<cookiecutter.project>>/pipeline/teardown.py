"""`pipeline teardown`: delete what the verbs made, and list again to see what is left.

What a stack made goes with the stack: roles, buckets, tables, log groups, topics.
"""

import re
from collections.abc import Callable
from typing import Any

import click

from pipeline import aws, endpoint, names, settings
from pipeline.command import Answer, verb
from pipeline.errors import UserError
from pipeline.progress import say, waiting

PLATFORM = "platform"
PAGE = 100  # BatchDeleteImage takes at most 100 images


def environment_things(environment: str) -> dict[str, list[str]]:
    """What the verbs made in an environment and AWS still lists, by kind."""
    project = names.project()
    prefix = f"{project.name}-{environment}-"
    content = re.compile(re.escape(prefix) + "[0-9a-f]{12}")
    release = re.compile(re.escape(prefix) + r"v\d+-\d{8}t\d{6,9}-(errors|heartbeat|latency|reject)")
    name, parameter = names.endpoint(project, environment), _first_configuration(environment)
    configs = _listed("list_endpoint_configs", "EndpointConfigs", "EndpointConfigName", prefix)
    models = _listed("list_models", "Models", "ModelName", prefix)
    alarms = aws.pages("cloudwatch", "describe_alarms", "MetricAlarms", AlarmNamePrefix=prefix)
    return {
        "endpoint": [name] if endpoint.describe(name) else [],
        "endpoint-config": [one for one in configs if content.fullmatch(one)],
        "model": [one for one in models if content.fullmatch(one)],
        "alarm": [one["AlarmName"] for one in alarms if release.fullmatch(one["AlarmName"])],
        "parameter": [parameter] if aws.find(aws.client("ssm").get_parameter, Name=parameter) else [],
    }


def delete_environment(things: dict[str, list[str]]) -> None:
    """Delete an environment's things; the endpoint first, because it uses the others."""
    sagemaker = aws.client("sagemaker")
    for name in things["endpoint"]:
        say(f"teardown: endpoint {name}")
        sagemaker.delete_endpoint(EndpointName=name)
        with waiting(name) as show:
            while described := endpoint.describe(name):
                show(described["EndpointStatus"])
                aws.poll()
    for name in things["endpoint-config"]:
        sagemaker.delete_endpoint_config(EndpointConfigName=name)
    for name in things["model"]:
        sagemaker.delete_model(ModelName=name)
    if things["alarm"]:
        aws.client("cloudwatch").delete_alarms(AlarmNames=things["alarm"][:PAGE])
    for name in things["parameter"]:
        aws.client("ssm").delete_parameter(Name=name)


def protection(environment: str) -> dict[str, list[str]]:
    """The environment's ledger, while AWS refuses to delete it."""
    name = names.ledger(names.project(), environment)
    found = aws.find(aws.client("dynamodb").describe_table, TableName=name)
    guarded = found is not None and found["Table"].get("DeletionProtectionEnabled", False)
    return {"protection": [name] if guarded else []}


def lift(things: dict[str, list[str]]) -> None:
    """Let the ledger be deleted, as its stack is destroyed."""
    for name in things["protection"]:
        say(f"teardown: deletion protection of {name}")
        aws.client("dynamodb").update_table(TableName=name, DeletionProtectionEnabled=False)


def steps(environment: str, guarded: bool) -> list[str]:
    """What a person does next, in order; `guarded` while AWS still refuses to delete the ledger."""
    folder, stack = ("platform", PLATFORM) if environment == PLATFORM else ("service", environment)
    again = f"pipeline teardown {environment} --with-ledger --confirm {names.project().name}"
    return [
        *([f"{again}, if its history of releases is to go as well"] if guarded else []),
        f"cd infra/{folder} && pulumi stack select {stack}",
        "pulumi state unprotect --all, which lifts Pulumi's own protection",
        "pulumi destroy --refresh",
    ]


def platform_things() -> dict[str, list[Any]]:
    """What the verbs made in the platform and AWS still lists, by kind."""
    group, images = settings.registry().model_package_group, settings.images()
    packages = aws.pages(
        "sagemaker", "list_model_packages", "ModelPackageSummaryList", ModelPackageGroupName=group
    )
    found: dict[str, list[Any]] = {"model-package": [one["ModelPackageArn"] for one in packages]}
    for uri in (images.train, images.serve):
        repository = uri.split("/", 1)[1]
        listed = aws.pages("ecr", "list_images", "imageIds", repositoryName=repository)
        digests = sorted({one["imageDigest"] for one in listed})
        found["image"] = found.get("image", []) + [f"{repository}@{digest}" for digest in digests]
    bucket = settings.storage().bucket
    versions = [
        *aws.pages("s3", "list_object_versions", "Versions", Bucket=bucket),
        *aws.pages("s3", "list_object_versions", "DeleteMarkers", Bucket=bucket),
    ]
    found["object"] = [f"{one['Key']}?{one['VersionId']}" for one in versions]
    return found


def delete_platform(things: dict[str, list[Any]]) -> None:
    """Delete the platform's things."""
    for arn in things["model-package"]:
        aws.client("sagemaker").delete_model_package(ModelPackageName=arn)
    for image in things["image"]:
        repository, digest = image.split("@")
        aws.client("ecr").batch_delete_image(repositoryName=repository, imageIds=[{"imageDigest": digest}])
    bucket = settings.storage().bucket
    keys = [one.rpartition("?") for one in things["object"]]
    for start in range(0, len(keys), 1000):  # DeleteObjects takes at most 1000 keys
        objects = [{"Key": key, "VersionId": version} for key, _, version in keys[start : start + 1000]]
        aws.client("s3").delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True})


def _first_configuration(environment: str) -> str:
    return names.parameter(names.project(), environment, "first-configuration")


def _listed(operation: str, key: str, name: str, prefix: str) -> list[str]:
    return [one[name] for one in aws.pages("sagemaker", operation, key, NameContains=prefix)]


def _flat(things: dict[str, list[Any]]) -> list[str]:
    return [f"{kind} {name}" for kind, found in things.items() for name in found]


def _refuse_while_live() -> None:
    """Raise UserError while an environment still serves from the platform."""
    for environment in names.ENVIRONMENTS:
        name, look = names.endpoint(names.project(), environment), aws.observer(environment)
        if look is None:
            say(f"teardown: no role shows what {environment} serves, so its stack is taken for destroyed")
        elif endpoint.describe(name, look):
            raise UserError(f"{name} still serves: run `pipeline teardown {environment}` first")


@verb("teardown", "pipeline teardown staging --confirm flight-delays")
@click.argument("environment", type=click.Choice((*names.ENVIRONMENTS, PLATFORM)), metavar="ENVIRONMENT")
@click.option("--confirm", metavar="NAME", help="The project's name, so that this is no accident.")
@click.option("--with-ledger", is_flag=True, help="Lift the deletion protection of the ledger as well.")
def command(environment: str, confirm: str | None, with_ledger: bool) -> Answer:
    """Delete what the verbs made in ENVIRONMENT: staging, production or platform.

    An environment: endpoint, configurations, models, release alarms. The platform: model packages, images,
    the bucket's contents. Then everything is listed again: exit code 20 when something is left. The stacks
    stay; the last lines say how they are destroyed, and what protects production.
    """
    project = names.project().name
    if confirm != project:
        raise UserError(
            f"a teardown needs the project's name: write --confirm {project} if {environment} is to go"
        )
    if environment == PLATFORM:
        if with_ledger:
            raise UserError("the platform has no ledger: leave out --with-ledger")
        _refuse_while_live()
        deleted, left = _emptied(platform_things, delete_platform)
    else:
        deleted, left = _emptied(lambda: environment_things(environment), delete_environment)
    guarded = environment != PLATFORM and bool(protection(environment)["protection"])
    if guarded and with_ledger:
        lifted, kept = _emptied(lambda: protection(environment), lift)
        deleted, left, guarded = deleted + lifted, left + kept, bool(kept)
    following = steps(environment, guarded)
    lines = [f"{len(deleted)} things deleted, {len(left)} left.", *left]
    if not left:
        lines += ["Next:", *(f"  {step}" for step in following)]
    return Answer({"deleted": deleted, "left": left, "next": following}, lines, code=20 if left else 0)


def _emptied(
    things: Callable[[], dict[str, list[Any]]], delete: Callable[[dict[str, list[Any]]], None]
) -> tuple[list[str], list[str]]:
    """What is gone, and what AWS still lists, after everything was deleted."""
    before = things()
    delete(before)
    left = _flat(things())
    return [thing for thing in _flat(before) if thing not in left], left
