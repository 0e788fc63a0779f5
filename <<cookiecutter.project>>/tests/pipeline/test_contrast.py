"""Run records side by side: which are meant, what differs, and the page that shows it."""

import re
import xml.etree.ElementTree as ET
from typing import Any

import pytest

from pipeline import contrast
from pipeline.errors import UserError

ONE, TWO = "flights-train-3f2a00000000", "flights-train-90c100000000"
SAME_INPUTS = "flights-experiment-3f2a00000000"


def run(candidate: str = ONE, log_loss: float | None = 0.5, **more: Any) -> dict[str, Any]:
    """A run record, evaluated unless `log_loss` is None."""
    metrics = {"brier": 0.15, "log_loss": log_loss, "auc": 0.8, "accuracy": 0.7}
    evaluation = {"metrics": metrics, "window": {"from": "2013-06-01", "to": "2013-06-28"}, "rows": 2000}
    return {
        "candidate": candidate,
        "experiment": False,
        "commit": "c" * 40,
        "branch": "main",
        "dirty": False,
        "lock_sha256": "1" * 64,
        "image": "repository@sha256:1",
        "manifest": "2" * 64,
        "hyperparameters": {"trees": "100", "seed": "13"},
        "libraries": {"numpy": "2.4"},
        "instance_type": "ml.m5.xlarge",
        "instance_count": 1,
        "started": "2026-01-05T12:00:00+00:00",
        "seconds": 90,
        "cost_usd": 0.00575,
        **({} if log_loss is None else {"evaluation": evaluation}),
        **more,
    }


@pytest.mark.parametrize(
    ("word", "candidate"),
    [(ONE, ONE), ("train-3f", ONE), ("90c1", TWO), ("9", TWO), ("experiment", SAME_INPUTS)],
)
def test_a_run_is_named_by_its_beginning(word: str, candidate: str) -> None:
    """Whole, without the project, or by its hash alone."""
    assert contrast.pick(word, [ONE, TWO, SAME_INPUTS], "flights") == candidate


@pytest.mark.parametrize("word", ["3f2a", "train"])
def test_a_beginning_of_several_runs_is_refused(word: str) -> None:
    """The sentence names them as they can be written."""
    with pytest.raises(UserError, match=f"{word} begins train-3f2a00000000 and .*: write more of one"):
        contrast.pick(word, [ONE, TWO, SAME_INPUTS], "flights")


@pytest.mark.parametrize(
    ("word", "candidates", "sentence"),
    [
        ("3f2b00000000", [ONE, TWO], "there is no run 3f2b00000000: write one of 3f2a00000000"),
        ("", [ONE], "there is no run : write one of train-3f2a00000000"),
        ("xyz", [ONE, TWO], "there is no run xyz: write one of train-3f2a00000000, train-90c100000000"),
        ("xyz", [], "nor any other: run `pipeline train` first"),
    ],
)
def test_an_unknown_run_is_refused_with_near_ones(word: str, candidates: list[str], sentence: str) -> None:
    """Else with the newest; the first are."""
    with pytest.raises(UserError) as refused:
        contrast.pick(word, candidates, "flights")
    assert sentence in str(refused.value)


def test_what_differs_is_marked() -> None:
    """Parameters, data and metrics; a member that one of them lacks differs as well."""
    other = run(TWO, 0.4, manifest="3" * 64, hyperparameters={"trees": "200", "seed": "13", "depth": "5"})
    found = {(one.section, one.name): one for one in contrast.lines([run(), other])}
    assert [name for (_, name), one in found.items() if one.differs] == [
        "manifest",
        "trees",
        "depth",
        "log_loss",
    ]
    assert found["parameters", "depth"].values == (None, "5")
    assert found["metrics", "log_loss"].values == (0.5, 0.4)
    assert not found["data", "rows"].differs


def test_three_runs_differ_when_one_does() -> None:
    """Also when the first two are alike."""
    [line] = [one for one in contrast.lines([run(), run(), run(seconds=91)]) if one.name == "seconds"]
    assert line.differs


def test_the_metric_that_decides_comes_first() -> None:
    """Whatever the order in the records; one that nobody has measured is there all the same."""
    assert contrast.metrics([run()], "log_loss")[:2] == ["log_loss", "brier"]
    assert contrast.metrics([run(log_loss=None)], "log_loss") == ["log_loss"]


def test_a_line_says_what_a_list_is_read_for() -> None:
    """When, which, where, commit, data, metrics, gate, cost."""
    gate = {"gate": {"passed": True, "called": "improvement"}, "registered": {"version": 3}}
    found = contrast.cells(run(dirty=True, **gate), "flights", ["log_loss"])
    assert list(found.values()) == [
        *("2026-01-05 12:00", "train-3f2a00000000", "ml.m5.xlarge", "cccccccc+", "22222222"),
        *("0.5000", "passed, improvement, version 3", "0.0057"),
    ]


def test_what_is_not_known_is_said() -> None:
    """A run that has not been evaluated, of a type without a price, from no commit."""
    found = contrast.cells(run(log_loss=None, cost_usd=None, commit=None), "flights", ["log_loss"])
    assert [found[name] for name in ("commit", "log_loss", "gate", "US$")] == ["none", "-", "-", "?"]


@pytest.mark.parametrize("compared", [False, True])
def test_the_page_is_whole_and_escapes(compared: bool) -> None:
    """Pictures and table in one file, nothing from elsewhere; the runs in order of time."""
    runs = [run(ONE, 0.5), run("flights-train-<b>", 0.4, started="2026-01-04T12:00:00+00:00")]
    text = contrast.page(runs, "flights", "log_loss", compared=compared)
    assert "<b>" not in text and "<script" not in text and "src=" not in text
    pictures = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    assert len(pictures) == (4 if compared else contrast.SHOWN)
    words = "".join(ET.fromstring(pictures[0]).itertext())  # noqa: S314 - our own text
    assert words.index("2026-01-04") < words.index("2026-01-05")
    assert ('class="differs"' in text) == compared


def test_a_run_without_metrics_has_its_place_in_the_page() -> None:
    """It is not left out, it has no value."""
    assert "no value" in contrast.page([run(), run(TWO, None)], "flights", "log_loss", compared=False)
