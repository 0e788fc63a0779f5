"""What the endpoint's containers may do."""

from infra.policies import releases
from infra.policies.documents import Document, Place, allow, document, grant, guarded
from infra.policies.jobs import NONE, Network, interfaces, pull, write_logs
from pipeline import names


def capture_prefix(environment: str) -> str:
    """Where the captured traffic of an environment lies in the project's bucket."""
    return f"capture/{environment}"


def endpoint(
    place: Place, environment: str, platform_key: str, key_arn: str, network: Network = NONE
) -> Document:
    """The endpoint: pulls its image, reads models, writes captured traffic and logs, watches its alarms.

    https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html: SageMaker
    looks at the alarms of a rollback under the endpoint's role.

    Models, images and captured traffic are the registry's account's and under the platform's key; the volume
    is under the environment's. https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html,
    "CreateModel API".
    """
    logs = place.arn("logs", f"log-group:{names.endpoint_log_group(place.project, environment)}", environment)
    alarms = releases.alarms(place, environment)
    watched = [allow(["cloudwatch:DescribeAlarms"], alarms)] if guarded(environment) else []
    return document(
        allow(["s3:GetObject"], *place.objects("models/")),
        allow(["s3:PutObject"], *place.objects(f"{capture_prefix(environment)}/")),
        allow(["kms:Decrypt", "kms:GenerateDataKey"], platform_key),
        grant(key_arn),
        *pull(place, "serve"),
        *write_logs(logs, "*"),
        allow(["cloudwatch:PutMetricData"], "*", StringLike={"cloudwatch:namespace": "/aws/sagemaker/*"}),
        *watched,
        *interfaces(place, network),
    )
