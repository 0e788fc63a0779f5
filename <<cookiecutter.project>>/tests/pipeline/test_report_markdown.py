"""Text and tables as GitHub takes them: what a data set or a person wrote becomes no markup."""

import math

import pytest
from markdown_it import MarkdownIt

from pipeline.report import markdown

HOSTILE = [
    "<script>x</script>",
    "a|b",
    "**bold**",
    "`code",
    "``",
    "[link](x)",
    "~~gone~~",
    "\\",
    "![x](y)",
    "<!-- x -->",
]


def shown(text: str) -> str:
    """The HTML that Markdown makes of it."""
    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text)


@pytest.mark.parametrize("text", HOSTILE)
def test_plain_text_is_read_as_it_is_written(text: str) -> None:
    """No tag but the paragraph's."""
    html = shown(markdown.plain(text))
    assert html.count("<") == 2
    assert html.startswith("<p>")


def test_what_stands_between_backticks_is_a_name() -> None:
    """A verdict names its verbs so; what is in there is no markup, either."""
    assert markdown.plain("run `pipeline gate` again") == "run `pipeline gate` again"
    assert shown(markdown.plain("a `<b>` *c*")) == "<p>a <code>&lt;b&gt;</code> *c*</p>\n"


@pytest.mark.parametrize("text", ["@team/owners", "#12", "https://evil.example", "www.evil.example"])
def test_nobody_is_mentioned_and_nothing_is_linked(text: str) -> None:
    """GitHub would tell the team, and write into the other issue; the reader sees the same text."""
    found = markdown.plain(text)
    assert text not in found
    assert found.replace(markdown.JOINT, "") == text


@pytest.mark.parametrize("text", [*HOSTILE, "a\nb", "x\x00y"])
def test_a_cell_stays_one_cell(text: str) -> None:
    """Whatever it holds, as text and as a name."""
    html = shown(markdown.table(["one", "two"], [[markdown.plain(text), markdown.code(text)]], 5))
    assert html.count("<td>") == 2
    assert html.count("<code>") == 1
    assert "<script>" not in html


def test_a_long_text_is_cut() -> None:
    """One cell cannot fill the comment."""
    assert len(markdown.plain("x" * 10_000)) == markdown.LONGEST


def test_a_table_says_how_many_rows_it_leaves_out() -> None:
    """And nothing when it leaves out none."""
    rows = [[str(index)] for index in range(5)]
    assert markdown.table(["n"], rows, 3).endswith("| 2 |\n\n… and 2 more.")
    assert "more" not in markdown.table(["n"], rows, 5)


def test_names_in_a_row_are_cut_alike() -> None:
    """The first few, and how many more."""
    assert markdown.listed(["a", "b", "c"], 2) == "`a`, `b` and 1 more"
    assert markdown.listed(["a"], 2) == "`a`"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (0.123456, "0.1235"),
        (-0.5, "-0.5000"),
        (12345.6, "12,346"),
        (0.00001234, "1.234e-05"),
        (None, "-"),
        (math.nan, "-"),
        (math.inf, "-"),
        (0.0, "0.0000"),
    ],
)
def test_a_number_has_four_decimals_or_digits_and_none_is_a_dash(given: float | None, said: str) -> None:
    """What is unknown is not called zero."""
    assert markdown.value(given) == said


def test_an_interval_has_both_ends() -> None:
    """Or a dash."""
    assert markdown.interval([-0.01, 0.02]) == "[-0.0100, 0.0200]"
    assert markdown.interval(None) == "-"


@pytest.mark.parametrize(
    "diff", ["```\n# out", "x\n`````\n<b>", "~~~\n```diff\n```", "`" * 70, "\x1b[31m+ red\u202e"]
)
def test_a_difference_stays_in_its_fence(diff: str) -> None:
    """Whatever a resource is called or holds."""
    tokens = MarkdownIt("commonmark").parse(markdown.fenced(diff))
    assert [token.type for token in tokens] == ["fence"]
    assert "\x1b" not in tokens[0].content
    assert "\u202e" not in tokens[0].content
