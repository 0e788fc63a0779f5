"""Which promises are kept: the job's document and the numbers of policy.toml in, findings out. Pure.

What cannot be told is never passed off as kept: too few rows or blocks, no labels, no traffic. Where it
should be possible to tell, because labels or traffic are overdue, the promise of `sight` is broken.
"""

from collections.abc import Iterator

from pipeline import intervals
from pipeline.monitor import worth
from pipeline.monitor.document import Document
from pipeline.monitor.finding import BROKEN, CALLERS, INPUTS, KEPT, SIGHT, UNKNOWN, Finding
from pipeline.monitor.moment import Moment, said, stamp
from pipeline.sections import Monitor

SCORE = "score"
MOST = 5  # names in one sentence
DAY_MINUTES = 1440  # what CloudWatch's requests are counted over


def judge(found: Document, rules: Monitor, moment: Moment) -> list[Finding]:
    """Every finding, in the order of the promises."""
    return [
        sight(found, rules, moment),
        *callers(found, rules, moment),
        *inputs(found, rules),
        *worth.findings(found, rules, moment),
    ]


def nothing(sentence: str, rules: Monitor, state: str = UNKNOWN) -> list[Finding]:
    """The findings where nothing was looked at; `state` is that of the sight."""
    rest = (CALLERS, INPUTS, *rules.worsening)
    return [Finding(SIGHT, state, sentence), *(Finding(one, UNKNOWN, "nothing was seen") for one in rest)]


# sight


def sight(found: Document, rules: Monitor, moment: Moment) -> Finding:
    """Whether requests can be seen, and their labels."""
    finding = _requests(found, rules, moment) or _labels(found, rules, moment)
    return finding or Finding(SIGHT, KEPT, _seen(found, rules, moment))


def _requests(found: Document, rules: Monitor, moment: Moment) -> Finding | None:
    """What is wrong with what was captured; None when nothing is.

    Half a window without a request is silence: nights and quiet days are not.
    """
    unreadable, requests = found["skipped"].get("unreadable", 0), found["requests"]
    if unreadable > rules.malformed * (requests + unreadable):
        why = f"{unreadable:,} captured lines of {requests + unreadable:,} cannot be read"
        return Finding(SIGHT, BROKEN, f"{why}, at most {rules.malformed:.2%} may be (monitor.malformed)")
    since = moment.heard
    if since is not None and moment.asked and moment.past(since, DAY_MINUTES):
        why = f"the endpoint answered {moment.asked:,.0f} requests in the last day and captured none of them"
        return Finding(SIGHT, BROKEN, f"{why}: see whether its role may write below capture/")
    if since is not None and moment.past(since, rules.window_blocks * rules.block_minutes / 2):
        why = f"nobody has asked the model anything since {said(since)}, so nothing new can be told"
        return Finding(SIGHT, BROKEN, f"{why}: see whether callers reach the endpoint, or take it down")
    if requests:
        return None
    why = "; ".join(found["why"]) or "no request has been captured yet, since the model went live"
    archive = (
        found["block_seconds"] is not None and found["model_sha256"] is None
    )  # the job could not open it
    return Finding(SIGHT, BROKEN if archive else UNKNOWN, why)


def _labels(found: Document, rules: Monitor, moment: Moment) -> Finding | None:
    """What is wrong with the labels that are due; None when nothing is."""
    due = worth.due(found, rules, moment)
    if not due:
        why = f"no label is due yet: requests are younger than {rules.label_hours:g} hours"
        return Finding(SIGHT, UNKNOWN, f"{why} (monitor.label_hours)")
    newest = due[-1]
    if worth.has_labels(newest, rules, moment):
        return None
    good = worth.labelled(found, rules, moment)
    since = good[-1]["to"] if good else due[0]["from"]
    part = newest["labelled"] / newest["rows"]
    why = f"blind since {said(stamp(since))}: {part:.0%} of the requests since {said(stamp(newest['from']))} "
    why += f"have a label, and {rules.label_share:.0%} should after {rules.label_hours:g} hours"
    why += " (monitor.label_share, monitor.label_hours)"
    if lost := found["skipped"].get("unmatched", 0):
        return Finding(
            SIGHT, BROKEN, f"{why}; {lost:,} labels are for requests never captured: compare their ids"
        )
    return Finding(SIGHT, BROKEN, f"{why}: see whether whoever writes labels/ still does")


def _seen(found: Document, rules: Monitor, moment: Moment) -> str:
    part = worth.share(found, rules, moment) or 0
    told = f"{found['requests']:,} requests in {len(found['blocks'])} blocks, {part:.0%} of the labels due"
    left = [f"{count:,} {name.replace('_', ' ')}" for name, count in found["skipped"].items() if count]
    return told + (f"; left out: {', '.join(left)}" if left else "")


# callers


def callers(found: Document, rules: Monitor, moment: Moment) -> Iterator[Finding]:
    """Whether requests keep to the contract; from the first row on, as it takes no statistics.

    A request that was refused may not have been captured, so CloudWatch is asked for those as well.
    """
    broken = [*_refused(rules, moment), *_malformed(found, rules), *_values(found, rules)]
    yield from broken
    if not broken and not found["rows"]:
        yield Finding(CALLERS, UNKNOWN, "there are no requests to hold against the contract")
    elif not broken:
        sent = f"{found['rows']:,} rows keep to the contract"
        more = sorted(found["unknown"])
        extra = f"; the model does not use {', '.join(more[:MOST])}, which they send" if more else ""
        yield Finding(CALLERS, KEPT, sent + extra)


