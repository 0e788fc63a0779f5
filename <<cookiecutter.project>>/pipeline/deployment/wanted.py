"""What GitHub should say of a release: a deployment of its version with its real outcome. Pure."""

from collections.abc import Sequence
from typing import Any

from pipeline import aws, canary, consent, ledger, states
from pipeline.command import Document
from pipeline.ledger import Record

LONGEST = 140  # characters of a description, GitHub's bound
IN_PROGRESS, SUCCESS, INACTIVE, FAILURE, ERROR = "in_progress", "success", "inactive", "failure", "error"


def live(history: Sequence[Record], config: str | None) -> Record | None:
    """The release that brought what the endpoint serves, the configuration `config`: the last that did."""
    promoted = (one for one in history if one.state == ledger.PROMOTED)
    return next((one for one in promoted if one.config_asked == config), None)


def state(record: Record, serving: Record | None) -> str:
    """GitHub's word for a release, `serving` being the one whose version is live.

    Only that one is a success: what was promoted before is inactive, and so is what was served by an endpoint
    that is gone.
    """
    if record.state not in states.ENDS:
        return IN_PROGRESS
    if record.state == ledger.PROMOTED:
        return SUCCESS if record == serving else INACTIVE
    return ERROR if record.state == ledger.STUCK else FAILURE


def description(record: Record) -> str:
    """What became of it and by whose doing, within GitHub's bound."""
    said = (record.verdict or record.state).replace("_", " ")
    cause = f" ({record.cause})" if record.cause else ""
    by = f" by {aws.person(record.aborted_by)}" if record.aborted_by else ""
    why = f": {record.reason}" if record.reason else ""
    text = f"version {record.version} {said}{cause}{by}{why}"
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def request(record: Record, endpoint: str, commit: str) -> Document:
    """A new deployment of `commit`, the one that the version was made of.

    Its environment is the endpoint, which no job names: GitHub makes a deployment for each job that names an
    environment, with the job's own outcome, and that would make this one inactive.
    """
    return {
        "ref": commit,
        "task": record.kind,
        "environment": endpoint,
        "production_environment": record.environment == canary.GUARDED,
        "transient_environment": False,
        "auto_merge": False,
        "required_contexts": [],
        "description": f"{record.kind} of version {record.version}"[:LONGEST],
        "payload": payload(record),
    }


def payload(record: Record) -> Document:
    """What a program finds in the deployment; verdict and cause only once there is one."""
    over = {"verdict": record.verdict, "cause": record.cause} if record.state in states.ENDS else {}
    return {
        "release": record.release,
        "version": record.version,
        "config": record.config_asked,
        "model": record.model,
        "let": consent.words(record.details.get("approvals", [])),
        **over,
    }


def status(record: Record, serving: Record | None) -> Document:
    """A new status; the log is the page of the workflow run that released it last."""
    runs = record.details.get("runs", [])
    return {
        "state": state(record, serving),
        "description": description(record),
        "auto_inactive": False,  # GitHub would do so in other environments than production only
        **({"log_url": runs[-1]} if runs else {}),
    }


def released(deployment: Document) -> str | None:
    """The id of the release that a deployment is of; None for one that is not ours."""
    held: Any = deployment.get("payload")
    return held.get("release") if isinstance(held, dict) else None
