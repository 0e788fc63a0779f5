"""pipeline/monitor/pictures.py: what is drawn of a look, and what is said below it."""

from typing import Any

from pipeline.monitor import pictures

from .monitor_sample import block, column, document, view


def names(drawn: list[tuple[str, str]]) -> list[str]:
    """The titles of pictures."""
    return [picture.split("<title>")[1].split("</title>")[0] for picture, _ in drawn]


def test_every_promised_metric_is_drawn_by_block() -> None:
    """In the order of the policy."""
    looked = view(judged=[one["from"] for one in document()["blocks"][:10]])
    assert names(pictures.worth(looked)) == ["Log loss", "Calibration error"]
    assert all("interval" in words for _, words in pictures.worth(looked))


def test_without_labels_the_estimate_is_called_one() -> None:
    """Nobody takes it for a measurement."""
    blocks = [block(number, labelled=0) | {"expected": {"log_loss": 0.5}} for number in range(14)]
    [(drawn, words), _] = pictures.worth(view(document=document(blocks=blocks)))
    assert "an estimate from the scores" in drawn
    assert words.startswith("No block has its labels, or they are not due; diamonds are estimates")


def test_an_estimate_that_is_not_shown_is_not_explained() -> None:
    """Of blocks with labels there is none."""
    blocks = [block(number) for number in range(14)]
    looked = view(document=document(blocks=blocks), judged=[one["from"] for one in blocks])
    assert "estimate" not in pictures.worth(looked)[0][1]


def test_the_reliability_of_the_evaluation_stands_beside_the_windows() -> None:
    """So that a change is seen, not a curve."""
    drawn, words = pictures.calibration(view())
    assert pictures.NOW in drawn
    assert pictures.BEFORE in drawn
    assert words.startswith("Scores of 1,000 labelled rows")


def test_tallies_of_other_metrics_are_no_numbers() -> None:
    """A model that was judged by another model/metrics.py."""
    other = {"size": 3, "at": [0], "values": [1]}
    found = document(evaluation={"tallies": {"all": {"2026-01-01": other}}})
    found["blocks"] = [one | {"tally": other} for one in found["blocks"]]
    assert pictures.evaluated(found) is None
    assert "no value to show" in pictures.calibration(view(document=found))[0]
    assert "no value to show" in pictures.worth(view(document=found))[0][0]


def test_columns_come_by_how_far_they_are() -> None:
    """Those that have moved apart from the others; the answers have a place of their own."""
    columns: dict[str, Any] = {
        "near": column(psi=0.01),
        "far": column(psi=0.5, p=0.001),
        "farther": column(psi=1.5, p=0.001),
        "unsure": column(psi=0.5, p=0.4),
        "season": column(psi=9.0, p=None, judged=False, why="follows the season"),
        "score": column(kind="score", psi=2.0, p=0.001),
    }
    looked = view(document=document(columns=columns))
    moved, others = pictures.columns(looked)
    assert names(moved) == ["farther", "far"]
    assert names(others) == ["season", "unsure", "near"]
    assert "not judged: follows the season" in others[0][0]
    assert names(pictures.answers(looked)) == [pictures.ANSWERS]


def test_a_model_without_a_reference_has_no_answers_to_show() -> None:
    """They were not counted."""
    assert pictures.answers(view(document=document(columns={"hour": column()}))) == []


def test_a_column_names_the_segments_in_which_it_has_moved() -> None:
    """The furthest first; a new segment has nothing to have moved from."""
    one = {"rows": 700, "new": False, "psi": {"hour": 0.5}, "p": {"hour": 0.001}}
    segments = {
        "origin=JFK": one,
        "origin=LGA": one | {"psi": {"hour": 0.9}},
        "origin=EWR": one | {"p": {"hour": 0.5}},
        "origin=XXX": {"rows": 7, "new": True, "psi": {}, "p": {}},
    }
    looked = view(document=document(segments=segments))
    assert pictures.places(looked, "hour") == "In origin=LGA 0.90, origin=JFK 0.50."
    assert pictures.places(looked, "minute") == ""


def test_a_day_is_named_by_its_date_and_what_is_shorter_by_its_time() -> None:
    """Blocks of a day begin at midnight."""
    assert pictures.when("2026-11-13T00:00:00.000Z") == "13 Nov"
    assert pictures.when("2026-11-13T06:00:00.000Z") == "13 Nov 06:00"
    assert pictures.when("2026-11-13T06:00:01.200Z") == "13 Nov 06:00:01"
