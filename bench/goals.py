"""What the judge promises, held against the rows of build/bench/judge.json."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from figures import OURS, Row


@dataclass(frozen=True)
class Goal:
    """One promise; each is an upper bound."""

    what: str
    value: float
    bound: float

    @property
    def kept(self) -> bool:
        """Whether it is."""
        return self.value <= self.bound


def goals(rows: Sequence[Row]) -> list[Goal]:
    """All of them."""
    return [*_false(rows), *_found(rows), *_limit(rows)]


def _some(rows: Sequence[Row], judge: str, **fixed: Any) -> list[Row]:
    """The rows of one judge with these values."""
    return [one for one in rows if one["judge"] == judge and all(one[key] == value for key, value in fixed.items())]


def _false(rows: Sequence[Row]) -> Iterator[Goal]:
    calm = _some(rows, OURS, fault="healthy")
    yield Goal("false rollback, worst cell", max(one["false_rollback"] for one in calm), 0.005)
    yield Goal("its 95 % interval's upper end", max(one["interval"][1] for one in calm), 0.01)
    outage = _some(rows, OURS, fault="outage of both fleets")
    yield Goal("false rollback in an outage of both fleets", max(one["false_rollback"] for one in outage), 0.01)


def _found(rows: Sequence[Row]) -> Iterator[Goal]:
    for fault, seconds in (("0.5% to 2.0%", 300), ("1.0% to 5.0%", 120), ("broken", 20)):
        (one,) = _some(rows, OURS, rps=20.0, share=0.1, fault=fault)
        yield Goal(f"{fault}, seconds of metrics in the median", one["median_seconds"], seconds)
        yield Goal(f"{fault}, releases missed", 1 - one["found"], 0.01)
        if fault == "0.5% to 2.0%":
            yield Goal(f"{fault}, failed requests", one["failed_requests"], 15)
    (one,) = _some(rows, OURS, rps=20.0, share=0.1, fault="0.1% to 1.0%")
    yield Goal("0.1% to 1.0%, releases missed", 1 - one["found"], 0.01)


def _limit(rows: Sequence[Row]) -> Iterator[Goal]:
    alone = _some(rows, f"{OURS}, per request")
    yield Goal("mean requests over the limit, per request", max(one["ratio_to_limit"] for one in alone), 1.35)
    deployed = [one for one in _some(rows, OURS, rps=20.0, share=0.1) if one["fault"].endswith("%")]
    ratios = [one["ratio_to_limit"] for one in deployed if one["ratio_to_limit"] is not None]
    yield Goal("the same, as deployed at 20 requests/s", max(ratios), 1.6)
