"""The report as Markdown that fits into a comment, from documents. Pure.

What could not be had is named in one line; what is too long for a comment loses segments, never the verdict.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.command import Document
from pipeline.report.markdown import NOTHING, code, interval, listed, plain, table, value

LIMIT = 63_000  # characters; the rest of a comment is for what `pipeline comment` puts around it
MOST = 15  # rows of a table; as many rules of 300 characters, all of them escaped, fit into LIMIT
SEGMENTS = (10, 3, 0)  # rows of their table; the next number where the comment is too long
Part = Document | str  # or, in one sentence, why it cannot be had


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What the report is made of: each a document, or why there is none."""

    change: Part  # base, files, trainable
    verdict: Part = "nothing was trained"  # passed, rules as the gate has them, metrics, segments, metric
    champion: Part = "nothing was trained"  # version; `elsewhere` when it was scored on other rows
    contract: Part = "nothing was checked"  # what `pipeline data check --json` says
    difference: Part = "nothing was compared"  # what `pipeline data diff --json` says
    merge: Part = "nobody looked"  # job, state, instance_type, seconds, cost_usd


def render(parts: Parts, pictures: Sequence[str] = ()) -> str:
    """The report, at most LIMIT characters. `pictures` are names of files."""
    change = parts.change
    if isinstance(change, dict) and not change["trainable"]:
        return _joined([nothing(change)])
    for segments in SEGMENTS:
        text = _joined([*_sections(parts, segments), _pictures(pictures)])
        if len(text) <= LIMIT:
            return text
    return _joined([_verdict(parts), "All else is too long for a comment: `pipeline report --json` has it."])


def _joined(sections: Sequence[str]) -> str:
    return "\n\n".join(one for one in sections if one) + "\n"


def nothing(change: Document) -> str:
    """One line for a change that makes no other model."""
    count, base = len(change["files"]), code(change["base"][:12])
    begin = "**Nothing here changes the model.**"
    if not count:
        return f"{begin} No file differs from {base}."
    differ = "file differs" if count == 1 else "files differ"
    parts = "the training image, the pinned data or policy.toml"
    return f"{begin} {count:,} {differ} from {base}, and none is part of {parts}."


def _sections(parts: Parts, segments: int) -> list[str]:
    return [
        _verdict(parts),
        _metrics(parts),
        _segments(parts.verdict, segments),
        _difference(parts.difference),
        _contract(parts.contract),
        _merge(parts.merge),
        _absent(parts),
    ]


def _verdict(parts: Parts) -> str:
    verdict = parts.verdict
    if isinstance(verdict, str):
        return f"## No verdict on this change\n\nNo model: {plain(verdict)}."
    broken = [plain(rule["rule"]) for rule in verdict["rules"] if rule["passed"] is False]
    would = "pass" if verdict["passed"] else "refuse"
    because = f": {', '.join(broken)}" if broken else ""
    said = " ".join([*_trained(parts.change), _against(parts.champion)])
    return f"## The gate would {would} this change{because}\n\n{said}\n\n{rules(verdict)}"


def _trained(change: Part) -> list[str]:
    """Which of the change's files make another model, where git knows them."""
    return [] if isinstance(change, str) else [f"Another model comes of {listed(change['trainable'], 5)}."]


def _against(champion: Part) -> str:
    """What the candidate was compared with."""
    if isinstance(champion, str):
        with_what = f"the base rate alone: {plain(champion)}."
    elif champion["elsewhere"]:
        stored = f"what is stored of version {champion['version']}, which production has,"
        other = f"is of other rows, or counted otherwise ({plain(champion['elsewhere'])})"
        with_what = f"the base rate alone: {stored} {other}. On merge both are scored alike."
    else:
        with_what = (
            f"what is stored of version {champion['version']}, which production has, on the same rows."
        )
    return f"Trained here on the data in git, and compared with {with_what}"


def rules(verdict: Document) -> str:
    """Every rule, the broken ones first."""
    words = {True: "pass", False: "**STOP**", None: "off"}
    overridden = {rule["rule"]: "overridden" for rule in verdict["rules"] if rule.get("override")}
    advised = any(rule["next"] for rule in verdict["rules"])
    rows = []
    for rule in sorted(verdict["rules"], key=lambda rule: rule["passed"] is not False):
        cells = [
            overridden.get(rule["rule"], words[rule["passed"]]),
            code(rule["rule"]),
            plain(rule["sentence"]),
            interval(rule["interval"]),
        ]
        rows.append([*cells, plain(rule["next"] or "")] if advised else cells)
    head = ["", "rule", "what was found", "95 % interval", *(["what to do"] if advised else [])]
    return table(head, rows, MOST)


