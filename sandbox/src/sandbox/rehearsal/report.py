"""report.html: one self-contained page out of what rehearsal.json says, and nothing else."""

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from sandbox.rehearsal import loop, tables, verdicts
from sandbox.rehearsal.timeline import Mark, Window, chart, failures

Document = Mapping[str, Any]


def page(record: Document) -> str:
    """The whole page."""
    style = Path(__file__).with_name("report.css").read_text()
    title = f"{record['project']}, rehearsed"
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{escape(title)}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<style>\n{style}</style>\n</head>\n<body>\n" + "\n".join(_parts(record)) + "\n</body>\n</html>\n"
    )


def _parts(record: Document) -> Sequence[str]:
    whole = _header(record), _loop(record), _whole(record), _releases(record)
    return (*whole, verdicts.section(record["verdicts"]), tables.all_of(record))


def hues(record: Document) -> dict[str, str]:
    """The colour class of every model that was released: its candidate's place in the list."""
    versions = {c["version"]: f"c{i}" for i, c in enumerate(record["candidates"]) if c["version"] is not None}
    production = [r for r in record["releases"] if r["environment"] == "production" and r["model_asked"]]
    return {r["model_asked"]: versions.get(r["version"], "c5") for r in production}


def names(record: Document) -> dict[str, str]:
    """What a reader calls every model that was released: its candidate's title."""
    titles = {c["version"]: c["title"] for c in record["candidates"] if c["version"] is not None}
    return {
        r["model_asked"]: titles.get(r["version"], r["model_asked"]) for r in record["releases"] if r["model_asked"]
    }


def _header(record: Document) -> str:
    done = sum(step["ok"] for step in record["steps"])
    broken = next((step for step in record["steps"] if not step["ok"]), None)
    if record["ok"]:
        headline = "A bad model was let out, and taken back, with nobody watching"
        lead = (
            f"The whole life of <b>{escape(record['project'])}</b>, lived once on one machine under live traffic. "
            f"Every outcome below was observed from outside the release tool."
        )
    elif broken:
        headline = f"Stopped at “{broken['title']}”"
        lead = f'<span class="bad">{escape(broken["reason"] or "")}</span>'
    else:
        headline, lead = "Interrupted", "The rehearsal ended before its last step."
    return (
        f'<header><p class="eyebrow">{escape(record["project"])} · rehearsal of {escape(record["began"])}</p>'
        f'<h1>{escape(headline)}</h1><p class="lead">{lead}</p>{_figures(record, done)}</header>'
    )


def _figures(record: Document, done: int) -> str:
    bad = {r["model_asked"] for r in record["releases"] if r["verdict"] == "rolled_back"}
    lanes = (record["traffic"] or {"models": {}})["models"]
    sent = sum(sum(lane["answered"]) + sum(lane["failed"]) for lane in lanes.values())
    guilty = sum(sum(lane["failed"]) for model, lane in lanes.items() if model in bad)
    innocent = sum(sum(lane["failed"]) for lane in lanes.values()) - guilty
    setup = record["seconds"]["setup"]
    rows = [
        ("outcomes observed", f"{done}<small> of {len(record['steps'])}</small>", "" if record["ok"] else "bad"),
        ("seconds, and for set-up" if setup else "seconds", f"{record['seconds']['rehearsal']:.0f}"
         + (f"<small> + {setup:.0f}</small>" if setup else ""), ""),
        ("requests to production", f"{sent:,}", ""),
        ("failed, by the model rolled back", f"{guilty}", ""),
        ("failed, by any other", f"{innocent}", "bad" if innocent else "good"),
    ]  # fmt: skip
    cells = "".join(f'<div><dt>{label}</dt><dd class="{kind}">{value}</dd></div>' for label, value, kind in rows)
    return f'<dl class="figures">{cells}</dl>'


def _loop(record: Document) -> str:
    candidates = record["candidates"]
    travellers = "".join(
        f'<li><i class="badge c{i}" style="font-style:normal">{i + 1}</i><div><b>{escape(c["title"])}</b><br>'
        f"<span>{escape(c['outcome'])}</span></div></li>"
        for i, c in enumerate(candidates)
    )
    return (
        "<h2>How far each of them came</h2><p>Whatever wants to reach production rides the same track. "
        "A stop sign ends the ride and says why; the way back leads to training.</p>"
        f'<div class="card">{loop.drawings(candidates)}<ul class="travellers">{travellers}</ul></div>'
    )


