"""The report as a comment: what it says, what it leaves out, and how long it gets."""

import json
from typing import Any

import pytest
from markdown_it import MarkdownIt

from pipeline.report import text
from pipeline.report.text import LIMIT, Part, Parts, render

CHANGE = {
    "base": "0123456789abcdef",
    "files": ["README.md", "model/train.py"],
    "trainable": ["model/train.py"],
}
SPREAD = {"value": 0.01, "interval": [-0.02, 0.04]}
FILES = {"added": ["data/7.parquet"], "removed": [], "changed": []}
DIFFERENCE = {
    "files": FILES,
    "rows": {"old": 1000, "new": 2000},
    "window": {side: {"from": "2013-01-01", "to": "2013-02-01"} for side in ("old", "new")},
    "evaluate_from": {"old": "2013-01-20", "new": "2013-01-20"},
    "label_rate": {"old": 0.2, "new": None},
    "columns": [
        {"column": "distance", "drift": 0.3, "nulls": {"old": 0.0, "new": 0.25}},
        {"column": "seats", "drift": None, "nulls": None},
    ],
}
CONTRACT = {"ok": True, "files": [{"path": "data/7.parquet", "rows": 1000, "bad": 3, "budgets": []}]}
MERGE = {
    "job": "toy-train-0123",
    "state": "new",
    "instance_type": "ml.m5.large",
    "seconds": 184,
    "cost_usd": 0.0059,
}
CHAMPION = {"version": 3, "metrics": {"log_loss": 0.51}, "elsewhere": None}


def rule(
    name: str, passed: bool | None, sentence: str = "so it is", then: str | None = None
) -> dict[str, Any]:
    """A rule of a verdict."""
    return {"rule": name, "passed": passed, "sentence": sentence, "interval": [-0.01, 0.02], "next": then}


def segment(name: str, lead: float | None = 0.01) -> dict[str, Any]:
    """A segment, with a champion unless `lead` is None."""
    theirs = None if lead is None else {"log_loss": 0.51}
    both = {"candidate": {"log_loss": 0.5}, "champion": theirs}
    return {"segment": name, "rows": 1277, "judged": True, **both, "lead": lead, "interval": [-0.02, 0.04]}


