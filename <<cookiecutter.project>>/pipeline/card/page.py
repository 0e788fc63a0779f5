"""A card as Markdown, and the pictures that it shows. Pure."""

import math

from model.metrics import METRICS
from pipeline import picture
from pipeline.card.facts import Facts, Part
from pipeline.intervals import Interval
from pipeline.report.markdown import code, interval, plain, table, value

MOST = 40  # rows of a table
FEATURES = 15
CALIBRATION, SEGMENTS, FEATURES_SVG = "calibration.svg", "segments.svg", "features.svg"


def files(facts: Facts) -> dict[str, str]:
    """The card and its pictures, by file name."""
    return {"card.md": page(facts), **pictures(facts)}


def pictures(facts: Facts) -> dict[str, str]:
    """One standalone SVG each."""
    metric, nowhere = facts.gate.metric, math.nan
    segments = [(part.name, *_ends(part.numbers[metric])) for part in facts.judged[:MOST]]
    drawn = {
        CALIBRATION: picture.calibration(facts.curves),
        SEGMENTS: picture.intervals(f"{_title(metric)} by segment", segments),
    }
    if top := facts.contributions[:FEATURES]:
        rows = [(name, number, nowhere, nowhere) for name, number in top]
        drawn[FEATURES_SVG] = picture.intervals("What moves the answer", rows)
    return drawn


def page(facts: Facts) -> str:
    """The whole card."""
    written = {head: text for head, text in facts.owner.items() if head != "Limits"}
    blocks = [
        f"# Model card: {plain(facts.name)}",
        plain(facts.description),
        _overview(facts),
        *(block for head, text in written.items() for block in (f"## {plain(head)}", text)),
        "## Data",
        _data(facts),
        "## What it achieves",
        f"On {facts.evaluation['rows']:,} rows that it was not trained on; 95 % intervals, by days.",
        _metrics(facts),
        "## By segment",
        f"![{_title(facts.gate.metric)} by segment]({SEGMENTS})",
        _segments(facts),
        "## Calibration",
        f"![Calibration]({CALIBRATION})",
        "## What moves the answer",
        _features(facts),
        "## Fairness",
        *_fairness(facts),
        "## Limits",
        facts.owner["Limits"],
        _small(facts),
        "## Gate",
        *_gate(facts),
        "## Made of",
        _made(facts),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _overview(facts: Facts) -> str:
    run, started = facts.run, facts.run["started"][:16].replace("T", " ")
    rows = [
        ["Model", code(run["candidate"])],
        [
            "Trained",
            f"{plain(started)}, {run['seconds']:.0f} s on {code(run['instance_type'])}",
        ],
        ["Code", f"commit {code(str(run['commit']))} on {code(str(run['branch']))}"],
        ["Data", f"manifest {code(run['manifest'])}"],
        ["File", f"`model.onnx` {code(run['model_sha256'])}"],
    ]
    return table(["", ""], rows, MOST)


def _data(facts: Facts) -> str:
    kinds = (("training", facts.training), ("evaluation", facts.evaluation))
    rows = [
        [
            name,
            f"{one['rows']:,}",
            f"{plain(one['window']['from'][:10])} to {plain(one['window']['to'][:10])}",
            value(one["label_rate"]),
        ]
        for name, one in kinds
    ]
    columns = [
        [code(one["name"]), plain(one["type"]), plain(str(one.get("known", "-")))]
        for one in facts.evaluation["model"]["columns"]
    ]
    return "\n\n".join(
        (
            table(["", "rows", "window", "mean label"], rows, MOST),
            table(["column", "kind", "known at"], columns, MOST),
        )
    )


def _metrics(facts: Facts) -> str:
    compared = facts.verdict["comparison"]
    rows = [
        [
            plain(_title(name)),
            _number(number),
            value(compared.get(name, {}).get("champion")),
            value(compared.get(name, {}).get("baseline")),
        ]
        for name, number in facts.numbers.items()
    ]
    return table(["", "this model", "production", "base rate"], rows, MOST)


def _segments(facts: Facts) -> str:
    return _parts(facts.judged, facts.watched)


def _parts(parts: list[Part], metrics: list[str]) -> str:
    rows = [
        [code(part.name), f"{part.rows:,}", *(_number(part.numbers[name]) for name in metrics)]
        for part in parts
    ]
    return table(["segment", "rows", *(plain(_title(name)) for name in metrics)], rows, MOST)


def _features(facts: Facts) -> str:
    if not facts.contributions:
        return "The model does not say."
    rows = [[code(name), value(number)] for name, number in facts.contributions]
    return f"![What moves the answer]({FEATURES_SVG})\n\n" + table(
        ["feature", "mean absolute contribution"], rows, FEATURES
    )


def _fairness(facts: Facts) -> list[str]:
    gaps = list(facts.gate.gaps)
    blocks = []
    for column, parts in facts.protected():
        blocks.append(f"Between the values of {code(column)}:")
        blocks.append(_parts(parts, gaps))
        told = [
            f"{plain(_title(name))} {value(facts.gap(parts, name))}, allowed {value(bound)}"
            for name, bound in facts.gate.gaps.items()
        ]
        blocks.append(f"Largest gaps: {'; '.join(told)}.")
    return blocks or ["policy.toml names no protected segments."]


def _small(facts: Facts) -> str:
    small = [part for part in facts.parts if part.rows < facts.gate.segment_rows]
    if not small:
        return ""
    named = ", ".join(code(part.name) for part in small[:MOST])
    return f"Fewer than {facts.gate.segment_rows:,} evaluation rows, so nothing is claimed about: {named}."


def _gate(facts: Facts) -> list[str]:
    verdict = facts.verdict
    champion = verdict["champion"]
    against = f"version {champion['version']}" if champion else "the base rate alone"
    word = "passed" if verdict["passed"] else "refused"
    said = f"{word[0].upper()}{word[1:]} against {against}; called: {plain(str(verdict.get('called')))}."
    return [
        said,
        *(
            f"{code(one['rule'])} was overridden by {plain(str(one['by']))}: {plain(str(one['reason']))}"
            for one in facts.overrides
        ),
    ]


def _made(facts: Facts) -> str:
    run = facts.run
    pairs = [
        *(("parameter", name, held) for name, held in (run["hyperparameters"] or {}).items()),
        *(("library", name, held) for name, held in (run["libraries"] or {}).items()),
        ("image", "train", run["image"]),
        ("lock", "uv.lock", run["lock_sha256"]),
    ]
    rows = [[kind, code(name), code(str(held))] for kind, name, held in pairs]
    return table(["", "", ""], rows, 2 * MOST)


def _number(number: Interval) -> str:
    return f"{value(number.value)} {interval(number.pair)}" if number.pair else value(number.value)


def _ends(number: Interval) -> tuple[float, float, float]:
    return number.value, number.low, number.high


def _title(name: str) -> str:
    return METRICS[name].title
