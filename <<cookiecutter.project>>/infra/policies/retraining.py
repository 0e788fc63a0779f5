"""What starts a retrain when an alarm sounds may do: post to one address, by one connection."""

from infra.policies.documents import Document, Place, allow, document
from pipeline import names


def rule(place: Place, environment: str) -> str:
    """The rule on the alarms."""
    return place.arn("events", f"rule/{names.retraining(place.project, environment)}", environment)


def destination(place: Place, environment: str) -> str:
    """The API destination, whatever AWS writes behind its name."""
    named = names.retraining(place.project, environment)
    return place.arn("events", f"api-destination/{named}/*", environment)


def dispatch(place: Place, environment: str) -> Document:
    """EventBridge's role.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-identity-based.html, "Permissions required
    for EventBridge to access targets".
    """
    return document(allow(["events:InvokeApiDestination"], destination(place, environment)))
