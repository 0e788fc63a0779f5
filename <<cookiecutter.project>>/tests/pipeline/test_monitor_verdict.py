"""What a document means: kept, broken, or nobody can tell; each rule at its bound."""

import re
from dataclasses import replace
from typing import Any

import pytest

from pipeline.monitor import verdict
from pipeline.monitor.document import NOTHING
from pipeline.monitor.finding import BROKEN, KEPT, UNKNOWN, Finding, broken, state

from .monitor_sample import MOMENT, NOON, RULES, block, column, document, of

pytestmark = pytest.mark.usefixtures("few_resamples")
DAY = 86_400.0


def judged(moment: Any = MOMENT, **more: Any) -> list[Finding]:
    """The findings on a document that is good but for this."""
    return verdict.judge(document(**more), RULES, moment)


def only(promise: str, **more: Any) -> Finding:
    """The one finding on a promise."""
    (found,) = of(judged(**more), promise)
    return found


def test_what_is_good_is_kept() -> None:
    """Every promise."""
    found = judged()
    assert {one.state for one in found} == {KEPT}
    assert broken(found, RULES) == []


# sight


def test_the_sight_says_on_how_much() -> None:
    """And what was left out."""
    told = only("sight", skipped={"repeated": 3, "malformed_labels": 2, "unreadable": 0}).sentence
    assert told == (
        "1,400 requests in 14 blocks, 100% of the labels due; left out: 3 repeated, 2 malformed labels"
    )


@pytest.mark.parametrize(("days", "expected"), [(6.9, KEPT), (7.1, BROKEN)])
def test_half_a_window_without_a_request_is_silence(days: float, expected: str) -> None:
    """The sentence names the last one."""
    quiet = replace(MOMENT, last=NOON.timestamp() - days * DAY, asked=None)
    found = only("sight", moment=quiet)
    assert found.state == expected
    assert (expected == KEPT) != found.sentence.startswith(
        "nobody has asked the model anything since 2026-03-08"
    )


def test_a_month_without_traffic_is_no_green_light() -> None:
    """Nothing else can be told then."""
    quiet = replace(MOMENT, live=NOON.timestamp() - 60 * DAY, last=NOON.timestamp() - 31 * DAY, asked=None)
    found = verdict.judge(NOTHING, RULES, quiet)
    assert broken(found, RULES) == ["sight"]
    assert "since 2026-02-12" in found[0].sentence
    assert {state(found, one) for one in ("inputs", "callers", "log_loss", "calibration")} == {UNKNOWN}


def test_a_model_that_went_live_just_now_is_not_blind() -> None:
    """Nobody can tell yet."""
    young = replace(MOMENT, live=NOON.timestamp() - 3600, last=None, asked=None)
    assert verdict.judge(NOTHING, RULES, young)[0].state == UNKNOWN


def test_a_model_that_the_job_cannot_open_is_no_sight() -> None:
    """There was traffic, and nothing to hold it against."""
    why = "model.tar.gz cannot be read to its end: train again"
    blank = {**NOTHING, "block_seconds": 86_400, "why": [why]}
    (sight, *rest) = verdict.judge(blank, RULES, MOMENT)
    assert (sight.state, sight.sentence) == (BROKEN, why)
    assert {one.state for one in rest} == {UNKNOWN}
    opened = {**blank, "model_sha256": "a", "why": ["no request was captured in the window"]}
    assert verdict.judge(opened, RULES, MOMENT)[0].state == UNKNOWN


@pytest.mark.parametrize(("hours", "expected"), [(23, UNKNOWN), (25, BROKEN)])
def test_requests_that_are_answered_and_not_captured_are_missed(hours: float, expected: str) -> None:
    """CloudWatch counts them; what is captured may come a little late."""
    uncaptured = replace(MOMENT, live=NOON.timestamp() - hours * 3600, last=None, asked=5000.0)
    found = verdict.judge(NOTHING, RULES, uncaptured)[0]
    assert found.state == expected
    assert (expected == BROKEN) == ("5,000 requests in the last day and captured none" in found.sentence)


def test_captured_files_that_are_cut_off_are_counted() -> None:
    """A line may be; more than the policy allows is no sight."""
    assert only("sight", skipped={"unreadable": 1}).state == KEPT
    found = only("sight", skipped={"unreadable": 2})
    assert (found.state, found.sentence) == (
        BROKEN,
        "2 captured lines of 1,402 cannot be read, at most 0.10% may be (monitor.malformed)",
    )


