"""Automatic scaling: what AWS asks of whoever moves its bounds.

A target has an id that AWS invents and no request names, so that its ARN tells no endpoint from another. What
does is the endpoint: whoever scales one must be allowed what the scaling does, with the endpoint, its
configuration and its alarms, and this is tried out first, on an alarm without a name:
https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-prerequisites.html,
https://docs.aws.amazon.com/autoscaling/application/userguide/security_iam_permission_validation.html
"""

from infra.policies.documents import Document, Place, allow, endpoint
from pipeline import names, tags

DIMENSION = "sagemaker:variant:DesiredInstanceCount"
OF_ENDPOINTS = {
    "application-autoscaling:service-namespace": "sagemaker",
    "application-autoscaling:scalable-dimension": DIMENSION,
}


def targets(place: Place, part: str) -> str:
    """The scalable targets of an account."""
    return place.arn("application-autoscaling", "scalable-target/*", part)


def alarms(place: Place, part: str) -> list[str]:
    """The alarms of target tracking, and the one without a name."""
    tracking = f"alarm:TargetTracking-endpoint/{names.endpoint(place.project, part)}/variant/*"
    return [place.arn("cloudwatch", one, part) for one in (tracking, "alarm:")]


def moved(place: Place, environment: str) -> list[Document]:
    """Raise the least capacity of the own endpoint for a bake, put it back, and scale it anew.

    Beside it the alarms have to be deleted.
    """
    actions = ["DeregisterScalableTarget", "PutScalingPolicy", "PutScheduledAction", "RegisterScalableTarget"]
    looks = ["DescribeScalingPolicies", "DescribeScheduledActions"]
    return [
        allow([f"application-autoscaling:{one}" for one in looks], "*"),
        allow(
            [f"application-autoscaling:{one}" for one in actions],
            targets(place, environment),
            StringEquals=OF_ENDPOINTS,
        ),
        # a target that is made anew is tagged as it is registered
        allow(
            ["application-autoscaling:TagResource"],
            targets(place, environment),
            **{"ForAllValues:StringEquals": {"aws:TagKeys": list(tags.KEYS)}},
        ),
        allow(["sagemaker:UpdateEndpointWeightsAndCapacities"], endpoint(place, environment)),
        allow(["cloudwatch:DescribeAlarms"], place.arn("cloudwatch", "alarm:*", environment)),
        allow(["cloudwatch:PutMetricAlarm"], *alarms(place, environment)),
    ]
