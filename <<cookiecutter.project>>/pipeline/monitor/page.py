"""A look as one page that a person on call reads in a minute: no script, nothing from elsewhere. Pure."""

from collections.abc import Iterable, Sequence

from pipeline import runbook
from pipeline.command import Document
from pipeline.monitor import pictures, screen
from pipeline.monitor.finding import BROKEN, KEPT, UNKNOWN, WORDS
from pipeline.monitor.screen import number
from pipeline.monitor.view import View
from pipeline.svg import clean

SIGNS = {KEPT: "✓", BROKEN: "✗", UNKNOWN: "?"}
MOST = 12  # rows of a table
SENTENCES = 3  # of a promise
EMPTY = '<p class="soft">There are no rows to show.</p>'
STYLE = """
:root{color-scheme:light dark;--paper:#fff;--ink:#1c2330;--soft:#5c6675;--rule:#dfe2e7;--ground:#f5f6f8;
--kept:#00785a;--broken:#b3261e;--unknown:#8a5a00}
@media(prefers-color-scheme:dark){:root{--paper:#161b22;--ink:#e8ebf0;--soft:#a3adba;--rule:#343c48;
--ground:#0d1117;--kept:#2fc79b;--broken:#ff8a80;--unknown:#e6b450}}
*{box-sizing:border-box}
body{font:14px/1.45 system-ui,sans-serif;margin:0 auto;max-width:94rem;padding:1.2rem;color:var(--ink);
background:var(--ground)}
h1{font-size:1.5rem;margin:0 0 .2rem}h2{font-size:1.15rem;margin:2rem 0 .6rem}h3{font-size:1rem;margin:0}
p{margin:.3rem 0}.soft{color:var(--soft)}a{color:inherit}
.grid{display:grid;gap:.8rem;align-content:start}.promises{margin-top:1rem;align-items:start;grid-template-columns:repeat(auto-fit,minmax(min(100%,16rem),1fr))}
.wide{grid-template-columns:repeat(auto-fit,minmax(min(100%,36rem),1fr))}
.small{grid-template-columns:repeat(auto-fill,minmax(min(100%,20rem),1fr))}
.numbers{grid-template-columns:repeat(auto-fit,minmax(min(100%,11rem),1fr))}
.card{background:var(--paper);border:1px solid var(--rule);border-radius:8px;padding:.7rem .9rem;min-width:0;
overflow-wrap:anywhere}
.kept{border-left:6px solid var(--kept)}.broken{border-left:6px solid var(--broken)}
.unknown{border-left:6px dashed var(--unknown)}
.kept .state{color:var(--kept)}.broken .state{color:var(--broken)}.unknown .state{color:var(--unknown)}
.state{font-weight:700;float:right}.number{font-size:1.35rem;font-weight:600;font-variant-numeric:tabular-nums}
ul{margin:.3rem 0;padding-left:1.1rem}
svg{display:block;width:100%;height:auto}.wide svg{max-width:720px}
figure{margin:0}figcaption{color:var(--soft);padding:.2rem .3rem}
table{border-collapse:collapse;width:100%}th{color:var(--soft);font-weight:600}
th,td{border-bottom:1px solid var(--rule);padding:.25rem .6rem .25rem 0;text-align:left;vertical-align:top;
font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
td:first-child{min-width:6rem}summary{cursor:pointer;margin:.8rem 0}
"""


def page(view: View) -> str:
    """One HTML document that needs nothing beside it."""
    title = screen.headline(view)
    parts = (_head, _promises, _worth, _inputs, _callers, _system, _made)
    meta = '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    head = f"{meta}<title>{clean(title)}</title><style>{STYLE}</style>"
    body = "\n".join(part(view) for part in parts)
    return f'<!doctype html>\n<html lang="en"><head>{head}</head><body>\n{body}\n</body></html>\n'


def _head(view: View) -> str:
    """The verdict in a sentence, what it is about, and what could not be had."""
    found = view.document
    window = found["window"]
    about = [
        view.endpoint,
        *([f"{pictures.when(window['from'])} to {pictures.when(window['to'])}"] if window else []),
        f"{found['requests']:,} requests, {found['rows']:,} rows",
        f"looked at {pictures.when(view.at)} UTC",
    ]
    notes = [*([view.cut] if view.cut else []), *found.get("why", [])]
    return (
        f'<h1>{_sentence(screen.headline(view))}</h1><p class="soft">{clean(" · ".join(about))}</p>'
        + "".join(f"<p>{_sentence(one)}.</p>" for one in notes)
    )


