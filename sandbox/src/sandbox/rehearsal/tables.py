"""The tables behind the report's drawings."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

Document = Mapping[str, Any]


def all_of(record: Document) -> str:
    """Steps, incidents, releases, gate rules, requests, permissions, promises and what was left, each in a card."""
    parts = (_steps, _incidents, _releases, _gates, _requests, _principals, _policy, _left)
    return "<h2>The numbers behind it</h2>" + "".join(
        f'<div class="card scroll">{said}</div>' for part in parts if (said := part(record))
    )


def table(caption: str, heads: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[int] = ()) -> str:
    """A table of cells that are HTML already; columns `numbers` are set flush right."""
    kind = [' class="number"' if column in numbers else "" for column in range(len(heads))]
    head = "".join(f"<th{kind[i]}>{escape(text)}</th>" for i, text in enumerate(heads))
    body = "".join(
        "<tr>"
        + "".join(f'<td{kind[i]} data-of="{escape(heads[i])}">{cell}</td>' for i, cell in enumerate(row))
        + "</tr>"
        for row in rows
    )
    return (
        f'<table class="stack"><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def _verdict(ok: bool, good: str, bad: str) -> str:
    return f'<b class="{"good" if ok else "bad"}">{escape(good if ok else bad)}</b>'


def _steps(record: Document) -> str:
    rows = [
        (
            str(number),
            f'<b>{escape(step["title"])}</b><br><span class="soft">{escape(step["reason"] or step["observed"])}</span>',
            _verdict(step["ok"], "observed", "not observed"),
            f"{step['seconds']:.1f}",
        )
        for number, step in enumerate(record["steps"], 1)
    ]
    return table("Steps", ("", "step", "outcome", "seconds"), rows, (3,))


def _incidents(record: Document) -> str:
    """What was caused on purpose, and what came of it."""
    minutes = record["clock_speed"] / 60
    rows = [
        (
            escape(one["cause"]),
            f'{escape(one["told"])}<br><span class="soft">{escape(one["found"])}</span>',
            f"{one['seconds']:.1f}",
            f"{one['seconds'] * minutes:.0f}",
            f"<code>docs/runbook/{escape(one['page'])}.md</code>",
        )
        for one in record["incidents"]
    ]
    heads = ("caused", "what told of it", "after seconds", "minutes of AWS's", "what to do")
    return table("Incidents", heads, rows, (2, 3)) if rows else ""


def _releases(record: Document) -> str:
    rows = [
        (
            f"<code>{escape(str(r['id']))}</code>",
            escape(r["environment"]),
            _verdict(r["verdict"] == "promoted", r["verdict"], r["verdict"].replace("_", " "))
            + (f'<br><span class="soft">{escape(r["cause"])}</span>' if r["cause"] else ""),
            "<br>".join(
                f'<span class="soft">{word}</span> <code>{escape(str(r[key] or "none"))}</code>'
                for word, key in (
                    ("before", "config_before"),
                    ("asked", "config_asked"),
                    ("after", "config_after"),
                )
            ),
            f"{r['requests']['sent']:,}",
            f"{r['requests']['failed']:,}",
            f"{r['requests']['failed_by_candidate']:,}",
            _seconds(r["seconds"].get("to_verdict")),
        )
        for r in record["releases"]
    ]
    heads = ("release", "to", "verdict", "configuration", "requests", "failed", "by the new", "to verdict, s")
    return table("Releases", heads, rows, (4, 5, 6, 7)) if rows else ""


def _seconds(value: float | None) -> str:
    return "&ndash;" if value is None else f"{value:.1f}"


def _gates(record: Document) -> str:
    judged = [c for c in record["candidates"] if c["gate"]]
    tables = []
    for candidate in judged:
        rows = [
            (
                _verdict(rule["passed"], "passed", "refused"),
                f'<code class="word">{escape(rule["rule"])}</code>',
                escape(str(rule["sentence"])),
                _number(rule["value"]),
                _number(rule["bound"]),
            )
            for rule in candidate["gate"]["rules"]
        ]
        heads = ("", "rule", "what it says", "value", "bound")
        tables.append(table(f"Gate: {candidate['title']}", heads, rows, (3, 4)))
    return "<br>".join(tables)


def _number(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else escape(str(value))


def _requests(record: Document) -> str:
    requests = record["requests"]
    if not requests:
        return ""
    rows = [
        (f"<code>{escape(row['model'] or 'nobody')}</code>", _counts(row["traffic"]), _counts(row["served"]),
         _verdict(row["traffic"] == row["served"], "same", "different"))
        for row in requests["by_model"]
    ]  # fmt: skip
    heads = ("model", "counted by the traffic", "counted by the serving processes", "")
    return table("Requests to production, counted twice", heads, rows)


def _counts(counts: Mapping[str, int]) -> str:
    return " · ".join(f"{count:,} &times; {status}" for status, count in sorted(counts.items())) or "none"


def _principals(record: Document) -> str:
    """Who asked for what: the verbs of each role, and the decisions on its calls."""
    if not record["principals"]:
        return ""
    verbs: dict[tuple[str, str | None], dict[str, None]] = {}  # each once, in the order of their first call
    for verb in record["verbs"]:
        verbs.setdefault((verb["role"], verb["account"]), {})[" ".join(verb["verb"].split()[:3])] = None
    rows = [
        (
            f"<code>{escape(one['role'])}</code>",
            f"<code>{escape(one['account'])}</code>",
            "<br>".join(escape(verb) for verb in verbs.get((one["role"], one["account"]), ())) or "&ndash;",
            f"{one['decided']:,}",
            _verdict(not one["denied"], "0", str(len(one["denied"]))),
        )
        for one in record["principals"]
    ]
    heads = ("role", "account", "verbs under it", "permissions asked", "denied")
    return table("Under which role each verb and each container ran", heads, rows, (3, 4))


def _policy(record: Document) -> str:
    """Which promises differ here, where a day of AWS's passes in minutes."""
    if not record["policy"]:
        return ""
    rows = [
        (f"<code>{escape(one['key'])}</code>", escape(one["project"]), escape(one["here"])) for one in record["policy"]
    ]
    return table("Promises of policy.toml that differ here", ("", "the project's", "in this rehearsal"), rows, (1, 2))


def _left(record: Document) -> str:
    if record["left_after_teardown"] is None:
        return ""
    rows = [(_thing(item), "left behind") for item in record["left_after_teardown"]]
    rows += [(_thing(item), "pending deletion, as AWS does it") for item in record["pending_deletion"]]
    nothing = [("no resource, no process, no open port", "")]
    return table("What was left after the teardown", ("what", ""), rows or nothing)


def _thing(item: Document | str) -> str:
    """A row of `sandbox left`, a process, or what was said of something else in words."""
    if isinstance(item, str):
        return f"<code>{escape(item)}</code>"
    words = (item.get("service"), item["kind"], item["name"])
    return f"<code>{escape(' '.join(word for word in words if word))}</code> in {escape(item['account'])}"
