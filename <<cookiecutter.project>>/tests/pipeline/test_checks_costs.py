"""Whether costs are counted by our tags."""

from pipeline.checks import costs


def test_active_tags_are_well() -> None:
    """Both of them."""
    assert [one.level for one in costs.judge({"project": "Active", "environment": "Active"})] == ["ok"]


def test_an_idle_tag_is_named_and_no_failure() -> None:
    """Releases work without; the budget does not."""
    (found,) = costs.judge({"project": "Active", "environment": "Inactive"})
    assert (found.level, found.todo.startswith("activate environment under Billing")) == ("warn", True)
