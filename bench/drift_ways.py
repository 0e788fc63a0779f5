"""One way to find drift, in an environment of its own: what it costs, and what it says.

    PYTHON bench/drift_ways.py speed WAY build/bench/drift OUT           # reference.parquet and window.parquet there
    PYTHON bench/drift_ways.py words WAY build/bench/flights.parquet OUT SPLITS

Each library does what its documentation shows first, with its own thresholds; "ours" runs in a project's environment.
"""

import json
import resource
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from drift_frames import CATEGORIES, COLUMNS, DAY, FAULTS, fingerprint, pairs, year

FAULT_SPLITS = 3  # of each month's, in which faults are made
FEW = 1000  # rows
FOUND = 0.9  # of the pairs with a fault; told is one that is found, in a column that is quiet without it


@dataclass(frozen=True)
class Said:
    """The columns that a way flags, and whether it says that the whole has drifted."""

    columns: set[str]
    whole: bool


Judge = Callable[[Any], Said]


@dataclass(frozen=True)
class Way:
    """`frame` makes of rows what the library takes; `fit` takes the reference's and gives what judges a window's.

    `alone` says that it judges each column for itself, so that a fault needs its own column judged and no other.
    """

    distribution: str
    frame: Callable[[pl.DataFrame], Any]
    fit: Callable[[Any], Judge]
    alone: bool = True


def ours() -> Way:
    """The project's own test; it needs the days."""
    from drift import fitted, frame

    def fit(reference: Any) -> Judge:
        flagged = fitted(reference)

        def judge(window: Any) -> Said:
            columns = flagged(window)
            return Said(columns, bool(columns))

        return judge

    return Way("numpy", frame, fit, alone=False)


def evidently() -> Way:
    """DataDriftPreset, which reads the reference's rows each time; the whole has drifted where half of columns have."""
    from evidently import Report
    from evidently.presets import DataDriftPreset

    def fit(reference: Any) -> Judge:
        def judge(window: Any) -> Said:
            metrics = Report([DataDriftPreset()]).run(window, reference).dict()["metrics"]
            columns = {one["config"]["column"] for one in metrics if "column" in one["config"] and _beyond(one)}
            (share,) = (one for one in metrics if "drift_share" in one["config"])
            return Said(columns, share["value"]["share"] >= share["config"]["drift_share"])

        return judge

    return Way("evidently", pandas, fit)


def _beyond(metric: dict[str, Any]) -> bool:
    value, rule = float(metric["value"]), metric["config"]
    return value < rule["threshold"] if "p_value" in rule["method"] else value >= rule["threshold"]


def nannyml() -> Way:
    """UnivariateDriftCalculator: Jensen-Shannon of ten chunks; a column is flagged where any chunk of the window is."""
    from nannyml import UnivariateDriftCalculator

    def fit(reference: Any) -> Judge:
        names = list(reference.columns)
        calculator = UnivariateDriftCalculator(column_names=names).fit(reference)

        def judge(window: Any) -> Said:
            table = calculator.calculate(window).filter(period="analysis").to_df()
            columns = {name for name in names if bool(table[(name, "jensen_shannon", "alert")].any())}
            return Said(columns, bool(columns))

        return judge

    return Way("nannyml", pandas, fit)


def alibi_detect() -> Way:
    """TabularDrift: Kolmogorov-Smirnov and chi-squared, corrected by Bonferroni; it takes a matrix without nulls."""
    from alibi_detect.cd import TabularDrift

    def fit(reference: Any) -> Judge:
        names, codes = reference
        detector = TabularDrift(codes, categories_per_feature={i: None for i, name in enumerate(names) if _words(name)})

        def judge(window: Any) -> Said:
            found = detector.predict(window[1], drift_type="batch")["data"]
            columns = {name for name, p in zip(names, found["p_val"], strict=True) if p < found["threshold"]}
            return Said(columns, bool(found["is_drift"]))

        return judge

    return Way("alibi-detect", _matrix, fit, alone=False)


def _words(name: str) -> bool:
    return name in CATEGORIES or name.startswith("category_")


