"""Run records side by side: what was trained, on what, how well, and where two of them differ. Pure."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from html import escape
from typing import Any

from pipeline import picture
from pipeline.command import Document
from pipeline.errors import UserError

SHOWN = 3  # metrics of a list; a comparison shows all
# heading → which members of a record stand below it
SECTIONS = {
    "data": ("manifest", "evaluation.rows", "evaluation.window"),
    "parameters": ("hyperparameters",),
    "metrics": ("evaluation.metrics",),
    "gate": ("gate.passed", "gate.called", "registered.version"),
    "made with": ("commit", "branch", "dirty", "image", "lock_sha256", "libraries"),
    "took": ("instance_type", "instance_count", "seconds", "cost_usd"),
}


@dataclass(frozen=True)
class Line:
    """One member of the records, with the value that each has."""

    section: str
    name: str
    values: tuple[Any, ...]

    @property
    def differs(self) -> bool:
        """Whether not all have the same."""
        return any(value != self.values[0] for value in self.values)


def pick(word: str, candidates: Sequence[str], project: str) -> str:
    """The candidate that `word` begins, with or without project and kind: 3f2a for NAME-train-3f2a….

    Raises UserError naming the near ones when there is none, and when there are several.
    """
    if word in candidates:
        return word
    tails = {one: one.removeprefix(f"{project}-") for one in candidates}
    found = [one for one, tail in tails.items() if word and any(s.startswith(word) for s in _ends(one, tail))]
    if len(found) == 1:
        return found[0]
    if found:
        raise UserError(f"{word} begins {' and '.join(tails[one] for one in found[:3])}: write more of one")
    near = get_close_matches(
        word, [*tails.values(), *(tail.split("-")[1] for tail in tails.values())], 3, 0.5
    )
    known = near or list(tails.values())[:3]
    raise UserError(
        f"there is no run {word}: write one of {', '.join(known)}"
        if known
        else f"there is no run {word}, nor any other: run `pipeline train` first"
    )


def _ends(candidate: str, tail: str) -> tuple[str, ...]:
    return candidate, tail, tail.partition("-")[2]


def lines(records: Sequence[Document]) -> list[Line]:
    """Every member that SECTIONS names and a record has, in that order."""
    found = []
    flats = [dict(_flat("", record)) for record in records]
    for section, members in SECTIONS.items():
        for member in members:
            above = member if section in ("parameters", "metrics") else member.rpartition(".")[0]
            names = dict.fromkeys(name for flat in flats for name in flat if _below(name, member))
            for name in names:
                values = tuple(flat.get(name) for flat in flats)
                found.append(Line(section, name.removeprefix(f"{above}."), values))
    return found


def _flat(prefix: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Each member of a document that is no table, under a name with dots."""
    if not isinstance(value, Mapping):
        yield prefix, value
        return
    for key, inner in value.items():
        yield from _flat(f"{prefix}.{key}" if prefix else key, inner)


def _below(name: str, member: str) -> bool:
    return name == member or name.startswith(f"{member}.")


def metrics(records: Iterable[Document], first: str) -> list[str]:
    """The names of the metrics that the records have; `first` is the one that decides."""
    names = {first: None} | {name: None for record in records for name in measured(record)}
    return list(names)


def measured(record: Document) -> Mapping[str, float | None]:
    """A record's metrics; none before it was evaluated."""
    found: Mapping[str, float | None] = record.get("evaluation", {}).get("metrics", {})
    return found


def verdict(record: Document) -> str:
    """What the gate said of it, in a word or two."""
    found = record.get("gate")
    if not found:
        return "-"
    called = f", {found['called']}" if found.get("called") else ""
    return f"{'passed' if found['passed'] else 'refused'}{called}"


def cells(record: Document, project: str, shown: Sequence[str]) -> dict[str, str]:
    """A record's line in a list, by column; `shown` are the metrics among them."""
    values = measured(record)
    version = record.get("registered", {}).get("version")
    return {
        "started (UTC)": record["started"][:16].replace("T", " "),
        "run": record["candidate"].removeprefix(f"{project}-"),
        "on": record["instance_type"],
        "commit": f"{(record['commit'] or 'none')[:8]}{'+' if record['dirty'] else ''}",
        "data": record["manifest"][:8],
        **{name: word(values.get(name)) for name in shown},
        "gate": verdict(record) + (f", version {version}" if version else ""),
        "US$": "?" if record["cost_usd"] is None else f"{record['cost_usd']:.4f}",
    }


def word(value: Any) -> str:
    """A value as a person reads it."""
    if value is None:
        return "-"
    if isinstance(value, float) and math.isfinite(value):
        return f"{value:.4f}"
    text = str(value)
    return text[:12] if len(text) in (40, 64) and set(text) <= set("0123456789abcdef") else text


def page(records: Sequence[Document], project: str, first: str, compared: bool) -> str:
    """A standalone HTML page: a picture of each metric over the runs, oldest on top, and a table."""
    shown = metrics(records, first)[: None if compared else SHOWN]
    old_first = sorted(records, key=lambda record: str(record["started"]))
    pictures = [
        picture.runs(name, [(_label(one, project), _number(measured(one).get(name))) for one in old_first])
        for name in shown
    ]
    head, rows = _compared(records, project) if compared else _listed(records, project, shown)
    title = f"Runs of {project}"
    table = "\n".join([_row("th", head), *rows])
    body = [f"<h1>{escape(title)}</h1>", *pictures, f"<table>\n{table}\n</table>"]
    meta = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{STYLE}</style>'
    return (
        f'<!doctype html>\n<html lang="en"><head>{meta}</head><body>\n'
        + "\n".join(body)
        + "\n</body></html>\n"
    )


STYLE = """
:root{color-scheme:light dark}
body{font:14px system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem}
svg{display:block;max-width:100%;margin:1rem 0}table{border-collapse:collapse}
th,td{border-bottom:1px solid #8886;padding:.3rem .7rem;text-align:left;font-variant-numeric:tabular-nums}
.differs{font-weight:600;background:#e69f0033}
"""


def _listed(records: Sequence[Document], project: str, shown: Sequence[str]) -> tuple[list[str], list[str]]:
    found = [cells(record, project, shown) for record in records]
    return list(found[0]) if found else [], [_row("td", one.values()) for one in found]


def _compared(records: Sequence[Document], project: str) -> tuple[list[str], list[str]]:
    head = ["", "", *(record["candidate"].removeprefix(f"{project}-") for record in records)]
    rows = [
        _row("td", [one.section, one.name, *map(word, one.values)], "differs" if one.differs else "")
        for one in lines(records)
    ]
    return head, rows


def _row(kind: str, texts: Iterable[str], style: str = "") -> str:
    inner = "".join(f"<{kind}>{escape(text)}</{kind}>" for text in texts)
    return f'<tr class="{style}">{inner}</tr>' if style else f"<tr>{inner}</tr>"


def _label(record: Document, project: str) -> str:
    return f"{record['started'][:10]} {record['candidate'].removeprefix(f'{project}-')}"


def _number(value: float | None) -> float:
    return math.nan if value is None else value
