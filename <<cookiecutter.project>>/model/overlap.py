"""Rows that two batches both hold: learned from one, and judged on in the other."""

from collections.abc import Mapping
from itertools import permutations
from pathlib import Path

import polars as pl

from model.contract import Row

KEY = Row.primary_key()
BATCH = "batch of the row"  # no column is called so


def overlaps(batches: Mapping[str, Path]) -> dict[str, dict[str, int]]:
    """Of each batch that shares rows with another: with which, and how many. A row is known by its key.

    Equal keys have equal hashes, so only rows whose hash is not alone are compared by their keys.
    """
    if not KEY or len(batches) < 2:
        return {}
    rows = [_keys(name, path) for name, path in batches.items()]
    hashes = pl.concat([one.select(BATCH, pl.struct(KEY).hash().alias("hash")) for one in rows])
    twice = pl.col("hash").count() > 1
    shared = hashes.unique().group_by("hash").agg(twice.alias("twice")).filter("twice")
    suspect = shared.select("hash").collect(engine="streaming")["hash"]
    if suspect.is_empty():
        return {}
    among = pl.struct(KEY).hash().is_in(suspect.implode())
    suspects = pl.concat([one.filter(among) for one in rows])
    held = suspects.group_by(KEY).agg(pl.col(BATCH).unique().sort()).collect(engine="streaming")[BATCH]
    found: dict[str, dict[str, int]] = {}
    for names in held:
        for one, other in permutations(names, 2):
            found.setdefault(one, {}).setdefault(other, 0)
            found[one][other] += 1
    return {name: dict(sorted(others.items())) for name, others in sorted(found.items())}


def _keys(name: str, path: Path) -> pl.LazyFrame:
    return pl.scan_parquet(path, glob=False).select(*KEY, pl.lit(name).alias(BATCH))
