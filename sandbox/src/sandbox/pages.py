"""What all of SageMaker's List operations have in common: filters, order, pages."""

from typing import Any

Row = dict[str, Any]
DEFAULT_SIZE = 10  # of ListTrainingJobs and its siblings, where MaxResults is absent


def page(rows: list[Row], request: Row, *, name: str, status: str | None = None, order: str) -> Row:
    """The rows of `request`'s page as {"rows": [...]} and, when there are more, {"NextToken": ...}.

    `name` and `status` are the members that NameContains and StatusEquals look at; `order` is the operation's
    own default, Ascending or Descending, of the creation time.
    """
    after, before = request.get("CreationTimeAfter"), request.get("CreationTimeBefore")
    chosen = [
        row
        for row in rows
        if request.get("NameContains", "") in row[name]
        and (status is None or request.get("StatusEquals") in (None, row[status]))
        and (after is None or row["CreationTime"] > after)
        and (before is None or row["CreationTime"] < before)
    ]
    key = name if request.get("SortBy") == "Name" else "CreationTime"
    chosen.sort(key=lambda row: row[key], reverse=request.get("SortOrder", order) == "Descending")
    start = int(request.get("NextToken", 0))
    end = start + request.get("MaxResults", DEFAULT_SIZE)
    more = {"NextToken": str(end)} if end < len(chosen) else {}
    return {"rows": chosen[start:end]} | more
