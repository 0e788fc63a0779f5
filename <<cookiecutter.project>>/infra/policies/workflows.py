"""What each workflow job may do, but for Pulumi's and those that move an endpoint."""

from infra.policies.documents import (
    Document,
    Place,
    allow,
    document,
    endpoint,
    guarded,
    named,
    pass_role,
)
from infra.policies.releases import STAGING, closed, expire
from pipeline import canary, names

# what the verbs of `retrain` read back
READ = ["data/", "evaluations/", "gate/", "ingests/", "models/", "runs/", "triggers/", "validations/"]
# what a release reads of what was examined; captured requests and models only the jobs read
EXAMINED = ["data/manifests/", "evaluations/", "gate/", "replays/", "runs/"]
INSPECT = "inspect"  # the registry's role for what the monitor asks of its account
WRITTEN = ["cards/", "data/", "gate/", "runs/", "triggers/"]  # the rest is written by jobs


def retrain(place: Place, key_arn: str) -> Document:
    """Take in data, say whether a retrain is due, push, validate, train, evaluate, gate, register."""
    project, unstaged = place.project, {"sagemaker:ModelLifeCycle:Stage": "true"}
    return document(
        allow(["ssm:GetParameter"], place.parameters(names.REGISTRY, "*")),
        allow(["s3:GetObject"], *place.objects(*READ)),
        allow(["s3:PutObject"], *place.objects(*WRITTEN)),
        # lists arrivals and runs; and without it an absent object is Forbidden instead of NotFound:
        # https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
        allow(["s3:ListBucket"], place.bucket),
        allow(["kms:Decrypt", "kms:GenerateDataKey"], key_arn),
        *push(place),
        started(place, f"training-job/{project.name}-train-*", "Training"),
        started(place, f"processing-job/{project.name}-validate-*", "Processing"),
        started(place, f"processing-job/{project.name}-evaluate-*", "Processing"),
        started(place, f"processing-job/{project.name}-ingest-*", "Processing"),
        pass_role(*(place.role(kind) for kind in ("train", "validate", "evaluate", "ingest"))),
        # a version is born without a stage: releases decide on those
        allow(["sagemaker:CreateModelPackage"], place.group, place.packages, Null=unstaged),
        allow(["sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"], place.packages),
        # the gate compares with what serves there, and its alarms may ask for a retrain
        allow(["sts:AssumeRole"], place.role(f"observe-{canary.GUARDED}", canary.GUARDED)),
    )


def report(place: Place, key_arn: str) -> Document:
    """Tell a pull request how its model compares with the champion's stored metrics, and what a merge trains.

    A role apart from `ci-preview`, which reads the state of the stacks: a job that runs a pull request's own
    training code reads metrics alone.
    """
    through_s3 = {"kms:ViaService": f"s3.{place.project.region}.amazonaws.com"}
    return document(
        allow(["ssm:GetParameter"], place.parameters(names.REGISTRY, "*")),
        allow(["s3:GetObject"], *place.objects("evaluations/")),
        allow(["kms:Decrypt"], key_arn, StringEquals=through_s3),
        allow(
            ["sagemaker:DescribeTrainingJob"],
            place.arn("sagemaker", f"training-job/{place.project.name}-train-*"),
        ),
        allow(["sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"], place.packages),
    )


def observe(place: Place, environment: str) -> Document:
    """See what an environment serves, and which promises its model breaks; change nothing."""
    own = f"alarm:{names.alarm(place.project, environment, 'model', '*')}"
    alarms = [allow(["cloudwatch:DescribeAlarms"], place.arn("cloudwatch", own, environment))]
    return document(
        allow(["sagemaker:DescribeEndpoint"], endpoint(place, environment)),
        allow(["sagemaker:DescribeEndpointConfig"], named(place, environment, "endpoint-config")),
        allow(["sagemaker:DescribeModel"], named(place, environment, "model")),
        *(alarms if environment == canary.GUARDED else []),
    )


def examine(place: Place, key_arn: str) -> Document:
    """What a release asks of the registry's account: replay, evaluate, and ask the gate again; nothing else.

    It registers nothing, makes nothing that serves, and approves nothing.
    """
    return document(
        allow(["ssm:GetParameter"], place.parameters(names.REGISTRY, "*")),
        allow(["s3:GetObject"], *place.objects(*EXAMINED)),
        allow(["s3:PutObject"], *place.objects("gate/", "replays/", "runs/")),
        allow(["s3:ListBucket"], place.bucket),
        allow(["kms:Decrypt", "kms:GenerateDataKey"], key_arn),
        started(place, f"processing-job/{place.project.name}-evaluate-*", "Processing"),
        started(place, f"processing-job/{place.project.name}-replay-*", "Processing"),
        pass_role(*(place.role(kind) for kind in ("evaluate", "replay"))),
        allow(["sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"], place.packages),
        allow(["sts:AssumeRole"], place.role(f"observe-{canary.GUARDED}", canary.GUARDED)),
    )


def inspect(place: Place, key_arn: str) -> Document:
    """What the monitor asks of the registry's account: have captured traffic read, and see what was found.

    It lists requests and labels, and reads neither: the job does.
    """
    own = f"monitoring/{canary.GUARDED}/"
    return document(
        allow(["ssm:GetParameter"], place.parameters(names.REGISTRY, "*")),
        allow(["s3:GetObject"], *place.objects(own)),
        allow(["s3:PutObject"], *place.objects(f"{own}samples/")),
        allow(["s3:ListBucket"], place.bucket),
        allow(["kms:Decrypt", "kms:GenerateDataKey"], key_arn),
        started(place, f"processing-job/{place.project.name}-monitor-*", "Processing"),
        pass_role(place.role("monitor")),
    )


def monitor(place: Place, environment: str, key_arn: str) -> Document:
    """Close what a dead process left open; judge what meets traffic; in staging, expire."""
    return document(
        *closed(place, environment, key_arn),
        *(judged(place, environment) if guarded(environment) else []),
        *(expire(place) if environment == STAGING else []),
    )


def judged(place: Place, environment: str) -> list[Document]:
    """Have the registry's account look at captured traffic, and tell the alarms."""
    namespace = {"cloudwatch:namespace": names.metrics(place.project, environment)}
    return [
        allow(["sts:AssumeRole"], place.role(INSPECT)),
        allow(["cloudwatch:PutMetricData"], "*", StringEquals=namespace),
    ]


def push(place: Place) -> list[Document]:
    """Look images up, push them, and tag the ones that are registered; the token is the account's."""
    actions = ["BatchCheckLayerAvailability", "BatchGetImage", "CompleteLayerUpload", "DescribeImages"]
    actions += ["InitiateLayerUpload", "PutImage", "UploadLayerPart"]
    return [
        allow(["ecr:GetAuthorizationToken"], "*"),
        allow([f"ecr:{one}" for one in actions], *place.repositories("train", "serve")),
    ]


def started(place: Place, jobs: str, kind: str) -> Document:
    """Start jobs of a name, tagged, and look at them."""
    actions = [f"sagemaker:Create{kind}Job", f"sagemaker:Describe{kind}Job"]
    return allow(["sagemaker:AddTags", *actions], place.arn("sagemaker", jobs))
