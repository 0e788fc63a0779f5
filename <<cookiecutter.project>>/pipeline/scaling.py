"""Whether automatic scaling keeps an endpoint on the instance type that it has.

AWS refuses an update that would change the instance type of a variant that it scales:
https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-scaling-update.html.
"""

from typing import Any

from pipeline import aws, names

DIMENSION = "sagemaker:variant:DesiredInstanceCount"


def refusal(environment: str, before: str, asked: str, back_to: int | None = None) -> str:
    """Why an environment that scales does not move from one instance type to another, and the way round.

    A rollback, `back_to` a version, need not move: a release of that version stays where the endpoint is.
    """
    way = (
        f"run `pipeline release {environment} --version {back_to}`, which stays on {before}"
        if back_to
        else f"set service:maximum_instances to service:instance_count, `make up STACK={environment}`, "
        "run this again, and set it back"
    )
    return f"{environment} runs on {before} and scales, so AWS does not move it to {asked}: {way}"


def scales(endpoint: str) -> bool:
    """Whether AWS scales the endpoint's variant. Raises ClientError."""
    return target(endpoint) is not None


def target(endpoint: str) -> dict[str, Any] | None:
    """The scalable target that the endpoint's variant is; None when it is none. Raises ClientError."""
    subject = variant(endpoint)
    listed = aws.client("application-autoscaling").describe_scalable_targets(
        ServiceNamespace=subject["ServiceNamespace"],
        ResourceIds=[subject["ResourceId"]],
        ScalableDimension=subject["ScalableDimension"],
    )
    found: dict[str, Any] | None = next(iter(listed["ScalableTargets"]), None)
    return found


def variant(endpoint: str) -> dict[str, str]:
    """What Application Auto Scaling calls the endpoint's variant."""
    return {
        "ServiceNamespace": "sagemaker",
        "ResourceId": f"endpoint/{endpoint}/variant/{names.VARIANT}",
        "ScalableDimension": DIMENSION,
    }
