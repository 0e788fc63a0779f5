"""What a release tells: its JSON and its lines. What is live is read from the endpoint, never assumed."""

from dataclasses import replace
from typing import Any

from pipeline.command import Answer, Document
from pipeline.ledger import Record
from pipeline.report import markdown
from pipeline.verdict import READY, Outcome

SECONDS = ("to_verdict", "to_alarm", "to_restored", "provisioning")


def judged(record: Record, outcome: Outcome) -> Record:
    """The record with an outcome."""
    return replace(record, verdict=outcome.verdict, cause=outcome.cause, reason=outcome.reason)


def of(record: Record, live: dict[str, Any] | None, moved: Document) -> Answer:
    """The answer for a record that has a verdict."""
    outcome = Outcome(record.verdict or record.state, record.cause, record.reason or "")
    document: Document = {
        "release": record.release or None,
        "kind": record.kind,
        "environment": record.environment,
        "version": record.version,
        "state": record.state,
        "verdict": outcome.verdict,
        "cause": outcome.cause,
        "reason": outcome.reason,
        "config_before": record.config_before,
        "config_asked": record.config_asked,
        "config_after": live.get("EndpointConfigName") if live else None,
        "model": record.model,
        "seconds": {**dict.fromkeys(SECONDS), **record.details.get("seconds", {})}
        | {"to_verdict": record.to_verdict, "to_restored": record.to_restored},
        "warnings": record.details.get("warnings", []),
        "registry": moved,
    }
    cause = f" ({outcome.cause})" if outcome.cause else ""
    lines = [
        f"{record.kind} of version {record.version} in {record.environment}: {outcome.verdict}{cause}",
        outcome.reason,
        f"live: {document['config_after'] or 'nothing'}",
        *(f"registry: version {one} is at {stage}" for one, stage in moved["moved"].items()),
        *document["warnings"],
    ]
    outputs = {
        "release": record.release,
        "version": str(record.version),
        "verdict": outcome.verdict,
        "prepared": str(outcome.verdict == READY).lower(),
    }
    return Answer(document, lines, outcome.code, outputs, _summary(lines))


def _summary(lines: list[str]) -> str:
    """The same as Markdown: what became of it first; why, what is live and what is to be known below it."""
    first, *others = (markdown.plain(line) for line in lines if line)
    return "\n".join([f"**{first}**", "", *(f"- {line}" for line in others)])
