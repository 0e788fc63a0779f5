"""What production was asked and answered: `python -m serving.monitor`, a job in the live model's image.

Reads $ML_ROOT/processing/input: model/model.tar.gz, capture/ with what data capture wrote and, where there
are any, labels/ and evaluation/evaluation.json. Writes monitor.json. Input that is damaged, missing, or
contradicts itself is counted and said, and never ends the job; what the numbers mean is decided elsewhere.
"""

import argparse
import json
import math
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from model import labels, metrics
from model.metrics import Floats
from serving import drifted, live
from serving.blocks import WHOLE, Blocks, Part
from serving.callers import Callers
from serving.captured import REPEATED, UNANSWERED, UNREADABLE, Captured, seconds
from serving.drifted import Search
from serving.live import Evaluation, Live
from serving.replay import ARCHIVE, ArchiveError
from serving.traffic import AMBIGUOUS, EARLY, UNTIMED, Traffic, Window

MOST_BLOCKS = 366  # of a window
SKIPPED = (
    *(UNREADABLE, REPEATED, UNANSWERED, UNTIMED, EARLY, AMBIGUOUS),
    *(labels.MALFORMED, labels.CONFLICTING, labels.UNMATCHED),
)
Document = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the job was started with: the window, and how drift is looked for in it."""

    window: Window
    search: Search


def monitor(source: Path, asked: Asked) -> Document:
    """monitor.json of what lies below `source`."""
    skipped: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as temporary:
        try:
            model = live.model(source / ARCHIVE, Path(temporary))
        except ArchiveError as error:
            return blank(asked, str(error))
    evaluation = live.evaluation(source / "evaluation/evaluation.json")
    segments = live.segments(model, evaluation)
    traffic = Traffic(
        window=asked.window,
        labels=labels.read(source / "labels"),
        callers=Callers(model.columns, model.vocabulary, segments),
        blocks=Blocks(model.reference.profile if model.reference else None, segments, evaluation.whole),
        low=model.low,
        high=model.high,
        skipped=skipped,
    )
    for found in Captured(skipped).events(source / "capture"):
        traffic.take(found)
    traffic.end()
    return document(asked, model, evaluation, traffic)


def blank(asked: Asked, why: str) -> Document:
    """The document where there is no model to hold traffic against."""
    return {
        "model_sha256": None,
        "block_seconds": asked.window.block,
        "window": None,
        "requests": 0,
        "rows": 0,
        "skipped": dict.fromkeys(SKIPPED, 0),
        "malformed": {"rows": 0, "why": {}},
        "unknown": {},
        "columns": {},
        "segments": {},
        "blocks": [],
        "expected": None,
        "evaluation": None,
        "why": [why],
    }


def document(asked: Asked, model: Live, evaluation: Evaluation, traffic: Traffic) -> Document:
    """The document of all that was read."""
    parts, callers, length = traffic.blocks.parts, traffic.callers, asked.window.block
    numbers = sorted(parts)
    ends = {"from": stamp(numbers[0] * length), "to": stamp((numbers[-1] + 1) * length)} if numbers else None
    expected = [found for one in parts.values() if (found := one[WHOLE].expected) is not None]
    return {
        "model_sha256": model.sha256,
        "block_seconds": length,
        "window": ends,
        "requests": traffic.requests,
        "rows": callers.rows,
        "skipped": {name: traffic.skipped[name] for name in SKIPPED},
        "malformed": {"rows": callers.refused, "why": dict(callers.why.most_common())},
        "unknown": dict(callers.unknown.most_common()),
        "columns": drifted.columns(model, traffic, asked.search),
        "segments": drifted.segments(model, traffic, asked.search),
        "blocks": [block(number, parts[number], length) for number in numbers],
        "expected": measured(np.sum(expected, axis=0)) if expected else None,
        "evaluation": None if evaluation.tallies is None else {"tallies": evaluation.tallies},
        "why": [*sentences(model, evaluation, traffic)],
    }


def sentences(model: Live, evaluation: Evaluation, traffic: Traffic) -> Sequence[str]:
    """What could not be had, and why."""
    empty = None if traffic.requests else "no request was captured in the window"
    return [why for why in (model.why, evaluation.why, empty) if why]


def block(number: int, parts: dict[str, Part], length: float) -> Document:
    """One block: tallies of its labelled rows, and what the others are expected to be."""
    whole = parts[WHOLE]
    return {
        "from": stamp(number * length),
        "to": stamp((number + 1) * length),
        "rows": whole.rows,
        "labelled": whole.labelled,
        "tally": None if whole.tally is None else metrics.encode(whole.tally),
        "expected": None if whole.expected is None else measured(whole.expected),
        "segments": {
            name: metrics.encode(part.tally)
            for name, part in sorted(parts.items())
            if name != WHOLE and part.tally is not None
        },
    }


def measured(tally: Floats) -> dict[str, float | None]:
    """The metrics of a tally; None where one is not defined, which JSON knows no NaN for."""
    found = {name: float(value) for name, value in metrics.values(tally).items()}
    return {name: value if math.isfinite(value) else None for name, value in found.items()}


def stamp(moment: float) -> str:
    """A time in seconds since 1970 in words, in UTC."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def time(text: str) -> float:
    """The time of an argument. Raises ValueError, which argparse explains."""
    if (found := seconds(text)) is None:
        raise ValueError(text)
    return found


def length(text: str) -> float:
    """The length of a block, seconds. Raises ValueError, which argparse explains."""
    found = float(text)
    if not 0 < found < math.inf:
        raise ValueError(text)
    return found


def main(arguments: Sequence[str]) -> int:
    """Read everything and write the document."""
    options = argparse.ArgumentParser(prog="python -m serving.monitor", description=__doc__)
    options.add_argument("--block-seconds", type=length, default=86_400.0, help="how long a block is")
    options.add_argument("--since", type=time, help=f"ISO 8601; else {MOST_BLOCKS} blocks before now")
    options.add_argument("--now", type=time, help="ISO 8601; else the machine's clock")
    options.add_argument("--permutations", type=int, default=999, help="of blocks, to tell drift from chance")
    options.add_argument("--season-days", type=int, required=True, help="the breadth of a season")
    given = options.parse_args(arguments)
    now = datetime.now(UTC).timestamp() if given.now is None else given.now
    earliest = now - MOST_BLOCKS * given.block_seconds
    since = earliest if given.since is None else max(given.since, earliest)
    window = Window(since=since, now=now, block=given.block_seconds)
    search = Search(permutations=given.permutations, season_days=given.season_days)
    root = Path(os.environ.get("ML_ROOT", "/opt/ml")) / "processing"
    found = monitor(root / "input", Asked(window=window, search=search))
    (root / "output").mkdir(parents=True, exist_ok=True)
    (root / "output/monitor.json").write_text(json.dumps(found) + "\n")
    print("\n".join([f"{found['requests']} requests, {found['rows']} rows", *found["why"]]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