def _whole(record: Document) -> str:
    traffic = record["traffic"]
    if not traffic:
        return ""
    colours, titles = hues(record), names(record)
    window = Window(traffic["started"], max(traffic["ended"], traffic["started"] + traffic["bucket_seconds"]))
    marks = [
        Mark(step["started"], step["title"], "quiet") for step in record["steps"] if step["started"] > window.start
    ]
    legend = "".join(f'<span><i class="dot {h}"></i>{escape(titles[m])}</span>' for m, h in colours.items())
    return (
        "<h2>Who answered, from the first endpoint to the last</h2><p>Each request carries the name of the model "
        f"that answered it. {traffic['rate']:g} a second, never paused.</p>"
        f'<div class="card short">{chart(traffic, window, colours, marks)}<div class="legend">{legend}</div></div>'
    )


def _releases(record: Document) -> str:
    shown = [r for r in record["releases"] if r["environment"] == "production" or r["injected"]]
    cards = "".join(_release(record, r) for r in shown if r["wall"].get("started") and _window(record, r))
    if not cards:
        return ""
    return (
        "<h2>Release by release</h2><p>Some of the traffic meets the new model while the old one stands "
        f"by. The judge asks whose failures there are; its verdict pulls an alarm, and AWS goes back.</p>{cards}"
    )


def _window(record: Document, release: Document) -> Window | None:
    """The release with some seconds around it, cut to the traffic; None when no traffic met it."""
    wall, traffic = release["wall"], record["traffic"]
    if not traffic:
        return None
    start, end = max(wall["started"] - 1, traffic["started"]), min(wall["ended"] + 1, traffic["ended"])
    return Window(start, end) if wall["ended"] > traffic["started"] and end > start else None


def _release(record: Document, release: Document) -> str:
    window, traffic = _window(record, release), record["traffic"]
    assert window is not None  # noqa: S101 - _releases asks for it first
    colours, titles = hues(record), names(record)
    old, new = release["model_before"], release["model_asked"]
    kind = "good" if release["verdict"] == "promoted" else "bad"
    shown = {model: colours[model] for model in (old, new) if model in colours}
    lanes = "".join(
        failures(traffic, window, model, colours.get(model, "c5"), f"{word}: {titles.get(model, model)}")
        for word, model in (("old", old), ("new", new))
        if model
    )
    injected = (
        f'<p class="injected"><b>Done to it:</b> {escape(release["injected"])}</p>' if release["injected"] else ""
    )
    return (
        f'<section class="card release"><header><h3>{escape(release["title"])}</h3>'
        f'<span class="verdict {kind}">{escape(release["verdict"].replace("_", " "))}</span></header>'
        f"{injected}<p>{escape(release['reason'] or '')}</p>{_ended(release)}"
        f"{chart(traffic, window, shown, _moments(release, kind))}{lanes}{_explained(release)}</section>"
    )


def _ended(release: Document) -> str:
    """How a release on which something was inflicted ended, as a table."""
    if not release["injected"]:
        return ""
    requests, seconds = release["requests"], release["wall"]["ended"] - release["wall"]["started"]
    cells = (
        _said(release["verdict"].replace("_", " ")),
        _said(release["cause"] or "none"),
        f"<code>{_said(release['config_after'] or 'none')}</code>",
        f"{requests['failed']:,} of {requests['sent']:,}",
        f"{seconds:.1f}",
    )
    heads = ("end", "cause in the record", "live configuration", "failed requests", "seconds")
    return tables.table("How it ended", heads, [cells], (3, 4))


def _said(text: str) -> str:
    return escape(str(text))


def _explained(release: Document) -> str:
    """What `pipeline explain` says and draws, where it was asked; its SVG is ours, and its words are escaped."""
    if not release["picture"]:
        return ""
    return f"<figure><figcaption>{escape(release['sentence'])}</figcaption>{release['picture']}</figure>"


def _moments(release: Document, kind: str) -> Sequence[Mark]:
    wall = release["wall"]
    verdict = release["verdict"].replace("_", " ")
    cause = f", {release['cause']}" if release["cause"] else ""
    marks = [
        Mark(wall["started"], f"{release['kind']} asked", "quiet"),
        Mark(wall["shifted"], "the new answers its first request", "quiet") if wall.get("shifted") else None,
        Mark(wall["verdict"], f"verdict: {verdict}{cause}", f"verdict-{kind}") if wall.get("verdict") else None,
        Mark(wall["restored"], "the old answers alone again", "quiet") if wall.get("restored") else None,
    ]
    return [mark for mark in marks if mark]
