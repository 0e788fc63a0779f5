"""What became of the partitions that arrived, in words. Pure."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from pipeline import manifest
from pipeline.command import Answer, Document
from pipeline.data.check import told
from pipeline.data.partitions import Known, Outcome
from pipeline.report.markdown import code, plain

FEW = 5  # names of files that are left alone


def untouched(
    source: str, partitions: int, others: list[str], known: Mapping[str, Known], sha: str
) -> Answer:
    """The answer where nothing is new."""
    waiting = sum(one.waiting for one in known.values())
    here = f"{partitions} partitions in {source}" if partitions else f"no parquet file in {source}"
    line = f"Nothing new: {here}."
    lines = [line, *_waiting(waiting), *left_alone(source, others)]
    return _answer("", lines, {"partitions": partitions, "taken": [], "held": []}, sha, moved=False)


def refused(
    outcome: Outcome, found: Document, source: str, others: list[str], root: Path, sha: str, page: str
) -> Answer:
    """The answer where a partition breaks its budgets: which, why, what to do, and the runbook's `page`."""
    unread = [f"{one.facts['path']} {one.facts['fault']}" for one in outcome.refused if one.facts["fault"]]
    lines = unread + told([one for one in outcome.refused if not one.facts["fault"]], root)
    lines += doubts(found["labels"])
    names = ", ".join(one.facts["path"].removeprefix("data/") for one in outcome.refused)
    end = f"Refused: {names}. Nothing was taken, also of the others."
    listed = "\n".join(f"- {plain(line)}" for line in [*lines, *left_alone(source, others)])
    mend = (
        f"Send it again, corrected, under the same name in {code(source)}, or delete it there; where the "
        f"data is right and the bound is not, change policy.toml or the contract: {page}"
    )
    return Answer(
        {
            "ok": False,
            "moved": False,
            "manifest": sha,
            "files": [one.document(root) for one in outcome.refused],
        },
        [*lines, end],
        code=1,
        outputs=_outputs(sha, moved=False, held=len(outcome.held)),
        summary=f"## What has arrived is refused\n\n{listed}\n\n{end} {mend}",
    )


def taken(
    outcome: Outcome,
    found: Document,
    pinned: manifest.Manifest | None,
    deadlines: Mapping[str, datetime],
    root: Path,
    *,
    moved: bool,
    gone: list[str],
) -> Answer:
    """The answer where nothing is refused.

    `pinned` is the manifest that is pointed at, None before the first; `gone` are the files it let go of.
    """
    lines = told(outcome.taken, root) + [extra for one in outcome.taken for extra in _extra(one.facts)]
    lines += [holding(one.facts, deadlines[one.facts["path"]]) for one in outcome.held]
    lines += _waiting(sum(one.facts["waiting"] for one in outcome.taken)) + doubts(found["labels"])
    lines += [f"{path} ends more than data.keep_days before the newest row, and is let go" for path in gone]
    sha = pinned.sha256 if pinned else ""
    if moved and pinned:
        rows = sum(one["rows"] for one in pinned.files)
        lines.append(f"Newest: manifest {sha[:12]}, {len(pinned.files)} files, {rows:,} rows.")
    else:
        lines.append("Nothing to train on has changed.")
    document = {
        "taken": [one.document(root) for one in outcome.taken],
        "held": [one.facts["path"] for one in outcome.held],
    }
    return _answer("ingest", lines, document, sha, moved=moved)


def holding(facts: Document, deadline: datetime) -> str:
    """Why a partition is not taken yet."""
    share, rows = facts["label"]["share"], facts["rows"]
    return (
        f"{facts['path']}: {rows} rows, {share:.1%} of them with a label, too few for data.label_share; it "
        f"waits for more until {deadline:%Y-%m-%d %H:%M %Z}"
    )


def _extra(facts: Document) -> list[str]:
    if not facts["extra"]:
        return []
    return [f"{facts['path']}: the contract has no {', '.join(facts['extra'])}; what is there is left out"]


def doubts(labels: Document) -> list[str]:
    """What is wrong with labels, if anything is. Those of no partition at hand are no fault."""
    said = []
    if lines := labels["malformed_labels"]:
        said.append(f"{lines} lines in labels/ are no labels, or are cut off: they are left out")
    if requests := labels["conflicting"]:
        said.append(f"{requests} requests have labels that contradict each other: their rows are put aside")
    return said


def left_alone(source: str, others: list[str]) -> list[str]:
    """Which files of the source are no partitions."""
    if not others:
        return []
    more = f", and {len(others) - FEW} more" if len(others) > FEW else ""
    return [f"No parquet partitions, left alone in {source}: {', '.join(others[:FEW])}{more}"]


def _waiting(rows: int) -> list[str]:
    return [f"{rows} rows wait for their label, and are not trained on before"] if rows else []


def _outputs(sha: str, *, moved: bool, held: int) -> dict[str, str]:
    return {"moved": str(moved).lower(), "manifest": sha, "waiting": str(held)}


def _answer(what: str, lines: list[str], document: Document, sha: str, *, moved: bool) -> Answer:
    summary = f"**ingest**: {plain(' '.join(lines))}"
    return Answer(
        {"ok": True, "moved": moved, "manifest": sha or None, **document},
        list(lines),
        outputs=_outputs(sha, moved=moved, held=len(document["held"])),
        summary=summary,
    )
