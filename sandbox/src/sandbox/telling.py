"""What SageMaker tells EventBridge of its endpoints.

https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html has the two events and an
example of each: the detail is a description, with the status in capitals and times in milliseconds. Guesses: a
deployment's event is sent at each of its stages and when it has ended, whichever way; FailureReason is not in it.
"""

import re
from datetime import datetime
from typing import Any

from sandbox import events
from sandbox.describing import describe
from sandbox.endpoint import Endpoint
from sandbox.world import World

DEPLOYMENT = "SageMaker Endpoint Deployment State Change"
STATE = "SageMaker Endpoint State Change"
MEMBERS = (
    "EndpointName", "EndpointArn", "EndpointConfigName", "ProductionVariants", "ShadowProductionVariants",
    "EndpointStatus", "CreationTime", "LastModifiedTime", "PendingDeploymentSummary",
)  # fmt: skip


def tell(world: World, endpoint: Endpoint, *kinds: str) -> None:
    """Send events of `kinds` about `endpoint`, whose lock the caller does not hold."""
    with endpoint.lock:
        described = describe(endpoint)
    detail = _plain({name: described[name] for name in MEMBERS if name in described})
    detail["EndpointStatus"] = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", endpoint.status).upper()
    detail["Tags"] = dict(world.tags.get(endpoint.arn, {}))
    for kind in kinds:
        events.emit(world, kind, endpoint.arn, detail)


def _plain(value: Any) -> Any:
    """`value` with its times as milliseconds."""
    if isinstance(value, datetime):
        return round(value.timestamp() * 1000)
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list) else value