def _sentence(text: str) -> str:
    return clean(text[:1].upper() + text[1:])


def _promises(view: View) -> str:
    """A card for each, the broken ones first, and then those of which nobody can tell."""
    worst = (BROKEN, UNKNOWN, KEPT)
    order = sorted(view.states.items(), key=lambda one: worst.index(one[1]))
    cards = [_promise(view, promise, held) for promise, held in order]
    return f'<div class="grid promises">{"".join(cards)}</div>'


def _promise(view: View, promise: str, held: str) -> str:
    """A promise with its state, what decided that, and where its runbook is."""
    said = [one for one in view.findings if one.promise == promise and one.state == held]
    shown = said if held == BROKEN else [one for one in said if not one.subject] or said
    lines = [one.sentence for one in shown[:SENTENCES]]
    if more := len(said) - len(lines):
        lines.append(f"and {more} more, of columns or segments")
    name = promise.replace("_", " ").capitalize()
    found = "".join(f"<li>{clean(one)}</li>" for one in lines)
    return (
        f'<div class="card {held}"><span class="state">{SIGNS[held]} {WORDS[held]}</span>'
        f"<h3>{clean(name)}</h3><ul>{found}</ul>{_runbook(view, promise)}</div>"
    )


def _runbook(view: View, promise: str) -> str:
    if not view.runbook:
        return ""
    where = f"{view.runbook}/model-{runbook.signal(promise)}.md"
    return f'<a href="{clean(where)}">What to do</a>'


def _worth(view: View) -> str:
    """What the model was worth block by block, whether its scores mean what they did, and how they lie."""
    title = "What the model is worth"
    if not view.document["rows"]:
        return _titled(title, EMPTY)
    drawn = _figures([*pictures.worth(view), pictures.calibration(view)])
    beside = _figures([pictures.traffic(view), *pictures.answers(view)])
    return _titled(title, f'<div class="grid wide">{drawn}<div class="grid">{beside}</div></div>')


def _inputs(view: View) -> str:
    """The columns that have moved, the furthest first; the others are folded away."""
    title = "What it is asked"
    if not view.document["rows"]:
        return _titled(title, EMPTY)
    moved, others = pictures.columns(view)
    shown = f'<div class="grid small">{_figures(moved)}</div>' if moved else ""
    folded = f'<div class="grid small">{_figures(others)}</div>'
    words = f"{len(others)} columns that have not moved, or were not judged"
    parts = f"{shown}<details><summary>{words}</summary>{folded}</details>" if others else shown
    return _titled(title, parts + _segments(view))


def _figures(drawn: Iterable[tuple[str, str]]) -> str:
    """Pictures, each with the words below it."""
    return "".join(
        f"<figure>{picture}{f'<figcaption>{clean(words)}</figcaption>' if words else ''}</figure>"
        for picture, words in drawn
    )


def _segments(view: View) -> str:
    """Segments that nobody knew."""
    new = [(name, one["rows"]) for name, one in view.document["segments"].items() if one["new"]]
    rows = [[name, f"{rows:,}"] for name, rows in sorted(new, key=lambda one: -one[1])]
    table = _table("Segments that neither training nor evaluation had", ["segment", "rows"], rows)
    return f'<div class="card">{table}</div>' if table else ""


def _callers(view: View) -> str:
    """What callers send that they should not, or that nobody uses."""
    found = view.document
    tables = [
        _table(
            f"Refused by the signature: {found['malformed']['rows']:,} rows",
            ["why", "rows"],
            [[why, f"{rows:,}"] for why, rows in found["malformed"]["why"].items()],
        ),
        _table(
            "Columns that the model does not use",
            ["column", "rows"],
            [[name, f"{rows:,}"] for name, rows in found["unknown"].items()],
        ),
        _table("Values that training has not seen", ["column", "of its rows", "such as"], _unseen(found)),
        _table("Missing values", ["column", "in the window", "in training", "allowed"], _nulls(found)),
    ]
    shown = "".join(f'<div class="card">{one}</div>' for one in tables if one)
    body = f'<div class="grid wide">{shown}</div>' if shown else '<p class="soft">Nothing stands out.</p>'
    return _titled("What callers send", body)


