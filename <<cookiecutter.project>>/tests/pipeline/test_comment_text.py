"""The comment of a check: what it says, what it loses when it is too long, what stays in its place."""

from typing import Any

import pytest
from markdown_it import MarkdownIt

from pipeline.comment.parts import Parts
from pipeline.comment.sticky import MARKER
from pipeline.comment.text import CUT, LIMIT, render, shortened

PASSED = dict.fromkeys(("code", "images", "rehearse", "stacks", "scan", "model", "preview"), "success")
RUN = "https://github.com/somebody/flights/actions/runs/7"
REPORT = "## The gate would pass this change\n\n### Metrics\n\n| metric |\n| --- |\n| log loss |\n"
KEY = "aws:kms/key:Key"
STAGING = {
    "sentence": "staging: 1 to create",
    "counts": {"create": 1},
    "kinds": {KEY: 1},
    "text": f"+ {KEY} a-key",
}
MARKDOWN = MarkdownIt("commonmark").enable("table")


def comment(found: dict[str, str] = PASSED, report: str | None = REPORT, **previews: dict[str, Any]) -> str:
    """The comment of a check, with previews by stack."""
    return render(found, Parts(report, previews), RUN)


def preview(text: str) -> dict[str, Any]:
    """What a job has left of a stack that changes."""
    return {"sentence": "any: 1 to update", "counts": {"update": 1}, "text": text}


def test_its_first_line_is_the_marker() -> None:
    """By which the next run finds it."""
    assert comment().startswith(f"{MARKER}\n\n## ")


def test_a_check_that_passed_says_so() -> None:
    """With every job, and where to look."""
    said = comment()
    assert "## This check has passed\n" in said
    assert "Passed: `code`, `images`, `rehearse`, `stacks`, `scan`, `model`, `preview`." in said
    assert said.endswith(f"Logs and artefacts: [this run]({RUN}).\n")


def test_jobs_that_failed_are_in_the_heading() -> None:
    """Nobody has to search."""
    said = comment({**PASSED, "rehearse": "failure", "scan": "cancelled"})
    assert "## This check has not passed: `rehearse` failed, `scan` was cancelled\n" in said
    assert "`rehearse`" not in said.split("Passed: ")[1].split("\n")[0]


def test_the_report_follows_as_it_is() -> None:
    """Verdict, metrics with intervals, data, what a merge would train and cost."""
    assert REPORT.strip() in comment()


def test_without_a_report_it_says_why() -> None:
    """A model that could not be reported on is no reason for no comment."""
    assert "## No report on the model\n\nThe job `model`: failure." in comment(
        {**PASSED, "model": "failure"}, None
    )


def test_a_stack_that_changes_is_counted_and_shown() -> None:
    """And what it costs."""
    said = comment(staging=STAGING)
    assert "staging: 1 to create.\n\n<details><summary>What changes</summary>\n\n```diff\n+ aws:kms" in said
    assert "this costs about 1.00 US$ a month more (README.md" in said


def test_the_costs_of_all_stacks_are_one_sum() -> None:
    """What one loses, another may gain."""
    gone = {"sentence": "x", "counts": {"delete": 2}, "kinds": {KEY: -2}, "text": "-"}
    assert "about 1.00 US$ a month less" in comment(platform=gone, staging=STAGING)


def test_a_stack_that_stays_as_it_is_takes_a_line() -> None:
    """Which costs nothing, either."""
    said = comment(platform={"sentence": "platform: no changes, 9 unchanged", "counts": {}, "text": ""})
    assert "platform: no changes, 9 unchanged." in said
    assert "costs" not in said.split("## Infrastructure")[1]


def test_a_preview_that_failed_says_why() -> None:
    """In the words of its verb; the other stacks are there."""
    said = comment(platform={"error": "AWS refused ssm:GetParameter"}, staging=STAGING)
    assert "`platform`: no preview: AWS refused ssm:GetParameter." in said
    assert "staging: 1 to create." in said


def test_a_fork_is_told_why_nothing_was_previewed() -> None:
    """The job was skipped."""
    assert "Nothing was previewed: a pull request of a fork or a bot" in comment(
        {**PASSED, "preview": "skipped"}
    )
    assert "Nothing was previewed." in comment({**PASSED, "preview": "failure"})


@pytest.mark.parametrize("length", [1_000, 60_000, 64_000, 65_536, 300_000])
@pytest.mark.parametrize("diff", [0, 2_000, 65_536, 500_000])
def test_it_is_never_too_long(length: int, diff: int) -> None:
    """GitHub would refuse it whole."""
    report = "## The gate\n" + "a line of it\n" * (length // 13)
    changed = preview("+ a resource\n" * (diff // 13))
    said = comment(report=report, platform=changed, staging=changed, production=changed)
    assert len(said) <= LIMIT
    assert said.startswith(f"{MARKER}\n\n## This check has passed")
    assert said.endswith(f"[this run]({RUN}).\n")


def test_diffs_are_cut_before_the_report() -> None:
    """The report decides, the diff is also in the run."""
    said = comment(report=REPORT + "x\n" * 29_000, staging=preview("+ a resource\n" * 9_000))
    assert CUT in said.split("## Infrastructure")[1]
    assert CUT not in said.split("## Infrastructure")[0]


def test_a_diff_without_room_is_named() -> None:
    """A piece of three lines would say less than where the whole is."""
    said = comment(report="x\n" * 32_600, staging=preview("+ a resource\n" * 9_000))
    assert "it is the artefact `preview-staging` of the run" in said


def test_what_is_cut_ends_with_a_line() -> None:
    """And says that there is more."""
    text = shortened("first line\nsecond line\nthird line\n" * 9, 100)
    assert len(text) <= 100
    assert text.endswith(f"line\n\n{CUT}")


def test_a_fence_longer_than_the_room_is_left_out() -> None:
    """A diff of nothing but backticks doubles and triples."""
    said = comment(staging=preview("`" * 60_000))
    assert len(said) <= LIMIT
    assert "artefact `preview-staging`" in said


@pytest.mark.parametrize("name", ["`</code>`", "a`b\n## heading", "<!-- x", "[a](b)", "@team"])
def test_names_are_no_markup(name: str) -> None:
    """A stack's folder, or a job of another's making."""
    said = comment({**PASSED, name: "failure"}, **{name: STAGING})
    tokens = MARKDOWN.parse(said.removeprefix(MARKER))
    blocks = [token.content for token in tokens if token.type == "html_block"]
    spans = [child for token in tokens for child in token.children or []]
    assert [token.type for token in tokens].count("heading_open") == 4
    assert blocks == ["<details><summary>What changes</summary>\n", "</details>\n"]
    assert [one.attrs["href"] for one in spans if one.type == "link_open"] == [RUN]
    assert not [one for one in spans if one.type == "html_inline"]
    assert all(one.type == "code_inline" for one in spans if "@" in one.content)


def test_a_report_hides_nothing() -> None:
    """An open comment of HTML would take all that follows out of sight, and a second marker with it."""
    said = comment(report=f"{MARKER}\n<!-- and so on")
    assert said.count("<!--") == 1
