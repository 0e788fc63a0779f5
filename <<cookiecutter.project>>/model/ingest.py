"""Takes in new partitions: `python -m model.ingest`, the entry point of a processing job.

Reads $ML_ROOT/processing/input: plan/plan.json (which partitions, and which of them wait for no more labels),
source/ (the partitions, by name), labels/ (what came late) and pinned/ (files that are trained on, named by
their SHA-256). Writes good/, a file for each partition by its SHA-256, quarantine/, its bad rows by its name,
and ingest.json. Equal inputs give equal bytes. Which partitions are kept is decided elsewhere.
"""

import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from model import columns, labels, late, overlap, program, validate
from model.contract import BROKEN, LABEL, TIME, ContractError, Row
from model.dataset import digest, window
from model.validate import PLACE

ABSENT = "label_missing"  # the rule that a row breaks whose label did not come in time
GROUP = 100_000  # rows that are written together, whatever machine writes them
Document = dict[str, Any]
NOTHING: Document = {  # the facts about a partition that cannot be read
    **{
        "sha256": None,
        "extra": [],
        "rows": 0,
        "nulls": {},
        "label": {"name": LABEL, "share": 0.0, "rate": None},
    },
    **{"window": None, "bad": 0, "rules": {}, "waiting": 0, "given_up": 0, "good": None},
}


def document(source: Path, target: Path) -> Document:
    """What the partitions of the plan in `source` hold, after writing their good and bad rows to `target`."""
    plan = json.loads((source / "plan/plan.json").read_text())
    paths = {one["name"]: source / "source" / one["name"] for one in plan["partitions"]}
    requests = {name: _explained(late.requests, path) for name, path in paths.items()}
    asked = set[str]().union(*(one for one in requests.values() if not isinstance(one, str)))
    found = labels.read(source / "labels", asked)
    taken = []
    for one in plan["partitions"]:
        name, fault = one["name"], requests[one["name"]]
        facts = fault
        if not isinstance(fault, str):
            facts = _explained(_taken, paths[name], found, one["final"], target, name)
        taken.append({"name": name, **({"fault": facts, **NOTHING} if isinstance(facts, str) else facts)})
        print(f"{name}: {_said(taken[-1])}")
    pinned = {one["path"]: source / f"pinned/objects/{one['sha256']}.parquet" for one in plan["pinned"]}
    good = {one["name"]: target / f"good/{one['good']['sha256']}.parquet" for one in taken if one["good"]}
    shared = overlap.overlaps(pinned | good)
    return {
        "time_column": TIME,
        "schema": columns.types(),
        "labels": {"requests": len(found.of), **_counts(found)},
        "partitions": [one | {"overlaps": shared.get(one["name"], {})} for one in taken],
        "pinned": {path: {"rate": validate.label_rate(file)} for path, file in pinned.items()},
    }


def _counts(found: labels.Labels) -> dict[str, int]:
    kinds = (labels.MALFORMED, labels.CONFLICTING, labels.UNMATCHED)
    return {kind: found.skipped[kind] for kind in kinds}


def _explained(call: Callable[..., Any], *given: Any) -> Any:
    """What `call` returns; where a partition cannot be read, why: a text that says what it does."""
    try:
        return call(*given)
    except ContractError as error:
        return str(error)
    except pl.exceptions.PolarsError as error:  # its first line says what, the others how it came to it
        return f"cannot be read: {str(error).splitlines()[0]}"


def _said(one: Document) -> str:
    return one["fault"] or f"{one['rows']} rows, {one['bad']} bad, {one['waiting']} wait for their label"


def _taken(path: Path, found: labels.Labels, final: bool, target: Path, name: str) -> Document:
    """The facts about one partition, its good rows in a file and its bad ones aside.

    `final`: rows without a label are put aside; before that they wait and are in neither file.
    """
    with tempfile.TemporaryDirectory() as folder:
        joined = late.join(path, found, Path(folder) / "rows")
        broken = Path(folder) / "broken"
        places = validate.set_aside(joined.rows, broken, validate.OPEN)
        wrong = joined.wrong.filter(~pl.col(PLACE).is_in(places.implode()))
        rest = validate.scan(joined.rows).filter(~validate.among(places), ~validate.among(wrong[PLACE]))
        absent = rest.filter(pl.col(LABEL).is_null()).select(PLACE).collect(engine="streaming")[PLACE]
        aside = pl.concat([wrong, _ruled(absent if final else absent.clear(), ABSENT)])
        _put_aside(joined.rows, broken, aside, target / "quarantine" / name)
        labelled = rest.filter(pl.col(LABEL).is_not_null()).drop(PLACE)
        rules = validate.broken_rules(broken) | _rules(wrong)
        return {
            "fault": None,
            "sha256": digest(path),
            "extra": sorted(late.given(path) - {late.REQUEST, *Row.column_names()}),
            **_facts(joined.rows, rest),
            "bad": len(places) + wrong.height,
            "rules": dict(sorted(rules.items())),
            "waiting": 0 if final else len(absent),
            "given_up": len(absent) if final else 0,
            "good": _written(labelled, target / "good"),
        }


def _ruled(places: pl.Series, rule: str) -> pl.DataFrame:
    return pl.DataFrame(
        {PLACE: places, "rule": [rule] * len(places)}, schema={PLACE: pl.UInt32, "rule": pl.String}
    )


def _rules(wrong: pl.DataFrame) -> dict[str, int]:
    return dict(wrong.group_by("rule").len().iter_rows())


def _put_aside(rows: Path, broken: Path, aside: pl.DataFrame, quarantine: Path) -> None:
    """Leave in `quarantine` what breaks the contract, then what has no label that can be right; if any."""
    named = aside.lazy().select(PLACE, pl.concat_list("rule").alias(BROKEN))
    without = validate.scan(rows).join(named, on=PLACE, maintain_order="left").drop(PLACE)
    bad = pl.concat([pl.scan_parquet(broken, glob=False), without]).collect(engine="streaming")
    if not bad.is_empty():
        _write(bad, quarantine)


def _facts(rows: Path, rest: pl.LazyFrame) -> Document:
    """rows, nulls, label and window as model/validate.py says them; of no rows none has a label.

    Shares are of all rows; rate is of the labels, and the window of the rows, that break no rule.
    """
    found: Document = validate.described(pl.scan_parquet(rows, glob=False), rest)
    return found if found["rows"] else found | {"label": found["label"] | {"share": 0.0}}


def _written(good: pl.LazyFrame, folder: Path) -> Document | None:
    """The file of the good rows, named by its bytes: sha256, bytes, rows, from, to; None without rows."""
    rows = good.collect(engine="streaming")
    if rows.is_empty():
        return None
    draft = folder / "draft"
    _write(rows, draft)
    sha256, size = digest(draft), draft.stat().st_size
    draft.rename(folder / f"{sha256}.parquet")
    return {
        "sha256": sha256,
        "bytes": size,
        "rows": rows.height,
        **window(rows),
    }


def _write(rows: pl.DataFrame, path: Path) -> None:
    """Write a parquet file whose bytes depend on the rows alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows.rechunk().write_parquet(path, row_group_size=GROUP)


def write(root: Path) -> None:
    """Take in what lies in `root`, and leave the document there."""
    target = root / "processing/output"
    found = document(root / "processing/input", target)
    target.mkdir(parents=True, exist_ok=True)
    target.joinpath("ingest.json").write_text(json.dumps(found, indent=2) + "\n")


def main() -> int:
    """Take in; on failure say why, which SageMaker shows as ExitMessage."""
    return program.run(write, program.PROCESSING)


if __name__ == "__main__":
    sys.exit(main())