def _unseen(found: Document) -> list[list[str]]:
    columns = sorted(found["columns"].items(), key=lambda one: -one[1]["unseen"])
    return [
        [name, f"{one['unseen']:.2%}", ", ".join(map(str, one["values"]))]
        for name, one in columns
        if one["unseen"]
    ]


def _nulls(found: Document) -> list[list[str]]:
    """Columns with missing values, those nearest to their budget, or beyond it, first."""

    def near(one: Document) -> float:
        return float(one["nulls"] / one["nulls_budget"]) if one["nulls_budget"] else float(one["nulls"])

    columns = [(name, one) for name, one in found["columns"].items() if one["nulls"]]
    return [
        [name, f"{one['nulls']:.2%}", number(one["nulls_before"], ".2%"), number(one["nulls_budget"], ".2%")]
        for name, one in sorted(columns, key=lambda one: -near(one[1]))
    ]


def _system(view: View) -> str:
    """The service itself: numbers of the last day, each with what is promised of it."""
    one, slo = view.system, view.slo
    instances = f"{one.instances or 0} {one.instance_type or 'instances'}"
    burns = [
        (f"{name} burn of the error budget", number(rate, ".2g"), f"alarm at {one.bounds[name]:g}")
        for name, rate in one.burns.items()
    ]
    failed = f"{number(one.failed, ',.0f')} failed"
    numbers = [
        *burns,
        ("requests a day", number(one.requests, ",.0f"), failed),
        ("p50, ms", number(one.p50_ms, ".1f"), f"promised {slo.latency_p50_ms:g}"),
        ("p95, ms", number(one.p95_ms, ".1f"), f"promised {slo.latency_p95_ms:g}"),
        ("CPU, %", number(one.cpu_percent, ".0f"), f"alarm at {slo.cpu_percent:g}"),
        ("memory, %", number(one.memory_percent, ".0f"), f"alarm at {slo.memory_percent:g}"),
        ("US$ a day", number(one.dollars, ",.2f"), instances),
    ]
    cards = "".join(
        f'<div class="card"><div class="soft">{clean(name)}</div><div class="number">{clean(value)}</div>'
        f'<div class="soft">{clean(beside)}</div></div>'
        for name, value, beside in numbers
    )
    return _titled("The service", f'<div class="grid numbers">{cards}</div>')


def _made(view: View) -> str:
    """What was left out of all this, and what it was made of."""
    left = [f"{LEFT.get(name, name)}: {count:,}" for name, count in view.document["skipped"].items() if count]
    sha256 = view.document["model_sha256"]
    made = {
        "version": view.version,
        "model": sha256 and sha256[:12],
        "configuration": view.config,
        "job": view.job,
    }
    lines = [
        f"Left out: {'; '.join(left) or 'nothing'}.",
        " · ".join(f"{name} {held}" for name, held in made.items() if held),
    ]
    return "".join(f'<p class="soft">{clean(one)}</p>' for one in lines)


LEFT = {
    "unreadable": "lines that cannot be read",
    "repeated": "requests captured twice",
    "unanswered": "requests without usable predictions, of which the columns count all the same",
    "untimed": "requests whose time is missing or yet to come",
    "early": "requests of before the window",
    "ambiguous": "requests under an id that another had, which get no label",
    "unmatched": "labels of requests that were not captured",
    "malformed_labels": "labels that are no numbers, or not one for each row",
    "conflicting": "requests with labels that contradict each other",
}


def _titled(title: str, body: str) -> str:
    return f"<h2>{clean(title)}</h2>{body}"


def _table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table with its title; "" of no rows."""
    if not rows:
        return ""
    lines = "".join(_row("td", row) for row in rows[:MOST])
    more = f'<p class="soft">and {len(rows) - MOST} more</p>' if len(rows) > MOST else ""
    return f"<h3>{clean(title)}</h3><table>{_row('th', head)}{lines}</table>{more}"


def _row(kind: str, texts: Sequence[str]) -> str:
    return "<tr>" + "".join(f"<{kind}>{clean(text)}</{kind}>" for text in texts) + "</tr>"