def _matrix(rows: pl.DataFrame) -> tuple[list[str], np.ndarray]:
    """Names and numbers [rows, columns]; a null is below all numbers, a word is a number that its letters give."""
    names = [name for name in rows.columns if name != DAY]
    numbers = [
        pl.col(name).hash(seed=0).mod(1_000_003).cast(pl.Float64) if _words(name) else pl.col(name).cast(pl.Float64)
        for name in names
    ]
    return names, rows.select(numbers).fill_null(-1e6).to_numpy()


def pandas(rows: pl.DataFrame) -> Any:
    """As pandas has it: a null is NaN."""
    return rows.drop(DAY).to_pandas()


WAYS: dict[str, Callable[[], Way]] = {
    "ours": ours,
    "evidently": evidently,
    "nannyml": nannyml,
    "alibi-detect": alibi_detect,
}


def speed(way: Way, folder: Path) -> dict[str, Any]:
    """Seconds from two frames in memory to the word about them, and those of the window alone.

    A small frame is judged before, so that what a library imports or compiles at its first use is not counted.
    """
    source, target = (pl.read_parquet(folder / f"{name}.parquet") for name in ("reference", "window"))
    small = way.frame(source.gather_every(source.height // FEW))
    way.fit(small)(small)
    reference, window = way.frame(source), way.frame(target)
    began = clocks()
    judge = way.fit(reference)
    fitted = clocks()
    said = judge(window)
    ended = clocks()
    return {
        "rows": source.height,
        "columns": source.width - 1,
        **dict(zip(("seconds", "processor_s"), ended - began, strict=True)),
        **dict(zip(("window_seconds", "window_processor_s"), ended - fitted, strict=True)),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6,
        "flagged": sorted(said.columns),
    }


def clocks() -> np.ndarray:
    """Seconds of the wall's clock, and of the processor's."""
    return np.array([time.perf_counter(), time.process_time()])


def words(way: Way, flights: Path, splits: int) -> dict[str, Any]:
    """What it says of pairs of days that nothing has happened between, and of faults in the first pairs of a month."""
    said, marks = [], []
    named: dict[str, list[bool]] = {name: [] for name in FAULTS}
    for pair in pairs(year(flights), range(splits)):
        judge = way.fit(way.frame(pair.reference))
        said.append(judge(way.frame(pair.window)))
        if pair.split == 0:
            marks.append(fingerprint(pair.window))
        if pair.split < FAULT_SPLITS:
            for name, fault in FAULTS.items():
                seen = [DAY, fault.column] if way.alone else [DAY, *COLUMNS]
                judge_some = way.fit(way.frame(pair.reference.select(seen))) if way.alone else judge
                found = judge_some(way.frame(fault.change(pair.window).select(seen)))
                named[name].append(fault.column in found.columns)
            print(f"{way.distribution}: month {pair.month}, {len(said)} pairs", file=sys.stderr)
    alone = {name: float(np.mean([name in one.columns for one in said])) for name in COLUMNS}
    faults = {name: float(np.mean(found)) for name, found in named.items()}
    return {
        "pairs": len(said),
        "frames": fingerprint(pl.DataFrame({"of": marks})),
        "any_column": float(np.mean([bool(one.columns) for one in said])),
        "whole": float(np.mean([one.whole for one in said])),
        "columns": alone,
        "faults": faults,
        "fault_pairs": len(named[next(iter(named))]),
        "told": sum(share >= FOUND and alone[FAULTS[name].column] <= 1 - FOUND for name, share in faults.items()),
    }


def main(arguments: Sequence[str]) -> None:
    """Measure one way, write what was found."""
    task, name, source, out, *splits = arguments
    warnings.simplefilter("ignore")
    began = time.perf_counter()
    way = WAYS[name]()
    imported = time.perf_counter() - began
    found = speed(way, Path(source)) if task == "speed" else words(way, Path(source), int(splits[0]))
    document = {"way": name, "version": version(way.distribution), "import_s": imported, **found}
    Path(out).write_text(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
