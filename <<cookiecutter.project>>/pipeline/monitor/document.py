"""The document of a monitoring job, as serving/monitor.py writes it, and one of a window without requests."""

from typing import Any

Document = dict[str, Any]
SKIPPED = (
    *("unreadable", "repeated", "unanswered", "untimed", "early", "ambiguous"),
    *("malformed_labels", "conflicting", "unmatched"),
)
NOTHING: Document = {
    "model_sha256": None,
    "block_seconds": None,
    "window": None,
    "requests": 0,
    "rows": 0,
    "skipped": dict.fromkeys(SKIPPED, 0),
    "malformed": {"rows": 0, "why": {}},
    "unknown": {},
    "columns": {},
    "segments": {},
    "blocks": [],
    "expected": None,
    "evaluation": None,
    "why": [],  # what could not be had, a sentence each
}


def key(environment: str, job: str) -> str:
    """Where the document of a job is in the bucket."""
    return f"{folder(environment, job)}/monitor.json"


def folder(environment: str, job: str) -> str:
    """Where a job leaves what it wrote, in the bucket."""
    return f"monitoring/{environment}/{job}"