def verdict(*rules: dict[str, Any], segments: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """What the gate would say; it refuses where one of `rules` does."""
    found = rules or (rule("champion", True),)
    measured = {
        "metric": "log_loss",
        "title": "log loss",
        "candidate": SPREAD,
        "baseline": 0.6,
        "lead": SPREAD,
    }
    return {
        "passed": all(one["passed"] is not False for one in found),
        "called": "no worse",
        "rules": list(found),
        "metric": "log_loss",
        "title": "Log loss",
        "metrics": [measured],
        "segments": [segment("origin=JFK")] if segments is None else segments,
        "segment_rows": 500,
    }


def report(**parts: Part) -> str:
    """A report of parts that are all there, but for those given."""
    whole: dict[str, Any] = {
        "change": CHANGE,
        "verdict": verdict(),
        "champion": CHAMPION,
        "contract": CONTRACT,
        "difference": DIFFERENCE,
        "merge": MERGE,
    }
    return render(Parts(**{**whole, **parts}))


def heading(comment: str) -> str:
    """The first heading."""
    return next(line for line in comment.splitlines() if line.startswith("## "))


def test_a_good_candidate_would_pass() -> None:
    """The heading says so, and the report with what it was compared."""
    comment = report()
    assert heading(comment) == "## The gate would pass this change"
    assert "what is stored of version 3, which production has, on the same rows" in comment
    assert "Another model comes of `model/train.py`." in comment


def test_a_refusal_names_the_rules_and_what_to_do() -> None:
    """Broken rules come first, and one that is switched off is no refusal."""
    rules = [rule("rows", True), rule("off", None), rule("base_rate", False, then="look at the labels")]
    comment = report(verdict=verdict(*rules))
    assert heading(comment) == "## The gate would refuse this change: base\\_rate"
    rows = [line for line in comment.splitlines() if line.startswith(("| **STOP**", "| pass", "| off"))]
    assert rows[0].startswith("| **STOP** | `base_rate` |")
    assert rows[0].endswith("| look at the labels |")
    assert [row[2:6] for row in rows[1:]] == ["pass", "off "]


def test_nothing_to_do_needs_no_column() -> None:
    """It appears when a rule has advice."""
    assert "what to do" not in report()


def test_without_a_champion_the_report_says_why() -> None:
    """Also what a fork sees."""
    alone = verdict(segments=[segment("origin=JFK", None)])
    comment = report(verdict=alone, champion="there are no AWS credentials: sign in to AWS")
    assert "the base rate alone: there are no AWS credentials: sign in to AWS." in comment
    assert "| segment | rows | this change | 95 % interval |" in comment
    assert "| metric | this change | base rate | better than the base rate by |" in comment


def test_a_champion_of_other_rows_is_shown_and_not_compared() -> None:
    """Its numbers stand there, and the lead is over the base rate."""
    comment = report(champion={**CHAMPION, "elsewhere": "b0b, 7 rows"})
    assert "is of other rows, or counted otherwise (b0b, 7 rows)" in comment
    assert "champion, on other rows" in comment
    assert "| log loss | 0.0100 [-0.0200, 0.0400] | 0.5100 | 0.6000 | 0.0100 [-0.0200, 0.0400] |" in comment


def test_a_model_that_could_not_be_trained_is_no_verdict() -> None:
    """The reason is in the first lines; what else is known follows."""
    comment = report(verdict="python -m model.train failed: ValueError: no trees")
    assert heading(comment) == "## No verdict on this change"
    assert "python -m model.train failed: ValueError: no trees." in comment
    assert "### Contract" in comment


@pytest.mark.parametrize(
    ("files", "said"),
    [([], "No file differs"), (["a"], "1 file differs"), (["a"] * 1200, "1,200 files differ")],
)
def test_a_change_without_a_model_is_one_line(files: list[str], said: str) -> None:
    """Whatever else there is."""
    line, end = report(change={**CHANGE, "files": files, "trainable": []}).split("\n")
    assert said in line
    assert "Nothing here changes the model." in line
    assert end == ""


def test_data_that_changed_is_shown_with_what_drifts_most() -> None:
    """A column that only one side has as this type has no number."""
    comment = report()
    assert "Files new: `data/7.parquet`." in comment
    assert "| rows | 1,000 | 2,000 |" in comment
    assert "| `distance` | 0.3000 | 0.0% | 25.0% |" in comment
    assert "| `seats` | - | - | - |" in comment


def test_data_that_did_not_change_has_no_section() -> None:
    """Most changes are of code."""
    assert "### Data" not in report(difference={**DIFFERENCE, "files": {**FILES, "added": []}})


def test_other_evaluation_rows_of_the_same_files_are_told() -> None:
    """A split that is moved by hand chooses what the model is judged on."""
    moved = {"old": "2013-01-20", "new": "2013-01-31"}
    comment = report(
        difference={**DIFFERENCE, "files": {**FILES, "added": []}, "columns": [], "evaluate_from": moved}
    )
    assert "The same files, split at another time." in comment
    assert "| evaluated from | 2013-01-20 | 2013-01-31 |" in comment


def test_a_broken_contract_names_file_and_budget() -> None:
    """A budget that is kept is not listed."""
    budgets = [{"passed": False, "sentence": "too many bad rows"}, {"passed": True, "sentence": "fresh"}]
    comment = report(contract={"ok": False, "files": [{**CONTRACT["files"][0], "budgets": budgets}]})
    assert "The pinned data **breaks** it: 1,000 rows, 3 of them bad." in comment
    assert "| `data/7.parquet` | too many bad rows |" in comment
    assert "fresh" not in comment


@pytest.mark.parametrize(
    ("merge", "said"),
    [
        (
            {},
            "is trained on `ml.m5.large`; about 0.0059 US$ if it takes 184 s as the champion's did.",
        ),
        ({"cost_usd": None}, "its cost is unknown"),
        (
            {"state": "Completed"},
            "Nothing is trained: `toy-train-0123` has been trained from the same inputs.",
        ),
        ({"state": "InProgress"}, "Nothing is trained: `toy-train-0123` is being trained"),
        ({"state": None, "unknown": "no AWS"}, "`toy-train-0123` is trained, unless it has been: no AWS."),
    ],
)
def test_a_merge_says_what_it_trains_and_costs(merge: dict[str, Any], said: str) -> None:
    """A job that is there costs nothing."""
    assert said in report(merge={**MERGE, **merge})


@pytest.mark.parametrize(
    ("part", "title"),
    [("change", "What changed"), ("contract", "Contract"), ("difference", "Data"), ("merge", "On merge")],
)
def test_a_part_that_cannot_be_had_is_one_line(part: str, title: str) -> None:
    """And the others are there."""
    comment = report(**{part: "nobody knows"})
    assert f"- {title}: nobody knows." in comment
    assert comment.count("nobody knows") == 1
    assert "### Metrics" in comment


def test_a_comment_of_whole_parts_lacks_nothing() -> None:
    """The section is only there when it has a line."""
    assert "Not in this report" not in report()


def test_names_of_the_data_are_no_markup() -> None:
    """As GitHub would render them."""
    name = "</code><script>|@team"
    html = MarkdownIt("commonmark").enable("table").render(report(verdict=verdict(segments=[segment(name)])))
    assert "<script>" not in html
    assert "&lt;script&gt;|@team" in html


# how long


def test_only_the_worst_segments_are_listed() -> None:
    """The picture has all of them."""
    comment = report(verdict=verdict(segments=[segment(f"carrier={number:03}") for number in range(300)]))
    assert "carrier=009" in comment
    assert "carrier=010" not in comment
    assert "… and 290 more." in comment


LONG = "&" * 10_000  # each is five characters in Markdown
WORST_RULES = [rule(LONG, number > 7, LONG, LONG) for number in range(40)]


@pytest.mark.parametrize("width", [10, 250, 10_000])
@pytest.mark.parametrize("count", [1, 40, 500])
def test_a_comment_fits_and_keeps_its_verdict(width: int, count: int) -> None:
    """Whatever the names of segments, columns and files are; segments go first."""
    names = [f"{number:05}{'&' * width}" for number in range(count)]
    column = {"drift": 0.1, "nulls": {"old": 0.0, "new": 0.0}}
    file = {"rows": 9, "bad": 9, "budgets": [{"passed": False, "sentence": names[0]}]}
    parts: dict[str, Any] = {
        "change": {**CHANGE, "files": names, "trainable": names},
        "verdict": verdict(rule("base_rate", False), segments=[segment(name) for name in names]),
        "difference": {
            **DIFFERENCE,
            "files": dict.fromkeys(FILES, names),
            "columns": [{**column, "column": one} for one in names],
        },
        "contract": {"ok": False, "files": [{**file, "path": name} for name in names]},
    }
    comment = report(**parts)
    assert len(comment) <= LIMIT
    assert heading(comment) == "## The gate would refuse this change: base\\_rate"
    assert "| **STOP** | `base_rate` |" in comment


def test_when_nothing_else_fits_the_verdict_is_alone() -> None:
    """And the report says where the rest is; every broken rule is there."""
    comment = report(
        verdict=verdict(*WORST_RULES, segments=[segment(LONG)] * 9), merge={**MERGE, "job": LONG}
    )
    assert len(comment) <= LIMIT
    assert comment.count("**STOP**") == 8


def test_segments_are_cut_before_anything_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """A comment that is a little too long still has its data and its contract."""
    segments = [segment(f"carrier={number}") for number in range(10)]
    full = len(report(verdict=verdict(segments=segments)))
    monkeypatch.setattr(text, "LIMIT", full - 1)
    comment = report(verdict=verdict(segments=segments))
    assert "… and 7 more." in comment
    assert "### Contract" in comment


def test_what_is_shown_is_json_before() -> None:
    """So that the verb's JSON and the comment say the same."""
    json.dumps([CHANGE, verdict(), CHAMPION, CONTRACT, DIFFERENCE, MERGE], allow_nan=False)
