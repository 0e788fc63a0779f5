"""Judges one model on the frozen rows: `python -m model.evaluate`, the entry point of a processing job.

Reads $ML_ROOT/processing/input (model.tar.gz and the pinned data) and writes evaluation.json. Which of two
models is better is decided elsewhere, by comparing two such documents.
"""

import hashlib
import json
import os
import sys
import tarfile
import tempfile
import traceback
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from model import features
from model.contract import LABEL, TIME
from model.dataset import load, window
from model.scoring import Model

FILES = ("model.onnx", "signature.json")
SEGMENT = "origin"
TINY = 1e-7  # a probability of exactly 0 or 1 would make one row's log loss infinite

Floats = NDArray[np.float64]


def evaluate(archive: Path, channel: Path) -> dict[str, Any]:
    """The document: metrics of the model in `archive` on the evaluation rows of `channel`."""
    dataset = load(channel)
    rows = dataset.evaluation
    with tempfile.TemporaryDirectory() as folder:
        unpack(archive, Path(folder))
        model = Model(Path(folder))
        model_sha256 = hashlib.sha256(Path(folder, "model.onnx").read_bytes()).hexdigest()
    inputs = rows.select(features.COLUMNS).to_dict(as_series=False)
    scored = rows.select(
        pl.col(TIME).dt.date().cast(pl.String).alias("day"),
        SEGMENT,
        pl.col(LABEL).cast(pl.Float64),
        pl.Series("score", model.score(inputs).astype(np.float64)),
    )
    base = np.full(rows.height, model.signature["training"]["label_rate"])
    labels, scores = scored[LABEL].to_numpy(), scored["score"].to_numpy()
    return {
        "model_sha256": model_sha256,
        "manifest_sha256": dataset.manifest_sha256,
        "window": window(rows),
        "rows": rows.height,
        "label_rate": float(labels.mean()),
        "metrics": metrics(labels, scores) | {"auc": auc(labels, scores)},
        "baseline": metrics(labels, base),
        "by_day": [
            {"day": day, "rows": found["rows"], "log_loss": found["log_loss"]}
            for day, found in groups(scored, "day").items()
        ],
        "segments": {f"{SEGMENT}={value}": found for value, found in groups(scored, SEGMENT).items()},
    }


def unpack(archive: Path, folder: Path) -> None:
    """Write the model's two files into `folder`; whatever else an archive holds is not looked at."""
    with tarfile.open(archive) as tar:
        for member in tar:
            name = Path(member.name).name
            if name in FILES and (content := tar.extractfile(member)):
                folder.joinpath(name).write_bytes(content.read())


def metrics(labels: Floats, scores: Floats) -> dict[str, float]:
    """Log loss, accuracy at one half and Brier score of scores [n] for labels [n] of 0 and 1."""
    likelihood = np.where(labels == 1, scores, 1 - scores)
    return {
        "log_loss": float(-np.log(np.clip(likelihood, TINY, 1)).mean()),
        "accuracy": float(((scores >= 0.5) == labels).mean()),
        "brier": float(((scores - labels) ** 2).mean()),
    }


def auc(labels: Floats, scores: Floats) -> float | None:
    """How often a row of label 1 scores above one of label 0, ties half; None when one label is absent."""
    ones = int(labels.sum())
    zeros = len(labels) - ones
    if not ones or not zeros:
        return None
    ranks = pl.Series(scores).rank("average").to_numpy()
    return float((ranks[labels == 1].sum() - ones * (ones + 1) / 2) / (ones * zeros))


def groups(scored: pl.DataFrame, column: str) -> dict[str, dict[str, Any]]:
    """The metrics of each value of `column`, in its order."""
    parts = scored.sort(column).partition_by(column, as_dict=True, maintain_order=True)
    return {
        str(value): {"rows": part.height} | metrics(part[LABEL].to_numpy(), part["score"].to_numpy())
        for (value,), part in parts.items()
    }


def main() -> int:
    """Evaluate; on failure say why in $ML_ROOT/output/message, which SageMaker shows as ExitMessage."""
    root = Path(os.environ.get("ML_ROOT", "/opt/ml"))
    source, target = root / "processing/input", root / "processing/output/evaluation.json"
    try:
        document = evaluate(source / "model/model.tar.gz", source / "data")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(document, indent=2) + "\n")
    except Exception as error:
        traceback.print_exc()
        root.joinpath("output").mkdir(parents=True, exist_ok=True)
        root.joinpath("output/message").write_text(f"{type(error).__name__}: {error}")
        return 1
    print(f"log loss {document['metrics']['log_loss']:.4f} on {document['rows']} rows")
    return 0


if __name__ == "__main__":
    sys.exit(main())
