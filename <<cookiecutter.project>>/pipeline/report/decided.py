"""The gate's verdict for the summary of a job: a yes is a line, a no has all its numbers. Pure."""

from collections.abc import Sequence

from model.metrics import METRICS
from pipeline.command import Document
from pipeline.report import text
from pipeline.report.markdown import code, interval, plain, table, value

COMPARED = ("candidate", "champion", "baseline", "difference")


def passed(verdict: Document) -> str:
    """One line."""
    given = [rule["rule"] for rule in verdict["rules"] if rule["override"]]
    overridden = f"; overridden: {', '.join(map(plain, given))}" if given else ""
    count = len(verdict["rules"])
    return f"**gate**: passed by {count} rules against {_against(verdict)}, {_called(verdict)}{overridden}."


def refused(verdict: Document, rules: Sequence[Document], structural: Sequence[str]) -> str:
    """Title, numbers and rules, and what to do; `rules` refuse, and no person can override `structural`."""
    names = ", ".join(plain(rule["rule"]) for rule in rules)
    parts = [
        f"## The gate refuses {code(verdict['candidate'])}",
        f"Of {len(verdict['rules'])} rules {len(rules)} stop it ({names}) against {_against(verdict)}, "
        f"{_called(verdict)}. Nothing is registered, and what production serves stays.",
        metrics(verdict["comparison"]),
        text.rules(verdict),
        "**What to do**",
        "\n".join(f"- {plain(rule['rule'])}: {plain(rule['next'])}" for rule in rules),
    ]
    if not {rule["rule"] for rule in rules} & set(structural):
        words = " ".join(f"--override {rule['rule']}" for rule in rules)
        parts.append(
            "A person who knows better than these numbers may say so on the record, and run this again: "
            f"{code(f'pipeline gate {words} --reason …')}"
        )
    return "\n\n".join(parts)


def metrics(compared: Document) -> str:
    """Every metric on the same rows."""
    rows = [
        [METRICS[name].title, *(value(one[key]) for key in COMPARED), interval(one["interval"])]
        for name, one in compared.items()
    ]
    rival = "champion" if any(one["champion"] is not None for one in compared.values()) else "base rate"
    head = ["metric", "candidate", "champion", "base rate", f"against the {rival}", "95 % interval"]
    return table(head, rows, text.MOST)


def _against(verdict: Document) -> str:
    champion = verdict["champion"]
    return f"version {champion['version']}, which production serves" if champion else "the base rate alone"


def _called(verdict: Document) -> str:
    return f"called {plain(verdict['called'])}"