def without_labels(since: int) -> list[dict[str, Any]]:
    """The window's blocks, of which those from `since` on have no label."""
    return [block(number, labelled=None if number < since else 0) for number in range(14)]


def test_labels_that_stop_coming_are_blindness() -> None:
    """As soon as they are due; what had its labels is still judged."""
    found = judged(blocks=without_labels(9))
    (sight,) = of(found, "sight")
    assert sight.state == BROKEN
    assert sight.sentence.startswith(
        "blind since 2026-03-11 00:00 UTC: 0% of the requests since 2026-03-11 00:00 UTC have a label, "
        "and 80% should after 72 hours (monitor.label_share, monitor.label_hours)"
    )
    assert state(found, "log_loss") == KEPT


def test_where_no_label_ever_came_the_model_is_not_judged() -> None:
    """Nobody can tell, and that is said as a broken promise."""
    found = judged(blocks=without_labels(0))
    assert broken(found, RULES) == ["sight"]
    assert of(found, "sight")[0].sentence.startswith("blind since 2026-03-02 00:00 UTC")
    assert {state(found, one) for one in RULES.worsening} == {UNKNOWN}


def test_labels_for_requests_that_nobody_made_hint_at_the_ids() -> None:
    """They came, and joined nothing."""
    told = only("sight", blocks=without_labels(0), skipped={"unmatched": 1000}).sentence
    assert told.endswith("1,000 labels are for requests never captured: compare their ids")


def test_labels_that_are_not_due_are_not_missed() -> None:
    """A window of two days."""
    found = only("sight", blocks=[block(12, labelled=0), block(13, labelled=0)])
    assert (found.state, found.sentence) == (
        UNKNOWN,
        "no label is due yet: requests are younger than 72 hours (monitor.label_hours)",
    )


def test_of_a_sample_of_labels_no_more_is_asked_than_it_holds() -> None:
    """Half of the label files give half of the labels."""
    blocks = [block(number, labelled=45 if number < 11 else 0) for number in range(14)]
    assert only("sight", blocks=blocks).state == BROKEN
    assert only("sight", blocks=blocks, moment=replace(MOMENT, labels_kept=0.5)).state == KEPT


# callers


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (
            {"malformed": {"rows": 2, "why": {"distance is missing": 2}}},
            r"2 of 1,402 rows are not what the signature says, at most 0.10% .*: distance is missing",
        ),
        (
            {"columns": {"wind": column(nulls=0.2, nulls_before=0.01)}},
            r"wind is empty in 20.00% of the rows, 1.00% in training; its contract allows 1.00%: ask who",
        ),
        (
            {"columns": {"carrier": column(unseen=0.002, values=["ZZ", "YY"])}},
            r"carrier has values that training has not seen in 0.20% of the rows, at most 0.10% .*: ZZ, YY",
        ),
    ],
)
def test_a_broken_contract_is_told_with_its_bound(more: dict[str, Any], told: str) -> None:
    """And what to look at."""
    found = only("callers", **more)
    assert found.state == BROKEN
    assert re.match(told, found.sentence)


def test_requests_that_were_refused_break_the_contract_though_none_was_captured() -> None:
    """As when a column is dropped upstream; one in a thousand may be."""
    refused = replace(MOMENT, asked=1000.0, refused=2.0)
    found = verdict.judge(NOTHING, RULES, refused)
    assert state(found, "callers") == BROKEN
    assert of(found, "callers")[0].sentence.startswith(
        "2 of 1,000 requests in the last day were refused (4xx), at most 0.10% may be (monitor.malformed)"
    )
    assert only("callers", moment=replace(refused, refused=1.0)).state == KEPT


def test_the_contract_is_held_from_the_first_row_on() -> None:
    """It takes no statistics."""
    more = {
        "columns": {"carrier": column(unseen=0.5)},
        "rows": 2,
        "requests": 2,
        "blocks": [block(13, rows=2)],
    }
    found = judged(**more)
    assert (state(found, "callers"), state(found, "inputs")) == (BROKEN, UNKNOWN)