def _metrics(parts: Parts) -> str:
    """Every metric of candidate, champion (if any) and base rate, and the lead that the verdict is about."""
    verdict, champion = parts.verdict, parts.champion
    if isinstance(verdict, str):
        return ""
    known = {} if isinstance(champion, str) else champion["metrics"]
    elsewhere = not isinstance(champion, str) and champion["elsewhere"]
    rows = []
    for one in verdict["metrics"]:
        theirs = [value(known.get(one["metric"]))] if known else []
        lead = _spread(one["lead"]) if one["lead"] else NOTHING
        rows.append([plain(one["title"]), _spread(one["candidate"]), *theirs, value(one["baseline"]), lead])
    theirs = ["champion, on other rows" if elsewhere else "champion"] if known else []
    rival = "champion" if known and not elsewhere else "base rate"
    head = ["metric", "this change", *theirs, "base rate", f"better than the {rival} by"]
    return f"### Metrics\n\n{table(head, rows, MOST)}"


def _segments(verdict: Part, most: int) -> str:
    if isinstance(verdict, str) or not verdict["segments"]:
        return ""
    metric, compared = verdict["metric"], verdict["segments"][0]["champion"] is not None
    rows = []
    for one in verdict["segments"]:
        cells = [code(one["segment"]), f"{one['rows']:,}", value(one["candidate"][metric])]
        if compared:
            cells += [value(one["champion"][metric]), value(one["lead"])]
        rows.append([*cells, interval(one["interval"])])
    head = [
        "segment",
        "rows",
        "this change",
        *(["champion", "better by"] if compared else []),
        "95 % interval",
    ]
    title = f"### {plain(verdict['title'])} by segment, the worst first"
    note = f"Those of fewer than {verdict['segment_rows']:,} rows, which the gate does not judge, come last."
    return f"{title}\n\n{table(head, rows, most)}\n\n{note}"


def _difference(found: Part) -> str:
    """How the pinned data differs from the base's; nothing when it does not."""
    if isinstance(found, str):
        return ""
    kinds = (("added", "new"), ("removed", "gone"), ("changed", "changed"))
    named = [f"{word}: {listed(found['files'][kind], 5)}" for kind, word in kinds if found["files"][kind]]
    sides, start = ("old", "new"), found["evaluate_from"]
    if not named and start["old"] == start["new"]:
        return ""
    rows = [
        ["rows", *(f"{found['rows'][side]:,}" for side in sides)],
        ["from", *(plain(found["window"][side]["from"]) for side in sides)],
        ["to", *(plain(found["window"][side]["to"]) for side in sides)],
        ["evaluated from", *(plain(start[side]) for side in sides)],
        ["mean of the label", *(value(found["label_rate"][side]) for side in sides)],
    ]
    both = [table(["", "base", "this change"], rows, MOST), _columns(found["columns"])]
    files = f"Files {'; '.join(named)}." if named else "The same files, split at another time."
    return "\n\n".join([f"### Data\n\n{files}", *(one for one in both if one)])


def _columns(columns: Sequence[Mapping[str, Any]]) -> str:
    """The columns that drift most, as the document has them in order."""
    rows = [
        [code(one["column"]), value(one["drift"])]
        + ([f"{one['nulls'][side]:.1%}" for side in ("old", "new")] if one["nulls"] else [NOTHING, NOTHING])
        for one in columns
    ]
    return table(["column", "drift (PSI)", "nulls before", "nulls in what comes"], rows, 10) if rows else ""


def _contract(found: Part) -> str:
    if isinstance(found, str):
        return ""
    files = found["files"]
    rows, bad = (sum(one[key] for one in files) for key in ("rows", "bad"))
    kept = "keeps" if found["ok"] else "**breaks**"
    said = f"### Contract\n\nThe pinned data {kept} it: {rows:,} rows, {bad:,} of them bad."
    broken = [
        [code(one["path"]), plain(budget["sentence"])]
        for one in files
        for budget in one["budgets"]
        if not budget["passed"]
    ]
    return f"{said}\n\n{table(['file', 'what breaks it'], broken, MOST)}" if broken else said


def _merge(found: Part) -> str:
    """What a merge would train, and what that would cost."""
    if isinstance(found, str):
        return ""
    job = code(found["job"])
    if found["state"] is None:
        return f"### On merge\n\n{job} is trained, unless it has been: {plain(found['unknown'])}."
    if found["state"] != "new":
        state = "has been trained" if found["state"] == "Completed" else "is being trained"
        return f"### On merge\n\nNothing is trained: {job} {state} from the same inputs."
    if found["cost_usd"] is None:
        cost = "its cost is unknown: no training of before, or no price of its machine in policy.toml"
    else:
        cost = f"about {found['cost_usd']:.4f} US$ if it takes {found['seconds']:,} s as the champion's did"
    return f"### On merge\n\n{job} is trained on {code(found['instance_type'])}; {cost}."


def _pictures(names: Sequence[str]) -> str:
    return f"Pictures beside this report: {listed(names, 5)}." if names else ""


def _absent(parts: Parts) -> str:
    """One line for each part that could not be had."""
    titles = {"change": "What changed", "contract": "Contract", "difference": "Data", "merge": "On merge"}
    why = {title: getattr(parts, name) for name, title in titles.items()}
    lines = [f"- {title}: {plain(part)}." for title, part in why.items() if isinstance(part, str)]
    return "\n".join(["### Not in this report", "", *lines]) if lines else ""


def _spread(one: Mapping[str, Any]) -> str:
    """A value with its interval."""
    return value(one["value"]) + (f" {interval(one['interval'])}" if one["interval"] else "")
