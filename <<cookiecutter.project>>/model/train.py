"""Trains the model: `python -m model.train`, the entry point of the training container.

Reads $ML_ROOT/input (the pinned data and the hyperparameters) and writes $ML_ROOT/model: model.onnx,
signature.json and reference.json. The same inputs give the same bytes.
"""

import json
import platform
import sys
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import polars as pl
import xgboost
from numpy.typing import NDArray

from model import export, features, parity, profile, program, reference, signature, target
from model.columns import null_budgets, require_in_time, seasonal
from model.contract import LABEL, SEGMENTS, TIME, ContractError
from model.dataset import DatasetError, load
from model.profile import SCORE
from model.scoring import INPUT, OUTPUT, Model

EXPLAINED = 2_000  # rows, evenly spread: the time of TreeSHAP grows with them


class HyperparameterError(ValueError):
    """The hyperparameters are not those that training takes."""


MISTAKES = (ContractError, DatasetError, HyperparameterError)  # their message is a whole sentence


@dataclass(frozen=True, kw_only=True)
class Hyperparameters:
    """model/hyperparameters.toml; SageMaker hands every value over as a string."""

    trees: int
    depth: int
    learning_rate: float
    minimum_child_weight: float
    seed: int
    threads: int

    @classmethod
    def read(cls, path: Path) -> "Hyperparameters":
        """The values in `path`. Raises HyperparameterError when one is missing, unknown or no number."""
        given = json.loads(path.read_text())
        wanted: dict[str, Any] = {field.name: field.type for field in fields(cls)}  # a type is its own parser
        if given.keys() != wanted.keys():
            odd = ", ".join(sorted(given.keys() ^ wanted.keys()))
            raise HyperparameterError(
                f"hyperparameters missing or unknown: {odd}; name exactly {', '.join(wanted)}"
            )
        try:
            return cls(**{name: wanted[name](given[name]) for name in wanted})
        except ValueError as error:
            raise HyperparameterError(f"a hyperparameter is no number: {error}") from error


def train(root: Path) -> None:
    """From $ML_ROOT/input to $ML_ROOT/model."""
    require_in_time(features.COLUMNS)
    settings = Hyperparameters.read(root / "input/config/hyperparameters.json")
    dataset = load(root / "input/data/data")
    rows, vocabulary = dataset.training, signature.vocabulary(dataset.training)
    inputs = matrix(rows, vocabulary)
    labels = rows[LABEL].to_numpy().astype(np.float32)
    print(f"training on {rows.height} rows, {LABEL} is {labels.mean():.4g} on average")

    booster = grow(xgboost.DMatrix(inputs, labels, nthread=settings.threads), settings)
    print(f"grew {settings.trees} trees")

    folder = root / "model"
    folder.mkdir(parents=True, exist_ok=True)
    graph = export.to_onnx(booster, len(features.COLUMNS), INPUT, OUTPUT)
    folder.joinpath("model.onnx").write_bytes(graph.SerializeToString(deterministic=True))
    described = signature.describe(
        rows, libraries=libraries(), contributions=contributions(booster, inputs, settings.threads)
    )
    folder.joinpath("signature.json").write_text(json.dumps(described, indent=2) + "\n")

    def xgboosts(inputs: features.Matrix) -> NDArray[np.float32]:
        answers: NDArray[np.float32] = booster.predict(xgboost.DMatrix(inputs, nthread=settings.threads))
        return answers

    categories = [features.COLUMNS.index(name) for name in features.CATEGORIES]
    cases = parity.cases(export.trees(booster), matrix(dataset.evaluation, vocabulary), categories)
    model = Model(folder)
    difference = parity.check(model.predict, xgboosts, cases)
    print(f"ONNX agrees with XGBoost to {difference:.1e} on {sum(map(len, cases.values()))} rows")

    seen = referred(rows, model.predict(inputs))
    folder.joinpath(reference.FILE).write_text(json.dumps(seen.document(), separators=(",", ":")) + "\n")


def matrix(rows: pl.DataFrame, vocabulary: features.Vocabulary) -> features.Matrix:
    """The rows as the model sees them, [n, columns]."""
    return features.matrix(rows.select(features.COLUMNS).to_dict(as_series=False), vocabulary)


def referred(rows: pl.DataFrame, scores: NDArray[np.float32]) -> reference.Reference:
    """How the rows [n] and their scores [n] lie, day by day: what production is compared with."""
    return reference.make(
        columns(rows) | {SCORE: scores},
        rows[TIME].dt.date().to_list(),
        {name: rows[name].to_list() for name in SEGMENTS},
        categories=features.CATEGORIES,
        seasonal=seasonal_inputs(),
        budgets=null_budgets(),
    )


def columns(rows: pl.DataFrame) -> dict[str, profile.Column]:
    """What the model is given, by column."""
    numbers: dict[str, profile.Column] = {name: rows[name].to_numpy() for name in features.NUMBERS}
    return numbers | {name: rows[name].to_list() for name in features.CATEGORIES}


def seasonal_inputs() -> list[str]:
    """The features that follow the season; the score does when any of them does."""
    found = [name for name in seasonal() if name in features.COLUMNS]
    return [*found, SCORE] if found else []


def grow(table: xgboost.DMatrix, settings: Hyperparameters) -> xgboost.Booster:
    """The trees for a table of inputs and labels. The same table gives the same trees: no step is random."""
    parameters = {
        "objective": target.OBJECTIVE,
        "max_depth": settings.depth,
        "learning_rate": settings.learning_rate,
        "min_child_weight": settings.minimum_child_weight,
        "seed": settings.seed,
        "nthread": settings.threads,
    }
    return xgboost.train(parameters, table, num_boost_round=settings.trees)


def libraries() -> dict[str, str]:
    """The versions of what determines the model's bytes."""
    modules = (np, onnx, pl, xgboost)
    return {"python": platform.python_version()} | {module.__name__: module.__version__ for module in modules}


def contributions(booster: xgboost.Booster, inputs: features.Matrix, threads: int) -> dict[str, float]:
    """Each feature's mean absolute contribution to the trees' sum, largest first, on up to EXPLAINED rows.

    TreeSHAP (Lundberg et al., 2020, https://doi.org/10.1038/s42256-019-0138-9), as XGBoost computes it.
    """
    step = -(-len(inputs) // EXPLAINED)
    table = xgboost.DMatrix(inputs[::step], nthread=threads)
    shares = np.abs(booster.predict(table, pred_contribs=True)[:, :-1]).mean(axis=0, dtype=np.float64)
    named = zip(features.COLUMNS, shares.tolist(), strict=True)  # the column that is left out is the bias
    return {name: round(share, 6) for name, share in sorted(named, key=lambda one: -one[1])}


def main() -> int:
    """Train; on failure say why, which SageMaker shows as FailureReason."""
    return program.run(train, program.TRAINING, MISTAKES)


if __name__ == "__main__":
    sys.exit(main())
