"""What a person and a program see of a comparison."""

import json
from typing import Any

import pytest
from rich.console import Console

from pipeline import table
from pipeline.comparison import Comparison

from .conftest import evaluation

pytestmark = pytest.mark.usefixtures("few_resamples")


def text(shown: Any) -> str:
    """What a terminal of 110 columns shows."""
    console = Console(width=110)
    with console.capture() as captured:
        console.print(shown)
    return captured.get()


def test_numbers_are_json() -> None:
    """What is unknown is null."""
    few = evaluation(days=2)
    found = table.comparison(Comparison(few, None))
    assert found["log_loss"]["interval"] is None
    json.dumps(found, allow_nan=False)


@pytest.mark.parametrize(("champion", "head"), [(True, "against champion"), (False, "against base rate")])
def test_the_heading_says_what_the_difference_is_to(champion: bool, head: str) -> None:
    """The champion, or what one would answer without a model."""
    other = evaluation(skill=0.5) if champion else None
    assert head in text(table.metrics(table.comparison(Comparison(evaluation(), other))))


def test_each_metric_is_one_line() -> None:
    """Name, three numbers, difference, interval."""
    found = table.comparison(Comparison(evaluation(), evaluation(skill=0.5)))
    [line] = [line for line in text(table.metrics(found)).splitlines() if "Brier" in line]
    assert len(line.split()) == 9


def test_a_rule_is_shown_with_its_state() -> None:
    """A sentence is never read as markup."""
    rule = {"rule": "champion", "sentence": "[bold]worse", "interval": [-0.02, 0.01]}
    shown = text(table.rules([("STOP", rule)]))
    assert "STOP" in shown
    assert "[bold]worse" in shown
    assert "-0.0200 to +0.0100" in shown


def test_what_is_unknown_is_a_dash() -> None:
    """Number or interval."""
    assert (table.shown(None), table.span(None)) == ("-", "-")


def test_a_champion_on_other_rows_is_not_compared_with() -> None:
    """The heading doesn't claim it."""
    other = evaluation() | {"manifest_sha256": "c" * 64}
    assert "against base rate" in text(table.metrics(table.comparison(Comparison(evaluation(), other))))
