"""What the jobs may do that move an endpoint: release, roll back, close what is left open, take down."""

from infra.policies import scaling
from infra.policies.documents import (
    Document,
    Place,
    allow,
    document,
    endpoint,
    grant,
    guarded,
    named,
    pass_role,
    staged,
)
from pipeline import names, tags

STAGING = "staging"
EXAMINE = "examine"  # the registry's role for what a release asks of its account


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
        *pruned(place, environment),
        *examined(place, environment),
    )


def rollback(place: Place, environment: str, platform_key: str, key_arn: str) -> Document:
    """Back to a configuration that was promoted: makes and tags alarms and nothing else, passes no role."""
    return document(*moved(place, environment, platform_key, key_arn), *returned(place, environment))


def returned(place: Place, environment: str) -> list[Document]:
    """Bring the endpoint to a configuration that was promoted, and to no other.

    UpdateEndpoint is asked once for the endpoint and once for the configuration, so that the condition on the
    configuration does not weaken the other:
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html
    """
    configurations = named(place, environment, "endpoint-config")
    return [
        allow(["sagemaker:UpdateEndpoint"], endpoint(place, environment)),
        allow(
            ["sagemaker:UpdateEndpoint"], configurations, StringEquals={"aws:ResourceTag/promoted": "true"}
        ),
    ]


def closed(place: Place, environment: str, key_arn: str) -> list[Document]:
    """Close the release of a process that died by what is served; judge nothing, bring nothing new.

    What the dead process left beside the live model, a shadow, or in its place, a version that failed its
    contract test, it takes back to what was promoted before.
    """
    own = {"ForAllValues:StringEquals": {"aws:TagKeys": ["promoted"]}}
    guard = [*told(place, environment), *calmed(place, environment)] if guarded(environment) else []
    return [
        *looked(place, environment),
        *written(place, environment, key_arn),
        grant(key_arn),  # for the volumes of the instances that going back starts
        *returned(place, environment),
        allow(["sagemaker:AddTags"], named(place, environment, "endpoint-config"), **own),
        *guard,
        *pruned(place, environment),
    ]


def moved(place: Place, environment: str, platform_key: str, key_arn: str) -> list[Document]:
    """What moving an endpoint takes, forward or back: look, write the ledger, move versions, and judge.

    Where there is traffic alarms and the judge decide; where there is none, the contract test.
    """
    judge = judged(place, environment) if guarded(environment) else proved(place, environment, platform_key)
    return [
        *looked(place, environment),
        *written(place, environment, key_arn),
        grant(key_arn),  # for the volumes of the instances that an update starts
        *judge,
    ]


def looked(place: Place, environment: str) -> list[Document]:
    """See what is live, how it scales, and what the registry has."""
    return [
        allow(["ssm:GetParameter"], place.parameters(environment, "service")),
        allow(["sagemaker:DescribeEndpoint"], endpoint(place, environment)),
        allow(["sagemaker:DescribeEndpointConfig"], named(place, environment, "endpoint-config")),
        allow(["sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"], place.packages),
        allow(["application-autoscaling:DescribeScalableTargets"], "*"),
    ]


def written(place: Place, environment: str, key_arn: str) -> list[Document]:
    """Write the ledger, which is under the environment's key, and move versions to their stages."""
    ledger = place.arn("dynamodb", f"table/{names.ledger(place.project, environment)}", environment)
    actions = ("DeleteItem", "GetItem", "PutItem", "Scan", "UpdateItem")
    return [
        allow([f"dynamodb:{one}" for one in actions], ledger),
        allow(["kms:Decrypt"], key_arn),
        staged(place, environment),
    ]


def judged(place: Place, environment: str) -> list[Document]:
    """Set a release's alarms, tell them the judge's verdict, and keep room for traffic meanwhile."""
    namespace = {"cloudwatch:namespace": names.metrics(place.project, environment)}
    return [
        allow(["cloudwatch:PutMetricAlarm", "cloudwatch:TagResource"], alarms(place, environment)),
        *told(place, environment),
        allow(["cloudwatch:PutMetricData"], "*", StringEquals=namespace),
        *calmed(place, environment),
    ]


def told(place: Place, environment: str) -> list[Document]:
    """Read what was counted, and when a release's alarms fired; scaling asks for the description of all."""
    return [
        allow(["cloudwatch:DescribeAlarmHistory"], alarms(place, environment)),
        allow(["cloudwatch:GetMetricData"], "*"),
    ]


def calmed(place: Place, environment: str) -> list[Document]:
    """Put the scaling back, and take the release's alarms away."""
    gone = [alarms(place, environment), *scaling.alarms(place, environment)]
    return [*scaling.moved(place, environment), allow(["cloudwatch:DeleteAlarms"], *gone)]


def alarms(place: Place, environment: str) -> str:
    """The alarms of releases."""
    return place.arn("cloudwatch", f"alarm:{place.project.name}-{environment}-v*", environment)


def proved(place: Place, environment: str, platform_key: str) -> list[Document]:
    """Send the examples in the model's archive; read the latency, and whether alarms are armed."""
    promised = place.arn(
        "cloudwatch", f"alarm:{names.alarm(place.project, environment, 'slo', '*')}", environment
    )
    return [
        allow(["sagemaker:InvokeEndpoint"], endpoint(place, environment)),
        allow(["s3:GetObject"], *place.objects("models/")),
        allow(["kms:Decrypt"], platform_key),
        allow(["cloudwatch:DescribeAlarms"], promised),
        allow(["cloudwatch:GetMetricData"], "*"),
    ]


def pruned(place: Place, environment: str) -> list[Document]:
    """Find configurations and models that no release names any more, and delete them."""
    return [
        allow(["sagemaker:ListEndpointConfigs", "sagemaker:ListModels"], "*"),
        allow(["sagemaker:DeleteEndpointConfig"], named(place, environment, "endpoint-config")),
        allow(["sagemaker:DeleteModel"], named(place, environment, "model")),
    ]


def examined(place: Place, environment: str) -> list[Document]:
    """Take the registry's role that replays and evaluates; only what meets traffic is examined so."""
    return [allow(["sts:AssumeRole"], place.role(EXAMINE))] if guarded(environment) else []


def expire(place: Place) -> list[Document]:
    """Take staging's endpoint down when its time is up, by the ledger; the next release makes it again."""
    first = names.parameter(place.project, STAGING, "first-configuration")
    return [
        allow(["sagemaker:DeleteEndpoint"], endpoint(place, STAGING)),
        allow(["ssm:DeleteParameter"], place.arn("ssm", f"parameter{first}", STAGING)),
    ]
