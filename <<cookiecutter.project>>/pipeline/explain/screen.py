"""A release as one screen of a terminal. Pure."""

from typing import Any

from pipeline import aws
from pipeline.explain import facts, words
from pipeline.explain.page import counted, evidence, percent, said
from pipeline.ledger import Record


def screen(record: Record, endpoint: str) -> list[Any]:
    """Lines and tables."""
    seconds, shares, failed = facts.seconds(record), facts.shares(record), facts.failed_requests(record)
    lines = [
        f"{record.release}: {words.verdict_word(record)}" + (f" ({record.cause})" if record.cause else ""),
        words.verdict(record),
        f"{record.kind} of {record.model}, {record.started[:16].replace('T', ' ')}, {aws.person(record.by)}",
        *([let] if (let := facts.let(record)) else []),
        f"{record.config_before or 'nothing'} -> {record.config_asked}",
        f"share: planned {percent(shares['planned'])}, observed {percent(shares['observed'])}; "
        f"failed requests served: {'-' if failed is None else f'{failed:,}'}",
        f"seconds: to verdict {said(seconds['to_verdict'])}, to alarm {said(seconds['to_alarm'])}, "
        f"to the old configuration {said(seconds['to_restored'])}",
    ]
    gates = ((name, facts.part(record, name)) for name in ("replay", "shadow"))
    lines += [f"{name}: {gate.get('sentence', '-')}" for name, gate in gates if gate]
    lines += [
        f"alarm {one.get('signal')} at {str(one.get('at', '-'))[11:19]}: {one.get('reason', '-')}"
        for one in facts.fired(record)
    ]
    lines += [f"warning: {one}" for one in facts.listed(record, "warnings")]
    return [*lines, *_signals(record), f"next: {words.advice(record, endpoint)}"]


def _signals(record: Record) -> list[Any]:
    found = facts.signals(record)
    if not found:
        return []
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, title="Whose failures", title_justify="left")
    table.add_column("")
    for head in ("candidate", "live model", "evidence"):
        table.add_column(head, justify="right")
    for name, one in found.items():
        table.add_row(facts.TITLES.get(name, name), *counted(one), evidence(one.get("evidence")))
    bound = facts.bound(record)
    table.add_row(
        "together", "", "", evidence(facts.reached(record)) + (f" of {evidence(bound)}" if bound else "")
    )
    return [table]
