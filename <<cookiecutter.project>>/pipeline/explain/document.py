"""A release as one JSON document. Pure."""

from dataclasses import asdict

from pipeline.command import Document
from pipeline.explain import facts, words
from pipeline.ledger import Record


def document(record: Record, endpoint: str) -> Document:
    """Everything that the ledger has, and beside it what a reader would have to work out."""
    return {
        **asdict(record),
        "sentence": words.verdict(record),
        "let": facts.let(record),
        "next": words.advice(record, endpoint),
        "signals": facts.signals(record),
        "evidence": {"reached": facts.reached(record), "bound": facts.bound(record)},
        "share": facts.shares(record),
        "seconds": facts.seconds(record),
        "failed_requests": facts.failed_requests(record),
        "warnings": facts.listed(record, "warnings"),
    }
