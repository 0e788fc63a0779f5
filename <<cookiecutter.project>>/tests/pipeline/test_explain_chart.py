"""A chart that GitHub draws: Mermaid's grammar, the stages, and what decided."""

from dataclasses import replace

import pytest

from pipeline.explain.chart import chart
from pipeline.ledger import Record
from tests.pipeline.explain_sample import EVERY, JUDGE, OPEN


def test_stages_follow_each_other_and_the_moments_are_marked() -> None:
    """In milliseconds since 1970; the judge's no, the alarm, the end."""
    lines = chart(JUDGE).splitlines()
    assert lines[:2] == ["```mermaid", "gantt"]
    assert "Updating, Baking :1372673100000, 1372673375000" in lines
    assert "the alarm reject goes off :milestone, 1372673345000, 0d" in lines
    assert "rolled back :milestone, 1372673445000, 0d" in lines


@pytest.mark.parametrize("record", EVERY.values(), ids=EVERY)
def test_a_line_has_one_colon_at_most_outside_of_the_axis(record: Record) -> None:
    """A second one would end the name; so would a semicolon, a hash, a percent sign."""
    for line in chart(record).splitlines():
        if not line.startswith("axisFormat"):
            assert line.count(":") <= 1 and not set(";#%") & set(line)


def test_what_was_not_updated_has_no_chart() -> None:
    """There is no time to draw."""
    assert chart(OPEN["locked"]) == ""


def test_a_name_does_not_end_the_grammar() -> None:
    """Whatever AWS or somebody else calls a stage."""
    stages = [{"at": "2013-07-01T10:00:00+00:00", "stage": "A: b; c # d % e\nf_g"}]
    assert "A b c d e f g :" in chart(replace(JUDGE, details={"stages": stages}))
