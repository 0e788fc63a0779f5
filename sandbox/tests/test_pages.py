"""sandbox.pages."""

from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.pages import page

ROWS = [
    {"Name": name, "Status": status, "CreationTime": datetime(2026, 1, day, tzinfo=UTC)}
    for name, status, day in (("c", "up", 1), ("a", "down", 2), ("bc", "up", 3))
]


@pytest.mark.parametrize(
    ("request_", "names"),
    [
        ({}, ["bc", "a", "c"]),
        ({"SortOrder": "Ascending"}, ["c", "a", "bc"]),
        ({"SortBy": "Name", "SortOrder": "Ascending"}, ["a", "bc", "c"]),
        ({"NameContains": "c"}, ["bc", "c"]),
        ({"StatusEquals": "down"}, ["a"]),
        ({"CreationTimeAfter": datetime(2026, 1, 1, tzinfo=UTC)}, ["bc", "a"]),
        ({"CreationTimeBefore": datetime(2026, 1, 3, tzinfo=UTC)}, ["a", "c"]),
    ],
)
def test_rows_are_filtered_and_sorted(request_: dict[str, Any], names: list[str]) -> None:
    """As the request asks, and else as the operation does."""
    found = page(ROWS, request_, name="Name", status="Status", order="Descending")
    assert [row["Name"] for row in found["rows"]] == names


def test_a_token_leads_to_the_next_page() -> None:
    """The last page has none."""
    first = page(ROWS, {"MaxResults": 2}, name="Name", order="Descending")
    rest = page(ROWS, {"MaxResults": 2, "NextToken": first["NextToken"]}, name="Name", order="Descending")
    assert ([row["Name"] for row in rest["rows"]], "NextToken" in rest) == (["c"], False)
