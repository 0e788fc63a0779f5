"""Judges one model on the frozen rows: `python -m model.evaluate`, the entry point of a processing job.

Reads $ML_ROOT/processing/input (model.tar.gz and the pinned data) and writes evaluation.json, and beside it
requests.jsonl, rows to replay. Which of two models is better is decided elsewhere, by comparing two such
documents.
"""

import hashlib
import json
import sys
import tarfile
import tempfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from model import features, metrics, program, sample
from model.contract import LABEL, SEGMENTS, TIME, ContractError
from model.dataset import Dataset, DatasetError, load, window
from model.metrics import Floats
from model.scoring import Model, SignatureError

FILES = ("model.onnx", "signature.json")
DAY, SCORE, BASE = "day", "score", "base"
Tallies = dict[str, Floats]  # one for each day


class ArchiveError(ValueError):
    """What should be judged is no model."""


EXPLAINED = (ArchiveError, ContractError, DatasetError, SignatureError)  # their message is a whole sentence


def evaluate(archive: Path, channel: Path) -> tuple[dict[str, Any], list[str]]:
    """The document: what the model in `archive` is worth on the evaluation rows of `channel`; rows to replay.

    Raises ArchiveError, DatasetError or SignatureError.
    """
    dataset = load(channel)
    needed = (*features.COLUMNS, *SEGMENTS, LABEL)
    if missing := [name for name in needed if name not in dataset.evaluation.columns]:
        raise DatasetError(
            f"the pinned rows have no column {missing[0]}, which this model is judged with: keep it in the "
            "data as long as a model that needs it is live"
        )
    with tempfile.TemporaryDirectory() as folder:
        unpack(archive, Path(folder))
        model = open_model(Path(folder))
        model_sha256 = hashlib.sha256(Path(folder, "model.onnx").read_bytes()).hexdigest()
    inputs = dataset.evaluation.select(features.COLUMNS)
    scores = model.score(inputs.to_dict(as_series=False))
    document = judged(dataset, scores, model.signature, model_sha256)
    return document, sample.requests(inputs, scores, document["manifest_sha256"])


def judged(
    dataset: Dataset, scores: NDArray[Any], signature: dict[str, Any], model_sha256: str
) -> dict[str, Any]:
    """The document for `scores` [n] of the evaluation rows, by the model that has this signature."""
    rows, training = dataset.evaluation, signature["training"]
    scored = rows.select(
        pl.col(TIME).dt.date().cast(pl.String).alias(DAY),
        *SEGMENTS,
        pl.col(LABEL).cast(pl.Float64),
        pl.Series(SCORE, scores),
        pl.lit(training["label_rate"]).alias(BASE),
    )
    found, base = by_day(scored, SCORE), by_day(scored, BASE)
    segments = {name: by_day(part, SCORE) for name, part in parts(scored)}
    return {
        "model_sha256": model_sha256,
        "manifest_sha256": dataset.manifest_sha256,
        "window": window(rows),
        "rows": rows.height,
        "label_rate": float(scored[LABEL].to_numpy().mean()),
        "model": {"columns": signature["columns"], "training": training},
        "metrics": measured(found.values()),
        "baseline": measured(base.values()),
        "tallies": {name: encoded(tallies) for name, tallies in {"all": found, **segments}.items()},
        "baseline_tallies": {"all": encoded(base)},
    }


def unpack(archive: Path, folder: Path) -> None:
    """Write the model's two files into `folder`; whatever else an archive holds is not looked at.

    Raises ArchiveError when it cannot be read to its end, or lacks one of the files.
    """
    try:
        with tarfile.open(archive) as tar:
            for member in tar:
                name = Path(member.name).name
                if name in FILES and (content := tar.extractfile(member)):
                    folder.joinpath(name).write_bytes(content.read())
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise ArchiveError(f"{archive.name} cannot be read to its end ({error}): train again") from error
    for name in FILES:
        if not folder.joinpath(name).is_file():
            raise ArchiveError(f"{archive.name} holds no {name}: train again")


def open_model(folder: Path) -> Model:
    """The model in `folder`. Raises SignatureError, or ArchiveError when a file is not what its name says."""
    try:
        return Model(folder)
    except SignatureError:
        raise
    except Exception as error:  # ONNX Runtime's are no common kind
        reason = " ".join(str(error).split())[:200]
        raise ArchiveError(f"the archive's files are no model ({reason}): train again") from error


def parts(scored: pl.DataFrame) -> Iterable[tuple[str, pl.DataFrame]]:
    """The rows of each segment with its name, such as origin=JFK."""
    for column in SEGMENTS:
        for (value,), rows in scored.partition_by(column, as_dict=True).items():
            yield f"{column}={value}", rows


def by_day(scored: pl.DataFrame, score: str) -> Tallies:
    """The tallies of the column `score`, days in order."""
    days = scored.partition_by(DAY, as_dict=True)
    return {
        str(day): metrics.tally(days[day,][LABEL].to_numpy(), days[day,][score].to_numpy())
        for (day,) in sorted(days)
    }


def measured(tallies: Iterable[Floats]) -> dict[str, float | None]:
    """The metrics of all `tallies` together; None where one is not defined, which JSON knows no NaN for."""
    found = metrics.values(np.sum(list(tallies), axis=0))
    return {name: None if np.isnan(value) else float(value) for name, value in found.items()}


def encoded(tallies: Tallies) -> dict[str, Any]:
    """The same as JSON."""
    return {day: metrics.encode(tally) for day, tally in tallies.items()}


def write(root: Path) -> None:
    """Evaluate what lies in `root`, and leave the document and the rows to replay there."""
    source, target = root / "processing/input", root / "processing/output"
    document, requests = evaluate(source / "model/model.tar.gz", source / "data")
    target.mkdir(parents=True, exist_ok=True)
    target.joinpath("requests.jsonl").write_text("".join(f"{line}\n" for line in requests))
    target.joinpath("evaluation.json").write_text(json.dumps(document) + "\n")
    print(
        ", ".join(f"{name} {value:.4f}" for name, value in document["metrics"].items() if value is not None)
    )


def main() -> int:
    """Evaluate; on failure say why, which SageMaker shows as ExitMessage."""
    return program.run(write, program.PROCESSING, EXPLAINED)


if __name__ == "__main__":
    sys.exit(main())
