"""A look as one screen of a terminal, and as Markdown for a job's summary. Pure."""

from typing import Any

from model.metrics import METRICS
from pipeline import names
from pipeline.monitor.finding import BROKEN, WORDS, Finding, promises
from pipeline.monitor.view import View
from pipeline.report.markdown import NOTHING, plain, table

STYLES = {"kept": "green", "broken": "red", "unknown": "yellow"}
MOST = 40  # rows of a table


def ordered(view: View) -> list[Finding]:
    """The findings, promise by promise, those that are broken first."""
    order = promises(view.rules)
    return sorted(view.findings, key=lambda one: (order.index(one.promise), one.state != BROKEN))


def headline(view: View) -> str:
    """The whole verdict in a sentence."""
    served = f"version {view.version}" if view.version else "what it serves"
    unknown = [one for one, state in view.states.items() if state == "unknown"]
    if view.broken:
        return f"{view.environment}, {served}: broken: {', '.join(view.broken)}"
    if unknown:
        return f"{view.environment}, {served}: nothing is seen to be broken; can't tell: {', '.join(unknown)}"
    return f"{view.environment}, {served}: every promise is kept"


def screen(view: View) -> list[Any]:
    """Lines and a table."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    shown = Table("promise", "", "of", "finding", box=box.SIMPLE_HEAD)
    shown.columns[3].overflow = "fold"
    for one in ordered(view):
        state = Text(WORDS[one.state], style=STYLES[one.state])
        shown.add_row(one.promise, state, Text(one.subject), Text(one.sentence))
    return [headline(view), shown, *below(view), *([f"job {view.job}"] if view.job else [])]


def below(view: View) -> list[str]:
    """What stands below the findings: the model's numbers, the machines', and what was left out."""
    told = [*worth(view), *(system(view) if view.config else [])]
    return [*told, *view.document["why"], *([view.cut] if view.cut else [])]


def worth(view: View) -> list[str]:
    """The model's numbers where labels have come, and what is to be expected without any."""
    told = []
    for words, before in (("with labels", ""), ("without labels, an estimate", names.EXPECTED)):
        known = {name: view.values.get(f"{before}{names.measure(name)}") for name in METRICS}
        numbers = [f"{METRICS[name].title} {value:.4f}" for name, value in known.items() if value is not None]
        told += [f"{words}: {', '.join(numbers)}"] if numbers else []
    return told


def system(view: View) -> list[str]:
    """What CloudWatch says of the last day, in a line or two."""
    one = view.system
    burning = [f"{name} {number(rate, '.2g')} of {one.bounds[name]:g}" for name, rate in one.burns.items()]
    cost = "no price in policy.toml" if one.dollars is None else f"US$ {one.dollars:.2f} a day"
    return [
        f"last day: {number(one.requests, ',.0f')} requests, {number(one.failed, ',.0f')} failed, "
        f"{number(one.refused, ',.0f')} refused; "
        f"error budget burns {', '.join(burning) or NOTHING}",
        f"p50 {number(one.p50_ms, '.1f')} ms, p95 {number(one.p95_ms, '.1f')} ms; "
        f"cpu {number(one.cpu_percent, '.0f')} %, memory {number(one.memory_percent, '.0f')} %; "
        f"{one.instances or 0} {one.instance_type or 'instances'}, {cost}",
    ]


def summary(view: View) -> str:
    """The verdict as Markdown."""
    rows = [
        [one.promise, WORDS[one.state], plain(one.subject) or NOTHING, plain(one.sentence)]
        for one in ordered(view)
    ]
    shown = table(["promise", "", "of", "finding"], rows, MOST)
    return "\n\n".join([f"**monitor** {plain(headline(view))}.", shown, *map(plain, below(view))])


def number(value: float | None, form: str) -> str:
    """A number in a format, or that there is none."""
    return NOTHING if value is None else format(value, form)
