"""A release as Markdown, for a job's summary. Pure."""

from pipeline import aws
from pipeline.command import Document
from pipeline.explain import facts, words
from pipeline.explain.chart import chart
from pipeline.ledger import Record
from pipeline.report.markdown import NOTHING, code, plain, table

MOST = 20  # rows of a table


def page(record: Record, endpoint: str) -> str:
    """The whole summary."""
    blocks = [
        f"## {plain(record.environment)}: {words.verdict_word(record)}",
        plain(words.verdict(record)),
        f"**Next:** {plain(words.advice(record, endpoint))}",
        *sections(record),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def sections(record: Record) -> list[str]:
    """What the record knows, each block with its heading; some may be empty."""
    return [
        chart(record),
        _facts(record),
        *_titled("Whose failures", _signals(record)),
        *_titled("Gates before", _gates(record)),
        *_titled("Alarms that went off", _alarms(record)),
        *_titled("Warnings", "\n".join(f"- {plain(str(one))}" for one in facts.listed(record, "warnings"))),
    ]


def _titled(title: str, text: str) -> list[str]:
    return [f"### {title}", text] if text else []


def _facts(record: Record) -> str:
    seconds, shares, failed = facts.seconds(record), facts.shares(record), facts.failed_requests(record)
    image = record.details.get("image")
    rows = [
        ["release", code(record.release)],
        ["asked for by", plain(aws.person(record.by))],
        ["let into it", plain(facts.let(record) or NOTHING)],
        ["why", plain(record.why or NOTHING)],
        ["version", str(record.version)],
        ["model", code(record.model)],
        *([["image", code(str(image))]] if image else []),
        ["configuration", f"{code(record.config_before or 'none')} → {code(record.config_asked)}"],
        [
            "candidate's share",
            f"planned {percent(shares['planned'])}, observed {percent(shares['observed'])}",
        ],
        ["seconds to verdict", said(seconds["to_verdict"])],
        ["… to the alarm", said(seconds["to_alarm"])],
        ["… to the old configuration", said(seconds["to_restored"])],
        ["failed requests served", NOTHING if failed is None else f"{failed:,}"],
    ]
    return table(["", ""], rows, MOST)


def _signals(record: Record) -> str:
    rows = [
        [facts.TITLES.get(name, code(name)), *counted(one), evidence(one.get("evidence"))]
        for name, one in facts.signals(record).items()
    ]
    if not rows:
        return ""
    bound = facts.bound(record)
    of = f" of {evidence(bound)} that take it back" if bound else ""
    whole = f"All signals together: evidence {evidence(facts.reached(record))}{of}."
    return f"{table(['', 'candidate', 'live model', 'evidence'], rows, MOST)}\n\n{whole}"


def _gates(record: Record) -> str:
    found = ((name, facts.part(record, name)) for name in ("replay", "shadow"))
    return "\n".join(f"- {name}: {plain(str(one.get('sentence', NOTHING)))}" for name, one in found if one)


def _alarms(record: Record) -> str:
    rows = [
        [
            plain(str(one.get("at", NOTHING))[11:19]),
            code(str(one.get("signal"))),
            plain(str(one.get("reason", ""))),
        ]
        for one in facts.fired(record)
    ]
    return table(["at (UTC)", "alarm", "why"], rows, MOST) if rows else ""


def counted(signal: Document) -> list[str]:
    """Failures of both fleets, of how many requests each."""
    return [
        f"{signal.get(f'{fleet}_failed', 0):,.0f} of {signal.get(fleet, 0):,.0f}"
        for fleet in ("canary", "stable")
    ]


def evidence(number: float | None) -> str:
    """Evidence in three digits; powers of ten where there are more."""
    return NOTHING if number is None else f"{number:,.3g}"


def said(seconds: float | None) -> str:
    """Seconds, rounded."""
    return NOTHING if seconds is None else f"{seconds:,.0f}"


def percent(share: float | None) -> str:
    """A share in percent."""
    return NOTHING if share is None else f"{share:.1%}"
