"""A trained model: model.onnx and the signature that says what goes in and what may come out.

Evaluation and serving score here, so what is measured is what is served. Loading runs no code from
the archive.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime  # type: ignore[import-untyped]  # ships no types
from numpy.typing import NDArray

from model import features

INPUT, OUTPUT = "features", "prediction"  # of the ONNX graph


class SignatureError(ValueError):
    """The model does not do what its signature says."""


@dataclass(frozen=True)
class Column:
    """One input; `kind` is "number" or "category"."""

    name: str
    kind: str
    nullable: bool


class Model:
    """Scores rows; one thread, because a request is small and the next one has its own."""

    def __init__(self, folder: Path) -> None:
        """Load model.onnx and signature.json of `folder`.

        Raises SignatureError when the signature is of other columns than this code computes.
        """
        self.signature = json.loads((folder / "signature.json").read_text())
        columns = self.signature["columns"]
        self.columns = [Column(c["name"], c["type"], c["nullable"]) for c in columns]
        if tuple(column.name for column in self.columns) != features.COLUMNS:
            raise SignatureError("the signature's columns are not those of model/features.py: train again")
        self.vocabulary = {c["name"]: c["values"] for c in columns if c["type"] == "category"}
        self.low, self.high = self.signature["output"]["min"], self.signature["output"]["max"]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(
            folder / "model.onnx", options, providers=["CPUExecutionProvider"]
        )

    def score(self, columns: Mapping[str, Sequence[Any]]) -> NDArray[np.float32]:
        """The prediction for each row, [n].

        Raises SignatureError when one of them is outside the signature's range, or no number.
        """
        scores = self.predict(features.matrix(columns, self.vocabulary))
        inside = (scores >= self.low) & (scores <= self.high)  # False for NaN too
        if not inside.all():
            raise SignatureError(f"the model answered outside its signature, {self.low} to {self.high}")
        return scores

    def predict(self, matrix: features.Matrix) -> NDArray[np.float32]:
        """What the graph answers to a matrix [n, columns], unchecked: [n]."""
        answers: NDArray[np.float32] = self.session.run([OUTPUT], {INPUT: matrix})[0]
        return answers[:, 0]
