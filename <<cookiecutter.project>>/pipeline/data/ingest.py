"""`pipeline data ingest`: what has arrived in the bucket becomes data to train on, or is refused whole.

A processing job reads the partitions; this decides. Which bytes of which partition were taken is remembered
beside the manifest that holds them, and one write moves both: the same listing changes nothing.
"""

import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pipeline import (
    aws,
    bucket,
    digest,
    manifest,
    names,
    newest,
    objects,
    policy,
    runbook,
    sections,
    settings,
)
from pipeline.command import Answer, Document, verb
from pipeline.data import arrived, partitions
from pipeline.data import reading as inputs
from pipeline.data.partitions import Known, Outcome, Partition
from pipeline.data.reading import Reading
from pipeline.errors import UserError
from pipeline.progress import say

KNOWN = "data/ingests"  # what is known of the partitions in a manifest, by its SHA-256


@dataclass(frozen=True, kw_only=True)
class Base:
    """What is there before: the pointer, and the condition that it still is; its manifest, and what is known
    of the partitions in it.
    """

    pointer: newest.Pointer | None
    unchanged: objects.Condition
    manifest: manifest.Manifest | None
    known: dict[str, Known]

    @property
    def sha256(self) -> str:
        """What the manifest is called; empty before the first."""
        return self.manifest.sha256 if self.manifest else ""


def ingest(now: datetime | None = None) -> Answer:
    """Read what is new, hold it against its budgets, and move the pointer to a manifest that has all of it.

    With one partition refused nothing moves. Of two that end together one wins, and the other begins again
    with what that one has made. Raises UserError, InfrastructureError.
    """
    bounds = policy.load().data
    while True:
        answer = _once(bounds, now or datetime.now(UTC))
        if answer:
            return answer
        say("ingest: another one has moved the pointer meanwhile; looking again")


def _once(bounds: sections.Data, now: datetime) -> Answer | None:
    """The answer; None when the pointer was moved by another."""
    root, base = names.root(), _base()
    listed = aws.pages("s3", "list_objects_v2", "Contents", **_below(bounds.source))
    there, others = partitions.listed(listed, bounds.source, now, _patience(bounds))
    new = partitions.unread(there, base.known)
    if not new:
        return arrived.untouched(bounds.source, len(there), others, base.known, base.sha256)
    _require_passed(base)
    reading = _reading(new, base, bounds)
    job, found = inputs.read(reading)
    outcome = _judged(job, found, new, base, bounds, now)
    if outcome.refused:
        page = runbook.page(names.project(), "data-refused")
        return arrived.refused(outcome, found, bounds.source, others, root, base.sha256, page)
    entries = _entries(base, outcome)
    made = _pinned(found, entries, bounds) if outcome.taken else base.manifest
    known = base.known | partitions.known(outcome, new)
    if made and not _moved(job, outcome, made, known, base, now):
        return None
    held = {one["path"] for one in made.files} if made else set()
    gone = [one["path"] for one in entries if made and one["path"] not in held]
    deadlines = {one.path: one.at + _patience(bounds) for one in new}
    moved = made is not None and made.sha256 != base.sha256
    return arrived.taken(outcome, found, made, deadlines, root, moved=moved, gone=gone)


def _below(prefix: str) -> dict[str, str]:
    return {"Bucket": settings.storage().bucket, "Prefix": prefix}


def _patience(bounds: sections.Data) -> timedelta:
    """How long by the wall clock, which stamps are of, a row waits for its label."""
    return timedelta(seconds=aws.real(timedelta(days=bounds.label_days).total_seconds()))


def _base() -> Base:
    pointer, unchanged = newest.read()
    if pointer:
        known = _known(pointer.ingest) if pointer.ingest else {}
        held = bucket.read(pointer.manifest)
        return Base(pointer=pointer, unchanged=unchanged, manifest=held, known=known)
    return Base(pointer=None, unchanged=unchanged, manifest=None, known={})


def _require_passed(base: Base) -> None:
    """Raise UserError where git pins data that has yet to pass."""
    if base.pointer is None and (names.root() / manifest.PATH).is_file():
        raise UserError(
            f"git pins data in {manifest.PATH}, and nothing has passed the contract in the bucket yet: run "
            "`pipeline data check --job` first, so that what arrives is added to it"
        )


