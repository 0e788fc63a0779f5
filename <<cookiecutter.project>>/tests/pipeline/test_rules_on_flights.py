"""The gate with the policy and the flights that are shipped: a good candidate passes, each bad one is named.

The champion was trained a month earlier than the candidates; all are judged on the last weeks of July. Bad
ones are trained below the job, which would refuse some of them itself.
"""

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
import xgboost

from model import evaluate, signature
from model.contract import LABEL, TIME
from model.dataset import Dataset
from model.metrics import Floats
from model.train import Hyperparameters, grow, matrix
from pipeline import policy, rules
from pipeline.command import Document
from pipeline.comparison import Comparison

from .conftest import REPOSITORY

BOUNDS = policy.load(REPOSITORY).gate
SETTINGS = Hyperparameters(**tomllib.loads((REPOSITORY / "model/hyperparameters.toml").read_text()))
Score = Callable[[pl.DataFrame], Floats]


def months(last: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The flights up to the end of a month, cut where its evaluation window starts."""
    files = [REPOSITORY / f"data/flights/2013-{month:02}.parquet" for month in range(1, last + 1)]
    rows = pl.concat(pl.read_parquet(file) for file in files).sort(TIME, maintain_order=True)
    later = pl.col(TIME) >= pl.lit(rows[TIME].max()) - timedelta(
        days=policy.load(REPOSITORY).data.evaluation_days
    )
    return rows.filter(~later), rows.filter(later)


def trained(rows: pl.DataFrame, more: Sequence[str] = ()) -> Score:
    """A model of these rows; `more` are columns beside those of model/features.py."""

    def table(frame: pl.DataFrame, **labels: Any) -> xgboost.DMatrix:
        inputs = matrix(frame, signature.vocabulary(rows))
        leaked = [frame[name].cast(pl.Float32).to_numpy() for name in more]
        return xgboost.DMatrix(np.column_stack([inputs, *leaked]), nthread=SETTINGS.threads, **labels)

    booster = grow(table(rows, label=rows[LABEL].to_numpy().astype(np.float32)), SETTINGS)
    return lambda frame: booster.predict(table(frame)).astype(np.float64)


@dataclass(frozen=True)
class World:
    """What the candidates share: rows to learn from and to be judged on, a good model and a champion."""

    training: pl.DataFrame
    evaluation: pl.DataFrame
    good: Score
    champion: Document

    def judged(
        self, scores: Floats, rows: pl.DataFrame | None = None, columns: Sequence[Document] = ()
    ) -> Document:
        """The evaluation of scores of a model of `rows` and of columns beside the usual ones."""
        rows = self.training if rows is None else rows
        described = signature.describe(rows)
        described["columns"] += columns
        dataset = Dataset(manifest_sha256="flights", training=rows, evaluation=self.evaluation)
        return evaluate.judged(dataset, scores, described, "model")


@pytest.fixture(scope="module")
def world() -> World:
    """Trained once."""
    before, _ = months(6)
    training, evaluation = months(7)
    world = World(training, evaluation, trained(training), {})
    return replace(world, champion=world.judged(trained(before)(evaluation), before))


def damaged_labels(world: World) -> Document:
    """Half of the labels lie in other rows."""
    random, labels = np.random.default_rng(13), world.training[LABEL].to_numpy().copy()
    some = np.flatnonzero(random.random(len(labels)) < 0.5)
    labels[some] = labels[random.permutation(some)]
    rows = world.training.with_columns(pl.Series(LABEL, labels))
    return world.judged(trained(rows)(world.evaluation), rows)


def a_leaked_column(world: World) -> Document:
    """How long the flight was in the air: known at landing, and null for one that was cancelled."""
    column = {"name": "air_time", "type": "number", "known": "landing", "in_time": False}
    return world.judged(trained(world.training, ["air_time"])(world.evaluation), columns=[column])


def one_segment_broken(world: World) -> Document:
    """One carrier's flights are all answered with the mean."""
    scores = world.good(world.evaluation)
    ours = world.evaluation["carrier"].to_numpy() == "EV"
    return world.judged(np.where(ours, scores.mean(), scores))


def overlapping_months(world: World) -> Document:
    """The rows that it is judged on were learnt, too."""
    rows = pl.concat([world.training, world.evaluation])
    return world.judged(trained(rows)(world.evaluation), rows)


def worse_calibration(world: World) -> Document:
    """Log odds a quarter too high: hardly any log loss, but probabilities that are none."""
    scores = world.good(world.evaluation)
    odds = np.exp(0.25) * scores / (1 - scores)
    return world.judged(odds / (1 + odds))


def a_copy_of_the_label(world: World) -> Document:
    """Under a name that nobody suspects, declared as known in time."""
    column = {"name": "delay_code", "type": "number", "known": "booking", "in_time": True}
    return world.judged(np.where(world.evaluation[LABEL].to_numpy(), 0.99, 0.01), columns=[column])


BAD = {
    damaged_labels: "champion",
    a_leaked_column: "known_in_time",
    one_segment_broken: "segments",
    overlapping_months: "overlap",
    worse_calibration: "calibration",
    a_copy_of_the_label: "too_good",
}


def failed(
    candidate: Document, champion: Document | None, compared: Comparison, off: tuple[str, ...] = ()
) -> list[rules.Rule]:
    """The rules of the shipped policy that a candidate does not pass."""
    decided = rules.decide(replace(BOUNDS, off=off), candidate, champion, compared)
    return [rule for rule in decided if rule.passed is False]


@pytest.mark.parametrize("first", [False, True], ids=["refresh", "first"])
def test_a_good_candidate_passes(world: World, first: bool) -> None:
    """As a refresh, and as the first of all."""
    candidate, champion = world.judged(world.good(world.evaluation)), None if first else world.champion
    assert failed(candidate, champion, Comparison(candidate, champion)) == []


@pytest.mark.parametrize(("make", "name"), BAD.items(), ids=lambda one: getattr(one, "__name__", one))
def test_a_bad_candidate_is_stopped_by_one_rule(
    world: World, make: Callable[[World], Document], name: str
) -> None:
    """By its name, with advice; nothing else would have stopped it."""
    candidate = make(world)
    compared = Comparison(candidate, world.champion)
    [rule] = failed(candidate, world.champion, compared)
    assert rule.rule == name
    assert rule.next
    assert failed(candidate, world.champion, compared, off=(name,)) == []


def test_a_leak_is_called_an_improvement(world: World) -> None:
    """So it's no number that stops it."""
    found = Comparison(a_leaked_column(world), world.champion).to_champion[BOUNDS.metric]
    assert rules.called(BOUNDS.metric, found, BOUNDS.margin) == "improvement"
