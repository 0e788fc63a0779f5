"""Which budgets of `policy.toml` and of the contract a file keeps, by the facts about it. Pure."""

from dataclasses import dataclass
from datetime import datetime

from pipeline.command import Document
from pipeline.sections import Data

DAY = 86_400  # seconds


@dataclass(frozen=True)
class Rule:
    """A budget, what was found, and both in a sentence."""

    rule: str
    passed: bool
    value: float | str
    bound: float | str
    sentence: str


def rules(
    bounds: Data, facts: Document, before: Document | None, *, newest: bool, now: datetime
) -> list[Rule]:
    """Every rule that applies to a file; it is kept when all pass.

    `facts` are those of model/validate.py; `before` are those of the batch before it, of which rows and label
    are asked; `newest`: no pinned batch begins later.
    """
    found = [bad_share(bounds, facts), label_share(bounds, facts), *nulls(facts)]
    if facts["window"]:
        found += [time_range(bounds, facts), future(facts, now)]
        if newest and bounds.fresh_days:
            found.append(freshness(bounds, facts, now))
    if before:
        found.append(row_count(bounds, facts, before))
        if None not in (facts["label"]["rate"], before["label"]["rate"]):
            found.append(label_rate(bounds, facts, before))
    return found


def share_of_bad(facts: Document) -> float:
    """Bad rows of all rows; a file without rows is all bad."""
    return facts["bad"] / facts["rows"] if facts["rows"] else 1.0


def bad_share(bounds: Data, facts: Document) -> Rule:
    """Bad rows of all rows."""
    value, bound = share_of_bad(facts), bounds.bad_share
    if not facts["rows"]:
        return Rule("bad_share", False, value, bound, "it has no rows: export it again")
    said = f"{value:.2%} of its {facts['rows']} rows are bad, and data.bad_share is {bound:.2%}"
    return Rule("bad_share", value <= bound, round(value, 6), bound, said)


def label_share(bounds: Data, facts: Document) -> Rule:
    """Rows that have a label, of all rows."""
    label, bound = facts["label"], bounds.label_share
    said = f"{label['share']:.2%} of its rows have a {label['name']}, and data.label_share is {bound:.2%}"
    return Rule("label_share", label["share"] >= bound, round(label["share"], 6), bound, said)


def nulls(facts: Document) -> list[Rule]:
    """Missing values of each column that may have any, against its budget in the contract."""
    found = []
    for name, one in facts["nulls"].items():
        value, bound = one["share"], one["budget"]
        said = f"{value:.1%} of {name} are missing, and its budget in model/contract.py is {bound:.1%}"
        found.append(Rule(f"nulls_{name}", value <= bound, round(value, 6), bound, said))
    return found


def time_range(bounds: Data, facts: Document) -> Rule:
    """Days from the first good row to the last."""
    first, last = (datetime.fromisoformat(facts["window"][end]) for end in ("from", "to"))
    days, bound = (last - first).total_seconds() / DAY, bounds.batch_days
    said = f"it goes from {first} to {last}, {days:.1f} days, and data.batch_days is {bound:g}"
    return Rule("time_range", days <= bound, round(days, 1), bound, said)


def future(facts: Document, now: datetime) -> Rule:
    """Nobody has seen how a row of the future ended, so its label is made up."""
    last = datetime.fromisoformat(facts["window"]["to"])
    said = f"its newest row is of {last}, and nothing after {now:%Y-%m-%d %H:%M %Z} can have a label yet"
    return Rule("future", last <= now, last.isoformat(), now.isoformat(), said)


def freshness(bounds: Data, facts: Document, now: datetime) -> Rule:
    """Days since the newest row of the newest batch."""
    last, bound = datetime.fromisoformat(facts["window"]["to"]), bounds.fresh_days
    days = (now - last).total_seconds() / DAY
    said = f"its newest row is {days:.1f} days old, and data.fresh_days is {bound:g}"
    return Rule("freshness", days <= bound, round(days, 1), bound, said)


def row_count(bounds: Data, facts: Document, before: Document) -> Rule:
    """Rows, of the rows of the batch before."""
    value, bound = facts["rows"] / before["rows"], bounds.row_change
    said = (
        f"it has {facts['rows']} rows after {before['rows']} in the batch before, and data.row_change allows "
        f"{before['rows'] / bound:.0f} to {before['rows'] * bound:.0f}"
    )
    return Rule("row_count", 1 / bound <= value <= bound, round(value, 3), bound, said)


def label_rate(bounds: Data, facts: Document, before: Document) -> Rule:
    """How far the label's mean has moved since the batch before."""
    name, rate, earlier = facts["label"]["name"], facts["label"]["rate"], before["label"]["rate"]
    moved, bound = abs(rate - earlier), bounds.label_change
    said = (
        f"the mean of {name} is {rate:.3f} after {earlier:.3f} in the batch before, and data.label_change "
        f"allows a step of {bound:g}"
    )
    return Rule("label_rate", moved <= bound, round(moved, 6), bound, said)