def _known(sha256: str) -> dict[str, Known]:
    """What is known of the partitions in a manifest; nothing where it is gone: they are read again then."""
    content, _ = objects.read(_place(sha256))
    return {path: Known(**one) for path, one in json.loads(content or b"{}").items()}


def _place(sha256: str) -> str:
    return f"{KNOWN}/{sha256}.json"


def _reading(new: list[Partition], base: Base, bounds: sections.Data) -> Reading:
    """What the job reads: labels that came since the oldest partition's first rows, for its last ones may be
    as old as a batch is long.
    """
    since = min(one.at for one in new) - timedelta(seconds=aws.real(bounds.batch_days * 86_400))
    listed = aws.pages("s3", "list_objects_v2", "Contents", **_below(inputs.LABELS))
    labels = {
        one["Key"]: one["ETag"].strip('"')
        for one in listed
        if one["Key"].endswith(".jsonl") and one["LastModified"] >= since
    }
    pinned = partitions.compared(base.manifest, new, bounds.batch_days)
    return Reading(source=bounds.source, partitions=new, labels=labels, pinned=pinned)


def _judged(
    job: str, found: Document, new: list[Partition], base: Base, bounds: sections.Data, now: datetime
) -> Outcome:
    aside = f"s3://{settings.storage().bucket}/{inputs.folder(job)}/quarantine"
    checked = partitions.of(found, bounds.source, names.root(), aside)
    final = {one.path: one.final for one in new}
    rates = {path: one["rate"] for path, one in found["pinned"].items()}
    return partitions.outcome(checked, final, base.manifest, rates, bounds, now)


def _entries(base: Base, outcome: Outcome) -> list[dict[str, Any]]:
    """All files: those there before, but for what is replaced, and those taken."""
    files = {one["path"]: one for one in (base.manifest.files if base.manifest else ())}
    files |= {one.facts["path"]: partitions.entry(one) for one in outcome.taken}
    return list(files.values())


def _pinned(found: Document, entries: list[dict[str, Any]], bounds: sections.Data) -> manifest.Manifest:
    return manifest.pin(
        None,
        partitions.kept(entries, bounds.keep_days),
        time_column=found["time_column"],
        schema=found["schema"],
        evaluation_days=bounds.evaluation_days,
    )


def _moved(
    job: str, outcome: Outcome, made: manifest.Manifest, known: dict[str, Known], base: Base, now: datetime
) -> bool:
    """Bring what was taken to where it is trained on, then point at it; False when another has moved that.

    Whatever is written before is named by its content: who is interrupted does it again, and changes nothing.
    """
    content = json.dumps({path: asdict(one) for path, one in sorted(known.items())}).encode()
    record = digest.of_bytes(content) if known else ""
    pointer = newest.pointer(made, now, record)
    if base.pointer and base.pointer.manifest == made.sha256:
        pointer = replace(pointer, at=base.pointer.at)
    if pointer == base.pointer:
        return True
    wanted = {one["sha256"] for one in made.files}
    for one in outcome.taken:
        if (sha := one.facts["good"]["sha256"]) in wanted:
            bucket.take(sha, f"{inputs.folder(job)}/good/{sha}.parquet")
    bucket.write(made)
    if record:
        aws.client("s3").put_object(Bucket=settings.storage().bucket, Key=_place(record), Body=content)
    return newest.write(pointer, base.unchanged)


@verb("ingest", "pipeline data ingest")
def command() -> Answer:
    """Take in what has arrived in the bucket's folder data.source of policy.toml: it becomes the newest data.

    A processing job reads new partitions (*.parquet: the contract's columns, without a label where that comes
    later, and `request`, the id of the request that a row is from), joins the labels in labels/ by that id,
    and puts bad rows aside. When every partition keeps its budgets the pointer moves to a manifest that has
    them; when one breaks any, nothing moves, and the exit code is 1. A partition with too few labels waits
    for more, at most data.label_days. For a workflow the outputs are `moved` (true or false), `manifest` and
    `waiting` (partitions).
    """
    return ingest()