@pytest.mark.parametrize(
    "more",
    [
        {"malformed": {"rows": 1, "why": {"a": 1}}},
        {"columns": {"wind": column(nulls=0.01, unseen=0.001)}},
        {"columns": {"wind": column(nulls=0.9, nulls_budget=None)}},
    ],
)
def test_what_the_contract_allows_is_kept(more: dict[str, Any]) -> None:
    """A bound itself is allowed, and where there is none everything is."""
    assert only("callers", **more).state == KEPT


def test_columns_that_the_model_does_not_use_are_named() -> None:
    """They do no harm, and their sender may think otherwise."""
    found = only("callers", unknown={"seats": 1400})
    assert found.state == KEPT
    assert found.sentence.endswith("the model does not use seats, which they send")


# inputs


@pytest.mark.parametrize(
    ("p", "psi", "expected"),
    [(0.05, 0.02, BROKEN), (0.051, 0.5, KEPT), (0.001, 0.0199, KEPT), (None, 0.5, KEPT)],
)
def test_drift_is_sure_and_large(p: float | None, psi: float, expected: str) -> None:
    """Either alone is none."""
    found = only("inputs", columns={"distance": column(p=p, psi=psi)})
    assert found.state == expected
    if expected == BROKEN:
        assert found.subject == "distance"
        assert found.sentence.startswith(
            "distance has moved: stability index 0.020, from 0.02 on it matters (monitor.effect), p 0.050"
        )


def test_a_season_is_no_drift() -> None:
    """Such a column is shown and not judged; where all are so, nobody can tell."""
    found = only("inputs", columns={"hour": column(judged=False, p=0.001, psi=1.0)}, why=["no reference"])
    assert (found.state, found.sentence) == (
        UNKNOWN,
        "no drift in 0 columns of 1,400 rows; 1 not judged; no reference",
    )


def test_answers_that_moved_are_drift_as_well() -> None:
    """The score is a column of its own."""
    assert only("inputs", columns={"score": column(p=0.001, psi=0.3)}).sentence.startswith(
        "answers have moved"
    )


@pytest.mark.parametrize("more", [{"rows": 499}, {"blocks": [block(number) for number in range(6)]}])
def test_of_little_nobody_can_tell(more: dict[str, Any]) -> None:
    """However far a column has moved."""
    found = only("inputs", columns={"distance": column(p=0.001, psi=3.0)}, **more)
    assert found.state == UNKNOWN
    assert re.match(r"\d+ blocks with [\d,]+ rows show too little: it takes 7 and 500", found.sentence)


def segment(**more: Any) -> dict[str, Any]:
    """A segment in which nothing has moved."""
    return {"rows": 700, "new": False, "psi": {"distance": 0.3}, "p": {"distance": 0.9}, **more}


def test_drift_in_one_segment_names_it() -> None:
    """Among several the bound is shared out, so that a whole window is as seldom wrong."""
    moved = segment(p={"distance": 0.03})
    found = only("inputs", segments={"origin=JFK": moved})
    assert (found.state, found.subject) == (BROKEN, "origin=JFK")
    assert found.sentence.startswith("distance of origin=JFK has moved")
    assert only("inputs", segments={"origin=JFK": moved, "origin=LGA": segment()}).state == KEPT
    assert only("inputs", segments={"origin=JFK": {**moved, "rows": 499}}).state == KEPT


def test_a_new_segment_is_told() -> None:
    """No comparison is possible; nothing is said to be broken by that."""
    found = judged(segments={"origin=SWF": segment(new=True, p={"distance": 0.001})})
    new = [one for one in found if one.subject == "origin=SWF"]
    assert [(one.promise, one.state) for one in new] == [("inputs", UNKNOWN)]
    assert new[0].sentence.startswith("origin=SWF is new: 700 rows")
    assert verdict.drifts(document(), RULES) == 0


def test_what_moved_is_counted() -> None:
    """Columns alone; none is counted where nobody can tell."""
    moved = document(columns={"a": column(p=0.001, psi=1.0), "b": column()})
    assert verdict.drifts(moved, RULES) == 1
    assert verdict.drifts({**moved, "rows": 10}, RULES) is None


def test_where_nothing_was_looked_at_nothing_is_kept() -> None:
    """The sight has the reason."""
    found = verdict.nothing("nobody is there", RULES, BROKEN)
    assert found[0] == Finding("sight", BROKEN, "nobody is there")
    assert {one.state for one in found[1:]} == {UNKNOWN}
