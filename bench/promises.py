"""What a bench holds its figures against."""

from collections.abc import Sequence
from typing import Any

Promise = dict[str, Any]


def promise(what: str, value: float, relation: str, bound: float) -> Promise:
    """One promise with what was found; `relation` is "at most" or "at least"."""
    passed = value <= bound if relation == "at most" else value >= bound
    return {"goal": what, "value": value, "relation": relation, "bound": bound, "passed": bool(passed)}


def told(promises: Sequence[Promise]) -> int:
    """Print each; 1 when one is missed."""
    for one in promises:
        kept = "kept" if one["passed"] else "MISSED"
        print(f"{kept}  {one['goal']}: {one['value']:.4g}, {one['relation']} {one['bound']}")
    return 0 if all(one["passed"] for one in promises) else 1
