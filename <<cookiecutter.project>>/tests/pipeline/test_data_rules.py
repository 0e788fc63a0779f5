"""pipeline/data/rules.py: each budget is broken by its own fault, and by no other."""

from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline.data.rules import rules
from pipeline.sections import PINNED, Data

BOUNDS = Data(
    follow=PINNED,
    bad_share=0.02,
    label_share=0.95,
    label_change=0.25,
    row_change=2.0,
    batch_days=40.0,  # as policy.toml is read
    fresh_days=3.0,
    evaluation_days=28,
    source="incoming/",
    keep_days=730,
    label_days=14,
)
FACTS: dict[str, Any] = {
    "rows": 1000,
    "bad": 20,
    "nulls": {"seats": {"share": 0.3, "budget": 0.3}},
    "label": {"name": "late", "share": 0.95, "rate": 0.25},
    "window": {"from": "2026-01-01T00:00:00+00:00", "to": "2026-01-31T00:00:00+00:00"},
}
BEFORE = {"rows": 500, "label": {"rate": 0.5}}
NOW = datetime(2026, 2, 3, tzinfo=UTC)


def broken(facts: dict[str, Any], before: dict[str, Any] | None = BEFORE) -> dict[str, str]:
    """The rules that a file breaks, with their sentences."""
    found = rules(BOUNDS, FACTS | facts, before, newest=True, now=NOW)
    return {rule.rule: rule.sentence for rule in found if not rule.passed}


def test_a_file_at_its_bounds_is_kept() -> None:
    """Every rule is asked, and each bound still passes."""
    found = {rule.rule: rule.passed for rule in rules(BOUNDS, FACTS, BEFORE, newest=True, now=NOW)}
    assert found == dict.fromkeys(
        (
            "bad_share",
            "label_share",
            "nulls_seats",
            "time_range",
            "future",
            "freshness",
            "row_count",
            "label_rate",
        ),
        True,
    )


@pytest.mark.parametrize(
    ("rule", "facts", "sentence"),
    [
        ("bad_share", {"bad": 21}, "2.10% of its 1000 rows are bad, and data.bad_share is 2.00%"),
        (
            "label_share",
            {"label": FACTS["label"] | {"share": 0.94}},
            "94.00% of its rows have a late, and data.label_share is 95.00%",
        ),
        (
            "nulls_seats",
            {"nulls": {"seats": {"share": 0.31, "budget": 0.3}}},
            "31.0% of seats are missing, and its budget in model/contract.py is 30.0%",
        ),
        (
            "time_range",
            {"window": FACTS["window"] | {"from": "1970-01-01T00:00:00+00:00"}},
            "it goes from 1970-01-01 00:00:00+00:00 to 2026-01-31 00:00:00+00:00, 20484.0 days, and "
            "data.batch_days is 40",
        ),
        (
            "future",
            {"window": FACTS["window"] | {"to": "2026-02-03T00:00:01+00:00"}},
            "its newest row is of 2026-02-03 00:00:01+00:00, and nothing after 2026-02-03 00:00 UTC can "
            "have a label yet",
        ),
        (
            "freshness",
            {"window": FACTS["window"] | {"to": "2026-01-30T00:00:00+00:00"}},
            "its newest row is 4.0 days old, and data.fresh_days is 3",
        ),
        (
            "row_count",
            {"rows": 1001},
            "it has 1001 rows after 500 in the batch before, and data.row_change allows 250 to 1000",
        ),
        (
            "label_rate",
            {"label": FACTS["label"] | {"rate": 0.24}},
            "the mean of late is 0.240 after 0.500 in the batch before, and data.label_change allows a "
            "step of 0.25",
        ),
    ],
)
def test_a_fault_breaks_its_own_rule(rule: str, facts: dict[str, Any], sentence: str) -> None:
    """One step over the bound."""
    assert broken(facts) == {rule: sentence}


def test_too_few_rows_are_noticed_as_well() -> None:
    """An export that broke off."""
    assert list(broken({"rows": 499, "bad": 0}, BEFORE | {"rows": 1000})) == ["row_count"]


def test_a_file_without_rows_is_refused() -> None:
    """An empty export is not good data; it has no window to ask about."""
    empty = {"rows": 0, "bad": 0, "window": None, "label": {"name": "late", "share": 1.0, "rate": None}}
    assert broken(empty, None) == {"bad_share": "it has no rows: export it again"}


def test_an_older_batch_need_not_be_fresh() -> None:
    """Freshness is the newest batch's."""
    old = FACTS | {"window": {"from": "2013-01-01T00:00:00+00:00", "to": "2013-01-31T00:00:00+00:00"}}
    assert all(rule.passed for rule in rules(BOUNDS, old, None, newest=False, now=NOW))


def test_freshness_can_be_off() -> None:
    """A sample is as old as it is."""
    off = Data(**{**vars(BOUNDS), "fresh_days": 0})
    found = [rule.rule for rule in rules(off, FACTS, None, newest=True, now=NOW)]
    assert "freshness" not in found
