"""A look as a person reads it."""

import io
from typing import Any

from rich.console import Console

from pipeline.monitor import screen
from pipeline.monitor.finding import BROKEN, KEPT, UNKNOWN, Finding
from pipeline.monitor.view import System

from .monitor_sample import document, view

MIXED = [
    Finding("sight", KEPT, "1,400 requests"),
    Finding("inputs", UNKNOWN, "origin=SWF is new", "origin=SWF"),
    Finding("inputs", BROKEN, "[bold]distance has moved", "distance"),
    Finding("calibration", UNKNOWN, "no block has its labels yet"),
]


def shown(**more: Any) -> str:
    """The screen as text."""
    console = Console(file=io.StringIO(), width=200)
    for line in screen.screen(view(**more)):
        console.print(line, markup=not isinstance(line, str))
    return console.file.getvalue()  # type: ignore[attr-defined]


def test_the_first_line_is_the_verdict() -> None:
    """What is broken before what nobody can tell, and that is never called good."""
    assert screen.headline(view()) == "production, version 3: every promise is kept"
    assert screen.headline(view(findings=MIXED)) == "production, version 3: broken: inputs"
    unknown = [one for one in MIXED if one.state != BROKEN]
    assert screen.headline(view(findings=unknown)) == (
        "production, version 3: nothing is seen to be broken; "
        "can't tell: callers, inputs, log_loss, calibration"
    )


def test_the_screen_has_every_finding_and_the_machines() -> None:
    """Text of the data is not read as markup."""
    text = shown(findings=MIXED, cut="a sample is judged")
    assert text.index("[bold]distance has moved") < text.index("origin=SWF is new")
    assert "can't tell" in text
    assert "12,000 requests, 3 failed, 0 refused; error budget burns fast 0.05 of 14.4, slow - of 6" in text
    assert "p50 1.2 ms, p95 3.5 ms; cpu 40 %, memory 22 %; 2 ml.m5.large, US$ 5.52 a day" in text
    assert "a sample is judged\njob flights-monitor-0\n" in text


def test_the_models_numbers_are_told_and_the_estimate_as_one() -> None:
    """Where labels have come; without any there is only what scores would mean that still mean the same."""
    text = shown(values={"LogLoss": 0.5, "Auc": 0.7, "ExpectedLogLoss": 0.45}, document=document(why=["old"]))
    assert "with labels: log loss 0.5000, AUC 0.7000\n" in text
    assert "without labels, an estimate: log loss 0.4500\n" in text
    assert "\nold\n" in text


def test_machines_without_numbers_are_said_so() -> None:
    """Neither traffic nor a price."""
    text = shown(system=System(instances=2))
    assert "last day: - requests, - failed, - refused; error budget burns -" in text
    assert "2 instances, no price in policy.toml" in text
    assert "last day" not in shown(config=None)


def test_the_summary_is_markdown_that_no_data_can_break() -> None:
    """For a workflow's job."""
    text = screen.summary(view(findings=[Finding("inputs", BROKEN, "a | b `c` @team", "x=|")]))
    assert text.startswith("**monitor** production, version 3: broken: inputs.\n\n| promise |")
    assert "| inputs | broken | x=\\| | a \\| b `c` @\u2060team |" in text
