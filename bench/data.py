"""The data contract on many rows: time beside plain dataframely, memory beside the loaded frame, and every fault found.

    PROJECT/.venv/bin/python bench/data.py PROJECT build/bench/data.json [ROWS]

The rows are the project's sample, repeated year by year, with sixteen kinds of faults planted at known places. Each
way of checking them runs in a process of its own, from a parquet file to a file of good rows and one of bad rows; the
ways alternate, and the least time of each counts, because whatever else the machine does can only add.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

ROWS = 10_000_000
RUNS = 2
BOUND = 1.1  # of plain dataframely's time
STEP = 947  # one row in so many has one kind of fault, so that 1.7 % of all rows are bad
FAULTS: dict[str, dict[str, Any]] = {
    "carrier|regex": {"carrier": "delta"},
    "flight|min": {"flight": 0},
    "origin|regex": {"origin": "jfk"},
    "destination|regex": {"destination": "1"},
    "distance|min": {"distance": 0},
    "distance|nullability": {"distance": None},
    "hour|max": {"hour": 24},
    "weekday|min": {"weekday": 0},
    "seats|min": {"seats": 0},
    "temperature|max": {"temperature": 141.0},
    "wind_direction|min": {"wind_direction": -1.0},
    "gust_exceeds_wind": {"wind_speed": 30.0, "wind_gust": 20.0},
    "pressure|min": {"pressure": 0.0},
    "late|nullability": {"late": None},
    "minute_of_schedule": {"minute": None},  # the minute after: below
}
COPIES = "primary_key"


def rows(files: list[Path], count: int) -> "pl.DataFrame":
    """The sample again and again, each time 365 days later, so that no key repeats."""
    import polars as pl

    sample = pl.concat(pl.read_parquet(file) for file in files)
    years = range(-(-count // sample.height))
    later = (sample.with_columns(pl.col("scheduled") + pl.duration(days=365 * year)) for year in years)
    return pl.concat(later).head(count)


def planted(frame: "pl.DataFrame") -> tuple["pl.DataFrame", dict[str, int]]:
    """The frame with its faults, and how many rows break each rule."""
    import polars as pl

    place = pl.int_range(pl.len()) % STEP
    apart = STEP * (frame.height // STEP // 2) + 1  # a copy and its original are half the file apart
    copied = (place == 0) & (pl.int_range(pl.len()) >= apart)
    changes: dict[str, Any] = {name: pl.col(name) for name in frame.columns}
    expected = {COPIES: 2 * frame.select(copied.sum()).item()}
    for number, (rule, values) in enumerate(FAULTS.items(), start=1):
        here = place == number
        expected[rule] = frame.select(here.sum()).item()
        for name, value in values.items():
            wrong = (pl.col(name) + 1) % 60 if name == "minute" else pl.lit(value, frame.schema[name])
            changes[name] = pl.when(here).then(wrong).otherwise(changes[name])
    faulty = frame.with_columns(change.alias(name) for name, change in changes.items())
    return faulty.with_columns(pl.when(copied).then(pl.all().shift(apart)).otherwise(pl.all())), expected


def make(project: Path, source: Path, folder: Path) -> dict[str, Any]:
    """Write the rows: as many as the name of `source` says."""
    frame, expected = planted(rows(sorted((project / "data/flights").glob("*.parquet")), int(source.stem)))
    frame.write_parquet(source)
    return {"expected": expected}


def load(project: Path, source: Path, folder: Path) -> dict[str, Any]:
    """Read the frame, and no more."""
    import polars as pl

    return {"bytes": pl.read_parquet(source).estimated_size()}


def plain(project: Path, source: Path, folder: Path) -> dict[str, Any]:
    """Load the frame, let dataframely filter it, write good rows and bad ones."""
    import polars as pl
    from model.contract import Row

    frame, began = pl.read_parquet(source), time.perf_counter()
    good, failure = Row.filter(frame)
    seconds = time.perf_counter() - began
    good.write_parquet(folder / "good")
    failure.write_parquet(folder / "bad")
    return {"filter_s": seconds}


def split(project: Path, source: Path, folder: Path) -> dict[str, Any]:
    """What `pipeline data add` does: write good rows, and bad ones with the names of the rules that each breaks."""
    from model import validate

    validate.split(source, folder / "good", folder / "bad")
    return {}


def check(project: Path, source: Path, folder: Path) -> dict[str, Any]:
    """What `pipeline data check` does: write the bad rows, count rules, missing values and labels."""
    from model import validate

    return validate.validate(source, folder / "bad")


WAYS: dict[str, Callable[[Path, Path, Path], dict[str, Any]]]
WAYS = {"load": load, "plain": plain, "split": split, "check": check}


def measured(way: str, project: Path, source: Path) -> dict[str, Any]:
    """Run one way in a process of its own. Raises SystemExit when it fails.

    Its peak begins with that of this process, which therefore imports nothing large.
    """
    with tempfile.TemporaryDirectory(dir=source.parent) as folder:
        said = Path(folder) / "said.json"
        command = [sys.executable, __file__, f"--{way}", str(project), str(source), str(said)]
        began = time.perf_counter()
        child = os.posix_spawn(sys.executable, command, os.environ)
        _, status, used = os.wait4(child, 0)
        seconds = time.perf_counter() - began
        if status:
            raise SystemExit(f"bench: {way} failed, its own words are above")
        found: dict[str, Any] = json.loads(said.read_text())
    processor = used.ru_utime + used.ru_stime
    return {"seconds": seconds, "processor_s": processor, "peak_mb": used.ru_maxrss * 1024 / 1e6, **found}


def least(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """The smallest of each number that was measured, and what the last run said otherwise."""
    numbers = [name for name, value in runs[0].items() if isinstance(value, float)]
    return {**runs[-1], **{name: round(min(run[name] for run in runs), 2) for name in numbers}}


def compared(ways: dict[str, dict[str, Any]], expected: dict[str, int], count: int) -> dict[str, Any]:
    """The document: every way, the ratios, and whether all faults were found."""
    split, check, plain, loaded = ways["split"], ways["check"], ways["plain"], ways["load"]
    return {
        "rows": count,
        "bad": check["bad"],
        "kinds": len(expected),
        "exact": check["rules"] == dict(sorted(expected.items())) and check["bad"] == sum(expected.values()),
        "ratio": round(split["seconds"] / plain["seconds"], 3),
        "processor_ratio": round(split["processor_s"] / plain["processor_s"], 3),
        "check_ratio": round(check["seconds"] / plain["seconds"], 3),
        "bound": BOUND,
        "memory_ratio": round(split["peak_mb"] / loaded["peak_mb"], 3),
        "ways": {
            name: {key: value for key, value in way.items() if isinstance(value, float)} for name, way in ways.items()
        },
        "frame_mb": round(loaded["bytes"] / 1e6),
    }


def main(project: Path, out: Path, count: int) -> None:
    """Measure, write `out`, print the figures. Exit 1 above a bound, or when a fault was missed."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent) as folder:
        source = Path(folder) / f"{count}.parquet"
        expected = measured("make", project, source)["expected"]
        runs: dict[str, list[dict[str, Any]]] = {way: [] for way in WAYS}
        for _ in range(RUNS):
            for way in WAYS:
                print(f"bench: {way}, {count} rows", file=sys.stderr)
                runs[way].append(measured(way, project, source))
    document = compared({way: least(found) for way, found in runs.items()}, expected, count)
    out.write_text(json.dumps(document, indent=2) + "\n")
    print(json.dumps(document, indent=2))
    if not document["exact"] or document["ratio"] > BOUND or document["memory_ratio"] >= 1:
        raise SystemExit(1)


def child(way: str, project: Path, source: Path, said: Path) -> None:
    """One way, in this process."""
    sys.path.insert(0, str(project))
    said.write_text(json.dumps({"make": make, **WAYS}[way](project, source, said.parent)))


if __name__ == "__main__":
    if sys.argv[1].startswith("--"):
        child(sys.argv[1].removeprefix("--"), *map(Path, sys.argv[2:5]))
    else:
        main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve(), int((sys.argv[3:4] or [ROWS])[0]))
