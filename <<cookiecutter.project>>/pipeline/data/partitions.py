"""Partitions in the source folder: which are new, which are taken, which wait, which are refused. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Any

from pipeline import manifest, sections
from pipeline.command import Document
from pipeline.data.check import Checked, judge
from pipeline.data.rules import Rule

SUFFIX = ".parquet"
BEFORE_LABELS = ("label_share", "label_rate", "future")  # what is not asked of rows that wait for their label


@dataclass(frozen=True, kw_only=True)
class Partition:
    """A file of the source folder: its key, what S3 calls its bytes, and when it came.

    `final`: what has no label by now gets none any more.
    """

    key: str
    etag: str
    at: datetime
    final: bool

    @property
    def path(self) -> str:
        """What the manifest calls it: where it would lie in the project."""
        return f"data/{self.key}"


@dataclass(frozen=True, kw_only=True)
class Known:
    """A partition that was taken: the bytes that were read, and how many of its rows wait for a label."""

    etag: str
    waiting: int


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of the partitions that were read."""

    taken: list[Checked]
    held: list[Checked]
    refused: list[Checked]


def listed(
    objects: Iterable[Document], source: str, now: datetime, patience: timedelta
) -> tuple[list[Partition], list[str]]:
    """The partitions among the `objects` of a listing, by key; and the keys of other files, left alone."""
    partitions, others = [], []
    for one in sorted(objects, key=lambda one: str(one["Key"])):
        key, at = one["Key"], one["LastModified"]
        name = PurePosixPath(key)
        if key.endswith("/"):
            continue  # what the console makes as a folder
        if name.suffix == SUFFIX and name.as_posix() == key and ".." not in name.parts:
            final = now >= at + patience
            partitions.append(Partition(key=key, etag=one["ETag"].strip('"'), at=at, final=final))
        else:
            others.append(key.removeprefix(source))
    return partitions, others


def unread(partitions: Iterable[Partition], known: Mapping[str, Known]) -> list[Partition]:
    """Those that are new, have other bytes than were read, or wait no longer for the labels they lack."""
    found = []
    for one in partitions:
        before = known.get(one.path)
        if before is None or before.etag != one.etag or (before.waiting and one.final):
            found.append(one)
    return found


def compared(base: manifest.Manifest | None, read: Iterable[Partition], days: float) -> list[Document]:
    """The entries of `base` that new rows may repeat, and follow: its newest, without those replaced."""
    if base is None:
        return []
    replaced = {one.path for one in read}
    start = manifest.span(base.files)[1] - timedelta(days=days)
    entries = [one for one in base.files if one["path"] not in replaced]
    return [one for one in entries if datetime.fromisoformat(one["to"]) >= start]


def outcome(
    checked: list[Checked],
    final: Mapping[str, bool],
    base: manifest.Manifest | None,
    rates: Mapping[str, float | None],
    bounds: sections.Data,
    now: datetime,
) -> Outcome:
    """Which partitions are taken, held until their labels come, or refused.

    `final` says by name in the manifest which wait no longer; `rates` are the labels' means of older files.
    """
    whole = [one for one in checked if not one.facts["fault"]]
    faulty = [replace(one, budgets=(_fault(one),)) for one in checked if one.facts["fault"]]
    waits = [one for one in whole if _waits(one, final[one.facts["path"]], bounds)]
    ready = judge([one for one in whole if one not in waits], base, bounds, now, rates)
    held = [_without_labels(one) for one in judge(waits, base, bounds, now, rates)]
    ready = [_with_rows(one) for one in ready]
    ready, held = ([_with_overlaps(one) for one in some] for some in (ready, held))
    return Outcome(
        taken=[one for one in ready if not one.broken],
        held=[one for one in held if not one.broken],
        refused=[*faulty, *(one for one in (*ready, *held) if one.broken)],
    )


def _fault(one: Checked) -> Rule:
    return Rule("readable", False, "", "", f"it {one.facts['fault']}")


def _waits(one: Checked, final: bool, bounds: sections.Data) -> bool:
    """Whether too few of its labels have come, and more may; a batch without rows waits for nothing."""
    few = one.facts["label"]["share"] < bounds.label_share or one.facts["good"] is None
    return bool(one.facts["waiting"]) and not final and few


def _without_labels(one: Checked) -> Checked:
    return replace(one, budgets=tuple(rule for rule in one.budgets if rule.rule not in BEFORE_LABELS))


def _with_rows(one: Checked) -> Checked:
    """The same with a rule for one that keeps every budget and has no row to train on."""
    if one.broken or one.facts["good"]:
        return one
    empty = Rule("rows", False, 0, 1, "none of its rows is good and has a label")
    return replace(one, budgets=(*one.budgets, empty))


def _with_overlaps(one: Checked) -> Checked:
    """The same with a rule for each batch that holds some of its rows as well."""
    shared = tuple(
        Rule(
            "overlap",
            False,
            rows,
            0,
            f"{rows} of its rows are in {other} as well: send each row once, and a corrected batch under the "
            "name that it had",
        )
        for other, rows in one.facts["overlaps"].items()
    )
    return replace(one, budgets=(*one.budgets, *shared))


def kept(entries: Iterable[dict[str, Any]], days: int) -> list[dict[str, Any]]:
    """The entries but those that end so many days before the newest row."""
    files = list(entries)
    start = manifest.span(files)[1] - timedelta(days=days)
    return [one for one in files if datetime.fromisoformat(one["to"]) >= start]


def known(outcome: Outcome, read: Iterable[Partition]) -> dict[str, Known]:
    """What is to be known of the partitions that were taken, by name in the manifest."""
    etags = {one.path: one.etag for one in read}
    facts = [one.facts for one in outcome.taken]
    return {one["path"]: Known(etag=etags[one["path"]], waiting=one["waiting"]) for one in facts}


def entry(one: Checked) -> dict[str, Any]:
    """The manifest's entry of a partition that is taken."""
    return {"path": one.facts["path"], **one.facts["good"]}


def of(found: Document, source: str, root: Path, aside: str) -> list[Checked]:
    """What a job's document says of each partition of `source`; bad rows are below `aside`."""
    paths = {facts["name"]: f"data/{source}{facts['name']}" for facts in found["partitions"]}
    checked = []
    for facts in found["partitions"]:
        path, bad = paths[facts["name"]], facts["bad"] or facts["given_up"]
        shared = {paths.get(other, other): rows for other, rows in facts["overlaps"].items()}
        quarantine = f"{aside}/{facts['name']}" if bad else None
        checked.append(Checked(root / path, {**facts, "path": path, "overlaps": shared}, quarantine))
    return checked
