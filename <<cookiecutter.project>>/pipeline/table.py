"""A comparison as JSON, and as tables for a person."""

import math
from collections.abc import Sequence
from typing import Any

from model.metrics import METRICS
from pipeline.command import Document
from pipeline.comparison import Comparison, Values

COLOURS = {"pass": "green", "STOP": "red", "off": "yellow", "overridden": "yellow"}


def comparison(compared: Comparison) -> Document:
    """Every metric of the three; difference and interval are to the champion, else to the base rate."""
    differences = compared.to_champion or compared.to_baseline
    return {
        name: {
            "candidate": number(value),
            "champion": number(compared.champion[name]) if compared.champion else None,
            "baseline": number(compared.baseline[name]),
            "difference": number(differences[name].value),
            "interval": differences[name].pair,
        }
        for name, value in compared.candidate.items()
    }


def segments(compared: Comparison, metric: str, least: int) -> list[Document]:
    """Every segment with the metrics of both; lead and interval are those of `metric`."""
    return [
        {
            "segment": one.name,
            "rows": one.rows,
            "judged": one.rows >= least,
            "candidate": numbers(one.candidate),
            "champion": numbers(one.champion),
            "lead": number(one.leads[metric].value),
            "interval": one.leads[metric].pair,
        }
        for one in compared.segments
    ]


def number(value: Any) -> Any:
    """A number as JSON, which knows no NaN; a text as it is."""
    return None if isinstance(value, float) and math.isnan(value) else value


def numbers(values: Values) -> Document:
    """The same for many."""
    return {name: number(value) for name, value in values.items()}


def metrics(compared: Document) -> Any:
    """What `comparison` says, a row for each metric."""
    from rich import box
    from rich.table import Table

    champion = any(one["champion"] is not None for one in compared.values())
    against = "champion" if champion else "base rate"
    table = Table(box=box.SIMPLE_HEAD, title="On the same rows", title_justify="left")
    table.add_column("")
    for head in ("candidate", "champion", "base rate", f"against {against}", "95 % interval"):
        table.add_column(head, justify="right")
    for name, one in compared.items():
        numbers = [shown(one[key]) for key in ("candidate", "champion", "baseline")]
        table.add_row(METRICS[name].title, *numbers, shown(one["difference"], "+"), span(one["interval"]))
    return table


def rules(states: Sequence[tuple[str, Document]]) -> Any:
    """A verdict's rules, each with its state."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, title="Rules", title_justify="left")
    table.add_column("")
    for head in ("rule", "what it says"):
        table.add_column(head, overflow="fold")
    table.add_column("lead or gap, 95 %", justify="right")
    for state, rule in states:
        word = Text(state, style=COLOURS[state])
        table.add_row(word, rule["rule"], Text(rule["sentence"]), span(rule["interval"]))
    return table


def shown(value: float | None, sign: str = "") -> str:
    """A number for a person."""
    return "-" if value is None else f"{value:{sign}.4f}"


def span(interval: Sequence[float] | None) -> str:
    """An interval for a person."""
    return "-" if interval is None else " to ".join(f"{end:+.4f}" for end in interval)
