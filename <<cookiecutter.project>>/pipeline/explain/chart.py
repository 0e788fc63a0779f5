"""A release over time as a chart that GitHub draws within a job's summary. Pure.

A summary is GitHub's Markdown, which draws Mermaid and shows no picture but one behind an address. So the
whole picture, drawing.py, is a file of the run, and its summary has this. Diagrams in GitHub's Markdown:
https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/creating-diagrams.
The chart's language: https://mermaid.js.org/syntax/gantt.html.
"""

import re

from pipeline.explain import facts
from pipeline.ledger import Record

ENDING = re.compile(r"[:;#%\s]+")  # what would end a name in Mermaid's grammar


def chart(record: Record) -> str:
    """A fenced block; empty where nothing was updated."""
    stages = [
        (at, str(one["stage"])) for one in facts.listed(record, "stages") if (at := facts.moment(one["at"]))
    ]
    if not stages:
        return ""
    moments = _moments(record)
    last = max(at for at, _ in [*stages, *moments])
    ends = [*(at for at, _ in stages[1:]), last]
    lines = [
        "gantt",
        f"title {_name(record.release)}",
        "dateFormat x",
        "axisFormat %H:%M:%S",
        "section endpoint",
        *(
            f"{_name(stage)} :{_ms(at)}, {_ms(max(end, at + 0.001))}"
            for (at, stage), end in zip(stages, ends, strict=True)
        ),
        *(["section release"] if moments else []),
        *(f"{_name(what)} :milestone, {_ms(at)}, 0d" for at, what in moments),
    ]
    return "\n".join(["```mermaid", *lines, "```"])


def _moments(record: Record) -> list[tuple[float, str]]:
    """What decided, in its order: the judge, alarms, the end."""
    told = [(facts.rejected(record), "the judge rejects it")]
    told += [(one.get("at"), f"the alarm {one.get('signal')} goes off") for one in facts.fired(record)]
    told += [(record.ended, record.verdict or record.state)]
    return sorted((at, what) for stamp, what in told if (at := facts.moment(stamp)))


def _name(text: str) -> str:
    return ENDING.sub(" ", text.replace("_", " ")).strip()


def _ms(moment: float) -> int:
    return round(moment * 1000)
