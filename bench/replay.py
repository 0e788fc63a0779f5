"""A year as a project would live through it: what was known when, which model was live, what it was worth.

Everything that decides is the project's own code, imported from a baked one: contract, features, training,
evaluation, metrics.
"""

import hashlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import polars as pl
import xgboost
from model import contract, evaluate, features, metrics, signature, train, validate
from model.dataset import Dataset
from numpy.typing import NDArray

LABELS_LATE = 2  # days until a day's labels are there
FIRST = 59  # days that the first model is trained on: January and February
START = FIRST + LABELS_LATE  # the day on which it goes live
WEEK = 7  # days between two looks at what could be done

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Trained:
    """A model; `scores` [rows of the year] are its answers to what it was not trained on, NaN elsewhere."""

    digest: str
    signature: dict[str, Any]
    scores: Floats


@dataclass(frozen=True)
class Moment:
    """A day on which a model could be trained, and what is known then: [0, split) to learn, [split, known) to judge."""

    day: int
    split: int
    known: int


@dataclass
class Life:
    """What a policy has done in the year."""

    live: list[tuple[int, Trained]]
    trainings: int = 0
    refused: list[str] = field(default_factory=list)

    @property
    def promotions(self) -> int:
        """How often another model went live."""
        return len(self.live) - 1


class Year:
    """All rows that keep the contract, in order of time."""

    def __init__(
        self, path: Path, settings: train.Hyperparameters, evaluation_days: int, share: float, kept: Path
    ) -> None:
        """`share` of the rows of every day, for a quick look; answers of models are kept in folder `kept`."""
        with TemporaryDirectory() as folder:
            good = Path(folder) / "good"
            validate.split(path, good, Path(folder) / "bad")
            rows = pl.read_parquet(good).sort(contract.TIME, maintain_order=True)
        if share < 1:
            rows = rows.filter(pl.Series(np.random.default_rng(0).random(rows.height) < share))
        self.rows, self.settings, self.evaluation_days, self.kept = rows, settings, evaluation_days, kept
        self.labels = rows[contract.LABEL].to_numpy().astype(np.float32)
        dates = rows[contract.TIME].dt.date()
        self.day = (dates - dates.min()).dt.total_days().to_numpy()
        self.last = int(self.day[-1]) + 1
        inputs = {name: rows[name] for name in features.COLUMNS}
        # All carriers fly in January, so every training of the year has this vocabulary.
        self.matrix = features.matrix(inputs, signature.vocabulary(rows))

    @cached_property
    def moments(self) -> list[Moment]:
        """Every week after the first model went live."""
        days = range(START + WEEK, self.last, WEEK)
        return [Moment(day, day - LABELS_LATE - self.evaluation_days, day - LABELS_LATE) for day in days]

    def row(self, day: int) -> int:
        """The first row of a day."""
        return int(np.searchsorted(self.day, day))

    def train(
        self, until: int, *, to: int | None = None, misalign: int | None = None, resample: int | None = None
    ) -> Trained:
        """A model of all days before `until`, with its answers to the days before `to`, or to all that follow.

        The labels lie `misalign` rows off, or the rows are drawn with replacement by the seed `resample`.
        """
        end, last = self.row(until), self.row(self.last if to is None else to)
        labels, pick = self.labels[:end], np.arange(end)
        if misalign is not None:
            labels = np.roll(labels, misalign)
        if resample is not None:
            pick = np.sort(np.random.default_rng((resample, until)).integers(0, end, end))
        answers = self._answers(self.matrix[pick], labels[pick], self.matrix[end:last])
        scores = np.full(len(self.labels), np.nan, dtype=np.float32)
        scores[end:last] = answers
        described = signature.describe(self.rows[:end], libraries={}, contributions={})
        described["training"]["label_rate"] = float(labels[pick].mean())
        return Trained(hashlib.sha256(scores).hexdigest(), described, scores)

    def _answers(self, inputs: Floats, labels: Floats, asked: Floats) -> Floats:
        """What a model of `inputs` and `labels` says to `asked`; kept in a file that is named by all it depends on."""
        made_of = hashlib.sha256(f"{self.settings} {xgboost.__version__}".encode())
        for part in (inspect.getsource(train.grow).encode(), inputs, labels, asked):
            made_of.update(np.ascontiguousarray(part) if isinstance(part, np.ndarray) else part)
        file = self.kept / f"{made_of.hexdigest()}.npy"
        if not file.is_file():
            table = xgboost.DMatrix(inputs, labels, nthread=self.settings.threads)
            found = train.grow(table, self.settings).inplace_predict(asked)
            self.kept.mkdir(parents=True, exist_ok=True)
            draft = file.with_suffix(".draft.npy")
            np.save(draft, found)
            draft.replace(file)
        answers: Floats = np.load(file)
        return answers

    def train_first(self) -> Trained:
        """The model that goes live first."""
        return self.train(FIRST)

    def document(self, model: Trained, moment: Moment) -> dict[str, Any]:
        """evaluation.json of a model on what is held out at a moment."""
        rows = slice(self.row(moment.split), self.row(moment.known))
        sha256 = hashlib.sha256(f"{moment}".encode()).hexdigest()
        data = Dataset(manifest_sha256=sha256, training=self.rows[: rows.start], evaluation=self.rows[rows])
        return evaluate.judged(data, model.scores[rows], model.signature, model.digest)

    def live(self, first: Trained, step: Callable[[Life, Moment], Trained | None]) -> Life:
        """The year of a policy: at each moment `step` may name a model that goes live."""
        life = Life([(START, first)])
        for moment in self.moments:
            if made := step(life, moment):
                life.live.append((moment.day, made))
        return life

    def worth(self, life: Life) -> dict[str, float]:
        """The metrics of all answers of the year, whoever gave them."""
        ends = [day for day, _ in life.live[1:]] + [self.last]
        spans = [(self.row(day), self.row(end), model) for (day, model), end in zip(life.live, ends, strict=True)]
        tallies = [metrics.tally(self.labels[a:b], model.scores[a:b]) for a, b, model in spans]
        return {name: float(value) for name, value in metrics.values(np.sum(tallies, axis=0)).items()}

    def miscalibration(self, life: Life, moment: Moment, longest: int, fewest: int) -> float:
        """How far the live model's mean answer is from the share of ones, on its newest labelled days; 0 if few."""
        since, model = life.live[-1]
        begin = max(since, moment.known - longest)
        if moment.known - begin < fewest:
            return 0.0
        rows = slice(self.row(begin), self.row(moment.known))
        return float(abs(model.scores[rows].mean() - self.labels[rows].mean()))