def _refused(rules: Monitor, moment: Moment) -> Iterator[Finding]:
    if moment.asked and moment.refused and moment.refused > rules.malformed * moment.asked:
        told = f"{moment.refused:,.0f} of {moment.asked:,.0f} requests in the last day were refused (4xx)"
        told += f", at most {rules.malformed:.2%} may be (monitor.malformed)"
        yield Finding(CALLERS, BROKEN, f"{told}: the endpoint's log has the reasons, see who sends them")


def _malformed(found: Document, rules: Monitor) -> Iterator[Finding]:
    wrong, good = found["malformed"]["rows"], found["rows"]
    if wrong > rules.malformed * (wrong + good):
        reasons = found["malformed"]["why"]
        worst = max(reasons, key=reasons.get, default="no reason given")
        told = f"{wrong:,} of {wrong + good:,} rows are not what the signature says"
        yield Finding(
            CALLERS, BROKEN, f"{told}, at most {rules.malformed:.2%} may be (monitor.malformed): {worst}"
        )


def _values(found: Document, rules: Monitor) -> Iterator[Finding]:
    for name, one in found["columns"].items():
        budget = one.get("nulls_budget")
        if budget is not None and one["nulls"] > budget:
            told = f"{name} is empty in {one['nulls']:.2%} of the rows, {one['nulls_before']:.2%} in training"
            yield Finding(
                CALLERS, BROKEN, f"{told}; its contract allows {budget:.2%}: ask who fills it", name
            )
        if one.get("unseen", 0) > rules.unseen:
            values = ", ".join(map(str, one.get("values", [])[:MOST])) or "no value named"
            told = f"{name} has values that training has not seen in {one['unseen']:.2%} of the rows"
            yield Finding(
                CALLERS, BROKEN, f"{told}, at most {rules.unseen:.2%} may be (monitor.unseen): {values}", name
            )


# inputs


def inputs(found: Document, rules: Monitor) -> Iterator[Finding]:
    """Whether what is asked, and what is answered, is distributed as in training.

    P-values are those of a test over all columns together, so the bound is for the whole window; over
    segments it is shared out (Bonferroni). A shift that is too small to matter is none, however sure it is.
    """
    if why := _too_few(found, rules):
        yield Finding(INPUTS, UNKNOWN, why)
        return
    moved = [*_columns(found, rules), *_segments(found, rules)]
    yield from moved
    if not moved:
        judged = [name for name, one in found["columns"].items() if one["judged"]]
        left = len(found["columns"]) - len(judged)
        told = f"no drift in {len(judged)} columns of {found['rows']:,} rows"
        told += f"; {left} not judged" if left else ""
        why = "" if judged else "".join(f"; {one}" for one in found["why"])
        yield Finding(INPUTS, KEPT if judged else UNKNOWN, told + why)
    for name, one in found["segments"].items():
        if one["new"]:
            told = f"{name} is new: {one['rows']:,} rows that neither training nor evaluation had any like"
            yield Finding(
                INPUTS, UNKNOWN, f"{told}; what the model is worth there will be told by labels", name
            )


def _too_few(found: Document, rules: Monitor) -> str | None:
    """Why nobody can tell whether anything has moved, or None."""
    blocks = sum(1 for one in found["blocks"] if one["rows"])
    if found["rows"] >= rules.minimum_rows and blocks >= intervals.FEWEST:
        return None
    return (
        f"{blocks} blocks with {found['rows']:,} rows show too little: it takes {intervals.FEWEST} and "
        f"{rules.minimum_rows:,} (monitor.minimum_rows)"
    )


def drifted(p: float | None, psi: float | None, rules: Monitor, among: int = 1) -> bool:
    """Whether a column has moved: surely, and so far that it matters."""
    return p is not None and psi is not None and p * among <= rules.false_alarms and psi >= rules.effect


def moved(column: Document, rules: Monitor) -> bool:
    """Whether a column that is judged has moved."""
    return bool(column["judged"] and drifted(column["p"], column["psi"], rules))


def _columns(found: Document, rules: Monitor) -> Iterator[Finding]:
    for name, one in found["columns"].items():
        if moved(one, rules):
            yield _drift(name, one["psi"], one["p"], rules, name)


def _segments(found: Document, rules: Monitor) -> Iterator[Finding]:
    known = {name: one for name, one in found["segments"].items() if not one["new"]}
    for segment, one in known.items():
        for name, psi in one["psi"].items():
            if one["rows"] >= rules.minimum_rows and drifted(one["p"].get(name), psi, rules, len(known)):
                yield _drift(f"{name} of {segment}", psi, one["p"][name], rules, segment)


def _drift(what: str, psi: float, p: float, rules: Monitor, subject: str) -> Finding:
    told = f"{'answers have' if what == SCORE else f'{what} has'} moved: stability index {psi:.3f}"
    told += f", from {rules.effect:g} on it matters (monitor.effect), p {p:.3f}"
    return Finding(INPUTS, BROKEN, f"{told}: ask who fills it whether the world or the data changed", subject)


def drifts(found: Document, rules: Monitor) -> int | None:
    """How many columns, the answers among them, have moved; None where nobody can tell."""
    return None if _too_few(found, rules) else sum(1 for _ in _columns(found, rules))
