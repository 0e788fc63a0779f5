"""What two models have answered to the same requests: `python -m serving.shadow`, a processing job.

Reads $ML_ROOT/processing/input: model/model.tar.gz of the candidate, live/ and shadow/ with what data capture
wrote of the two variants. Writes shadow.json; whether that is good enough is decided elsewhere.
"""

import json
import os
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from serving.captured import Captured, Event
from serving.replay import ARCHIVE, ArchiveError, Scores, unpack

VARIANTS = ("live", "shadow")
KEYS = ("event", "inference", "body")  # what may tell that two lines are of one request, the surest first


@dataclass(frozen=True)
class Line:
    """One captured request: what tells it from others, and its predictions; None where it has none."""

    event: str
    inference: str | None
    body: bytes
    predictions: list[float] | None


def lines(folder: Path, skipped: Counter[str]) -> Iterator[Line]:
    """Every request in the files below `folder`, once; `skipped` counts by reason what is left out."""
    return map(as_line, Captured(skipped).events(folder))


def as_line(found: Event) -> Line:
    """What is compared of a request."""
    return Line(found.event, found.inference, found.body, found.predictions)


def pairs(live: Sequence[Line], shadow: Sequence[Line]) -> tuple[str | None, list[tuple[Line, Line]]]:
    """What joined them, one of KEYS, and the requests that both have answered.

    AWS does not document whether a copy keeps its request's event id. The caller's inference id is in both
    lines where there is one; the same body is the same request as far as a model can tell.
    """
    for key in KEYS:
        waiting = defaultdict[Any, list[Line]](list)
        for one in live:
            waiting[getattr(one, key)].append(one)
        waiting.pop(None, None)
        found = [(same.pop(0), one) for one in shadow if (same := waiting.get(getattr(one, key)))]
        if found:
            return key, found
    return None, []


def breaks(now: list[float] | None, then: list[float] | None, low: float, high: float) -> bool:
    """Whether an answer is none, of another length than the live model's, or out of range, as NaN is."""
    if now is None or (then is not None and len(now) != len(then)):
        return True
    return not all(low <= one <= high for one in now)


def document(live: Sequence[Line], shadow: Sequence[Line], low: float, high: float) -> dict[str, Any]:
    """shadow.json; `schema` counts the shadow's answers that break the signature or are of another length."""
    key, joined = pairs(live, shadow)
    broken, scores = 0, Scores()
    for then, now in joined:
        if breaks(now.predictions, then.predictions, low, high):
            broken += 1
        elif now.predictions and then.predictions:
            scores.then.extend(then.predictions)
            scores.now.extend(now.predictions)
    return {
        "captured": {"live": len(live), "shadow": len(shadow)},
        "compared": len(joined),
        "joined_by": key,
        "schema": broken,
        "scores": scores.document("live") if scores.now else None,
    }


def compare(source: Path) -> dict[str, Any]:
    """The document of the two variants' captured traffic below `source`."""
    skipped = Counter[str]()
    with tempfile.TemporaryDirectory() as temporary:
        try:
            low, high = unpack(source / ARCHIVE, Path(temporary))
        except ArchiveError as error:
            return {"compared": 0, "why": str(error)}
    live, shadow = (list(lines(source / variant, skipped)) for variant in VARIANTS)
    return document(live, shadow, low, high) | {"skipped": dict(skipped)}


def main() -> int:
    """Compare and write the document."""
    root = Path(os.environ.get("ML_ROOT", "/opt/ml")) / "processing"
    found = compare(root / "input")
    (root / "output").mkdir(parents=True, exist_ok=True)
    (root / "output/shadow.json").write_text(json.dumps(found) + "\n")
    print(found.get("why") or f"{found['compared']} requests compared, joined by {found['joined_by']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
