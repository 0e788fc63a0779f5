"""What each workflow job may do, but for Pulumi's."""

from infra.policies.documents import Document, Place, allow, document, grant, guarded, pass_role, staged
from infra.policies.serving import capture_prefix
from pipeline import canary, names, tags

STAGING = "staging"
# what the verbs of `retrain` read back
READ = ["data/", "evaluations/", "gate/", "models/", "runs/", "validations/"]
WRITTEN = ["cards/", "data/", "gate/", "runs/"]  # the rest is written by jobs


def retrain(place: Place, key_arn: str) -> Document:
    """Push data and images, validate, train, evaluate, gate, register."""
    project, unstaged = place.project, {"sagemaker:ModelLifeCycle:Stage": "true"}
    return document(
        allow(["ssm:GetParameter"], place.parameters(names.REGISTRY, "*")),
        allow(["s3:GetObject"], *place.objects(*READ)),
        allow(["s3:PutObject"], *place.objects(*WRITTEN)),
        # lists the runs; and without it an absent object is Forbidden instead of NotFound:
        # https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
        allow(["s3:ListBucket"], place.bucket),
        allow(["kms:Decrypt", "kms:GenerateDataKey"], key_arn),
        *push(place),
        started(place, f"training-job/{project.name}-train-*", "Training"),
        started(place, f"processing-job/{project.name}-validate-*", "Processing"),
        started(place, f"processing-job/{project.name}-evaluate-*", "Processing"),
        pass_role(*(place.role(kind) for kind in ("train", "validate", "evaluate"))),
        # a version is born without a stage: releases decide on those
        allow(["sagemaker:CreateModelPackage"], place.group, place.packages, Null=unstaged),
        allow(["sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"], place.packages),
        # the gate compares with what serves there
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


def release(place: Place, environment: str, platform_key: str, key_arn: str) -> Document:
    """Release a registered version to `environment`.

    A configuration is not made with the tag `promoted`, which a rollback's role goes by: it earns it.
    """
    parameter = names.parameter(place.project, environment, "first-configuration")
    first = place.arn("ssm", f"parameter{parameter}", environment)
    configurations, models = (named(place, environment, one) for one in ("endpoint-config", "model"))
    plain = {"ForAllValues:StringEquals": {"aws:TagKeys": list(tags.KEYS)}}
    return document(
        *moved(place, environment, platform_key, key_arn),
        allow(["sagemaker:UpdateEndpoint"], endpoint(place, environment), configurations),
        allow(["sagemaker:CreateEndpointConfig"], configurations, **plain),
        allow(["sagemaker:AddTags"], configurations, models),
        allow(["sagemaker:CreateModel", "sagemaker:DescribeModel"], models),
        allow(["ssm:AddTagsToResource", "ssm:PutParameter"], first),
        pass_role(place.role(f"endpoint-{environment}", environment)),
    )


def expire(place: Place, key_arn: str) -> list[Document]:
    """Take staging's endpoint down when its time is up, by the ledger; the next release makes it again."""
    first = names.parameter(place.project, STAGING, "first-configuration")
    return [
        allow(["sagemaker:DeleteEndpoint"], endpoint(place, STAGING)),
        allow(["ssm:DeleteParameter"], place.arn("ssm", f"parameter{first}", STAGING)),
        allow(
            ["dynamodb:Scan"], place.arn("dynamodb", f"table/{names.ledger(place.project, STAGING)}", STAGING)
        ),
        allow(["kms:Decrypt"], key_arn),
    ]


def rollback(place: Place, environment: str, platform_key: str, key_arn: str) -> Document:
    """Back to a configuration that was promoted: makes and tags an alarm and nothing else, passes no role.

    UpdateEndpoint is asked once for the endpoint and once for the configuration, so that the condition on the
    configuration does not weaken the other:
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html
    """
    configurations = named(place, environment, "endpoint-config")
    return document(
        *moved(place, environment, platform_key, key_arn),
        allow(["sagemaker:UpdateEndpoint"], endpoint(place, environment)),
        allow(
            ["sagemaker:UpdateEndpoint"], configurations, StringEquals={"aws:ResourceTag/promoted": "true"}
        ),
    )


def observe(place: Place, environment: str) -> Document:
    """See what an environment serves, and change nothing."""
    return document(
        allow(["sagemaker:DescribeEndpoint"], endpoint(place, environment)),
        allow(["sagemaker:DescribeEndpointConfig"], named(place, environment, "endpoint-config")),
        allow(["sagemaker:DescribeModel"], named(place, environment, "model")),
    )


def monitor(place: Place, environment: str, platform_key: str, key_arn: str) -> Document:
    """Read the reports on captured traffic, and publish what they say as metrics; in staging, expire."""
    prefixes = [f"{capture_prefix(environment)}/", f"monitoring/{environment}/"]
    namespace = {"cloudwatch:namespace": place.project.name}
    return document(
        allow(["ssm:GetParameter"], place.parameters(environment, "service")),
        allow(["sagemaker:DescribeEndpoint"], endpoint(place, environment)),
        allow(["s3:GetObject"], *place.objects(*prefixes)),
        allow(["s3:ListBucket"], place.bucket, StringLike={"s3:prefix": [f"{one}*" for one in prefixes]}),
        allow(["kms:Decrypt"], platform_key),
        allow(["cloudwatch:PutMetricData"], "*", StringEquals=namespace),
        *(expire(place, key_arn) if environment == STAGING else []),
    )


def moved(place: Place, environment: str, platform_key: str, key_arn: str) -> list[Document]:
    """What moving an endpoint takes, forward or back: look, write the ledger, move versions, and judge.

    Where there is traffic an alarm judges; where there is none, the contract test.
    """
    ledger = place.arn("dynamodb", f"table/{names.ledger(place.project, environment)}", environment)
    judge = watched(place, environment) if guarded(environment) else proved(place, environment, platform_key)
    return [
        allow(["ssm:GetParameter"], place.parameters(environment, "service")),
        allow(["sagemaker:DescribeEndpoint"], endpoint(place, environment)),
        allow(["sagemaker:DescribeEndpointConfig"], named(place, environment, "endpoint-config")),
        allow(["sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"], place.packages),
        staged(place, environment),
        allow(["application-autoscaling:DescribeScalableTargets"], "*"),
        allow([f"dynamodb:{one}" for one in ("DeleteItem", "GetItem", "PutItem", "Scan")], ledger),
        allow(["kms:Decrypt"], key_arn),
        grant(key_arn),  # for the volumes of the instances that an update starts
        *judge,
    ]


def watched(place: Place, environment: str) -> list[Document]:
    """Set the alarm of a release, ask it, and take it away."""
    actions = ["DeleteAlarms", "DescribeAlarmHistory", "DescribeAlarms", "PutMetricAlarm", "TagResource"]
    alarms = place.arn("cloudwatch", f"alarm:{place.project.name}-{environment}-v*", environment)
    return [allow([f"cloudwatch:{one}" for one in actions], alarms)]


def proved(place: Place, environment: str, platform_key: str) -> list[Document]:
    """Send the examples that the model's archive holds."""
    return [
        allow(["sagemaker:InvokeEndpoint"], endpoint(place, environment)),
        allow(["s3:GetObject"], *place.objects("models/")),
        allow(["kms:Decrypt"], platform_key),
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


def endpoint(place: Place, environment: str) -> str:
    """The environment's endpoint."""
    return place.arn("sagemaker", f"endpoint/{names.endpoint(place.project, environment)}", environment)


def named(place: Place, environment: str, thing: str) -> str:
    """The environment's models, or its endpoint configurations."""
    return place.arn("sagemaker", f"{thing}/{place.project.name}-{environment}-*", environment)
