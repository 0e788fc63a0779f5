"""`pipeline data diff`: what a change of the manifest means for what is trained on."""

from typing import Any

import click

from pipeline.command import Answer, Document, verb


def lines(document: Document) -> list[Any]:
    """Which two, then files, rows, times, split and label rate; below them a table of the columns."""
    old, new = (_named(document[side]) for side in ("old", "new"))
    rows, window, rate = document["rows"], document["window"], document["label_rate"]
    told: list[Any] = [f"From {old} to {new}"]
    told += [f"{what}: {path}" for what, paths in document["files"].items() for path in paths]
    if document["old"]["manifest"] == document["new"]["manifest"]:
        return [*told, "No difference: both pin the same files."]
    told.append(f"rows: {rows['old']:,} → {rows['new']:,}")
    told.append(f"times: {_span(window['old'])} → {_span(window['new'])}")
    told.append(f"evaluated from: {document['evaluate_from']['old']} → {document['evaluate_from']['new']}")
    told.append(f"label rate: {_share(rate['old'])} → {_share(rate['new'])}")
    return [*told, table(document)] if document["columns"] else told


def table(document: Document) -> Any:
    """Each column's drift, the largest first."""
    from rich.table import Table

    rows, come = document["compared"], document["files"]["added"] or document["files"]["changed"]
    title = f"{rows['new']:,} rows that {'come' if come else 'go'} against {rows['old']:,}"
    found = Table("column", "drift", "null there", "null here", "unseen", title=title)
    for one in document["columns"]:
        if one["drift"] is None:
            before, after = (one["type"][side] or "absent" for side in ("old", "new"))
            found.add_row(one["column"], "-", before, after, "-")
        else:
            nulls = one["nulls"]
            cells = (f"{one['drift']:.3f}", *(_share(nulls[side]) for side in ("old", "new")))
            found.add_row(one["column"], *cells, _share(one["unseen"]))
    return found


def _named(side: Document) -> str:
    name = side["name"]
    return f"{name[:12] if len(name) in (40, 64) else name} (manifest {side['manifest'][:12]})"


def _span(window: Document) -> str:
    return f"{window['from'][:10]} to {window['to'][:10]}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


@verb("diff", "pipeline data diff main~1")
@click.argument("old", required=False)
@click.argument("new", required=False)
def command(old: str | None, new: str | None) -> Answer:
    """Say what NEW changes of OLD: files, rows, time range, split, label rate, and each column's drift.

    Each is a git revision, a manifest's file, or the sha256 of a manifest in the bucket. Without NEW it is
    the working tree, without OLD the commit where the present branch has left main.

    Drift is the population stability index of the rows that come against all old ones, without what chance
    makes of it. 0 is none; a large one is no alarm, as data has seasons.
    """
    from pipeline import difference  # polars, which the other verbs do without

    document = difference.difference(old, new)
    return Answer(document, lines(document))
