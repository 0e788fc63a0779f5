"""The document of a preview, and its Markdown."""

from pipeline.stack import steps, told
from tests.pipeline.known_pulumi import step, summary

TOPIC = "aws:sns/topic:Topic"


def test_nothing_to_do_is_said() -> None:
    """Without an empty block."""
    document = told.document("staging", [], [summary(same=5)], told.WOULD)
    assert document["markdown"] == "**Stack staging: no changes, 5 unchanged**\n"


def test_every_operation_has_a_word() -> None:
    """For what would happen, and for what has."""
    assert set(told.WOULD) == set(told.DID) == set(steps.SIGNS)


def test_nothing_in_the_text_ends_its_block() -> None:
    """A description may hold what fences a block in Markdown, and a mention behind it."""
    events = [step("update", TOPIC, "alarms", {"a": "x"}, {"a": "```` @everyone"})]
    document = told.document("staging", steps.read(events), events, told.WOULD)
    lines = document["markdown"].splitlines()
    assert [lines[2], lines[-1]] == ["`````diff", "`````"]


def test_a_long_difference_is_cut() -> None:
    """And says how much is left out."""
    events = [step("create", TOPIC, f"t{number}") for number in range(told.MOST_LINES + 7)]
    document = told.document("staging", steps.read(events), events, told.WOULD)
    assert document["counts"] == {"create": told.MOST_LINES + 7}
    assert document["text"].splitlines()[-1] == "… and 7 lines more"
