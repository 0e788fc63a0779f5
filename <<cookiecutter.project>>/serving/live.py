"""The live model as a monitor sees it: what its archive and its evaluation say. Neither is run."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from model import metrics, reference
from model.metrics import Floats
from model.reference import NoReferenceError, Reference
from model.scoring import Column
from serving.blocks import WHOLE
from serving.captured import NO_LINE
from serving.replay import ArchiveError, unpack


@dataclass(frozen=True)
class Live:
    """A model's columns, the values of its categories in training, its range, and how training's rows lay.

    Without a reference, `why` says so.
    """

    sha256: str
    columns: Sequence[Column]
    vocabulary: Mapping[str, Sequence[str]]
    low: float
    high: float
    reference: Reference | None
    why: str | None


@dataclass(frozen=True)
class Evaluation:
    """What the model was worth on frozen rows: tallies as written, by segment and day, and their sum.

    Where there are none that these metrics can read, `why` says so.
    """

    tallies: dict[str, Any] | None = None
    whole: Floats | None = None
    why: str | None = None


def model(archive: Path, folder: Path) -> Live:
    """The model in an archive, which is unpacked into an empty folder. Raises ArchiveError."""
    low, high = unpack(archive, folder)
    try:
        signature = json.loads((folder / "signature.json").read_text())
        columns = [Column(one["name"], one["type"], one["nullable"]) for one in signature["columns"]]
        values = {one["name"]: one["values"] for one in signature["columns"] if one["type"] == "category"}
        sha256 = hashlib.sha256((folder / "model.onnx").read_bytes()).hexdigest()
    except (*NO_LINE, OSError) as error:
        raise ArchiveError(
            f"{archive.name} holds no model with its columns ({error}): train again"
        ) from error
    try:
        found, why = reference.read(folder), None
    except NoReferenceError as error:
        found, why = None, str(error)
    return Live(sha256, columns, values, low, high, found, why)


def evaluation(path: Path) -> Evaluation:
    """What an evaluation's document says."""
    if not path.is_file():
        return Evaluation(why="the model's evaluation is not there: evaluate it again to compare with it")
    try:
        tallies = json.loads(path.read_text())["tallies"]
        for days in tallies.values():
            for one in days.values():
                metrics.decode(one)  # another part than the whole may be the one that cannot be read
        whole = np.sum([metrics.decode(one) for one in tallies[WHOLE].values()], axis=0, initial=0)
    except (*NO_LINE, OSError, IndexError) as error:
        return Evaluation(why=f"the model's evaluation cannot be read ({error}): evaluate it again")
    if not tallies[WHOLE] or not metrics.rows(whole):
        return Evaluation(why="the model's evaluation has no rows: evaluate it again")
    return Evaluation(tallies, whole)


def segments(live: Live, judged: Evaluation) -> dict[str, set[str]]:
    """The columns that part the rows, each with the values that training or evaluation has seen."""
    found: dict[str, set[str]] = {}
    for name in [*(live.reference.segments if live.reference else ()), *(judged.tallies or ())]:
        column, parted, value = name.partition("=")
        if parted:
            found.setdefault(column, set()).add(value)
    return found
