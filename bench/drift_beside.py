"""The project's drift test beside three libraries: `make bench-drift` writes build/bench/drift.json.

    PROJECT/.venv/bin/python bench/drift_beside.py UV build/bench/flights.parquet build/bench/drift.json

Every library runs in an environment of its own (bench/libraries/), each measurement in a process of its own, and the
ways alternate. The seconds come first, while nothing else of the bench runs.
"""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import drift_frames
import promises
from drift import extra, state
from promises import Promise, promise

HERE = Path(__file__).resolve().parent
OURS, LIBRARIES = "ours", ("evidently", "nannyml", "alibi-detect")
RUNS = 2  # of the seconds; the least counts, because whatever else the machine does can only add
ROWS = 1_000_000
SPLITS = {OURS: 50}  # ways to halve a month's days
LIBRARY_SPLITS = 3
SECONDS = ("seconds", "processor_s", "window_seconds", "window_processor_s")
QUIET = {"NML_DISABLE_USAGE_LOGGING": "1", "DO_NOT_TRACK": "1", "ITERATIVE_DO_NOT_TRACK": "1"}  # nobody is called
BLAS = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")  # a choice of kernels that slows some libraries and not others
Row = dict[str, Any]


class Bench:
    """Where things are."""

    def __init__(self, uv: str, flights: Path, folder: Path) -> None:
        self.uv, self.flights, self.folder = uv, flights, folder
        folder.mkdir(parents=True, exist_ok=True)

    def measured(self, task: str, way: str, source: Path, *more: str) -> Row:
        """What one process found."""
        out = self.folder / f"{task}-{way}.json"
        out.unlink(missing_ok=True)
        load = os.getloadavg()[0]
        say(f"{task} of {way}; load {load:.1f}")
        environment = {key: value for key, value in os.environ.items() if key not in BLAS} | QUIET
        arguments = [str(HERE / "drift_ways.py"), task, way, str(source), str(out), *more]
        done = subprocess.run([*self.python(way), *arguments], env=environment, check=False)  # noqa: S603
        if done.returncode:
            raise SystemExit(f"bench: {way} failed, its own words are above")
        found: Row = json.loads(out.read_text())
        return found | {"load": load}

    def python(self, way: str) -> list[str]:
        """What runs Python where the way is installed."""
        if way == OURS:
            return [sys.executable]
        pins = HERE / "libraries" / f"{way}.txt"
        return [self.uv, "run", "--quiet", "--no-project", "--python=3.11", f"--with-requirements={pins}", "python"]

    def speeds(self) -> dict[str, Row]:
        """The least seconds of each way on the wide frames."""
        for name, seed in (("reference", drift_frames.REFERENCE), ("window", drift_frames.WINDOW)):
            drift_frames.wide(ROWS, seed).write_parquet(self.folder / f"{name}.parquet")
        runs: dict[str, list[Row]] = {way: [] for way in (OURS, *LIBRARIES)}
        for _ in range(RUNS):
            for way, found in runs.items():
                found.append(self.measured("speed", way, self.folder))
        least = (*SECONDS, "peak_mb", "import_s")
        return {way: found[0] | {key: min(one[key] for one in found) for key in least} for way, found in runs.items()}

    def words(self) -> dict[str, Row]:
        """What each way says of days and of faults, two ways at a time."""

        def one(way: str) -> Row:
            return self.measured("words", way, self.flights, str(SPLITS.get(way, LIBRARY_SPLITS)))

        ways = (*LIBRARIES, OURS)
        with ThreadPoolExecutor(max_workers=2) as pool:
            return dict(zip(ways, pool.map(one, ways), strict=True))


def times(speeds: dict[str, Row]) -> dict[str, Row]:
    """How many times what ours costs, by the clock and in processor time; `window` is without the reference."""
    ours = speeds[OURS]
    return {way: {key: found[key] / ours[key] for key in SECONDS} for way, found in speeds.items() if way != OURS}


def goals(words: dict[str, Row], ratios: dict[str, Row], state: int) -> list[Promise]:
    """What is promised, with what was found."""
    found, lesser = words[OURS]["faults"].values(), min(ratios["evidently"][key] for key in SECONDS[:2])
    return [
        promise("pairs of A/A windows with any column flagged", words[OURS]["any_column"], "at most", 0.07),
        promise("faults found, and named, in 90 % of the pairs", sum(share >= 0.9 for share in found), "at least", 7),
        promise("times faster than evidently, by clock or processor", lesser, "at least", 50),
        promise("bytes of state that a window leaves", state, "at most", 3000),
    ]


def same(words: dict[str, Row]) -> None:
    """Raises SystemExit when two environments made other frames of the same days."""
    firsts = {way: found["frames"] for way, found in words.items()}
    if len(set(firsts.values())) > 1:
        raise SystemExit(f"bench: the ways were shown different frames: {firsts}")


def say(sentence: str) -> None:
    """One line of progress."""
    print(f"bench: {sentence}", file=sys.stderr, flush=True)


def main(uv: str, flights: Path, out: Path) -> int:
    """Measure, write the document; 1 when a goal is missed."""
    bench = Bench(uv, flights.resolve(), out.resolve().parent / "drift")
    speeds, words = bench.speeds(), bench.words()
    same(words)
    ratios, left = times(speeds), state(drift_frames.wide(ROWS, drift_frames.WINDOW))
    promised = goals(words, ratios, left["window"])
    say("as a monitor asks: windows of days against a year")
    document = {
        "goals": promised,
        "times_ours": ratios,
        "speed": speeds,
        "words": words,
        "state_bytes": left,
        "monitor": extra(flights),
    }
    out.write_text(json.dumps(document, indent=2) + "\n")
    return promises.told(promised)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], *map(Path, sys.argv[2:4])))
