"""Where each part of the report comes from; a part that cannot be had is the sentence that says why."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TypeVar

from pipeline import comparison, difference, experiment, gate, manifest, policy, registry, tree
from pipeline.command import Document
from pipeline.data import check
from pipeline.errors import explain
from pipeline.progress import say
from pipeline.report import changes, scores, stored
from pipeline.report.stored import Champion
from pipeline.report.text import Part, Parts
from pipeline.sections import Gate

Found = TypeVar("Found")
NO_BASE = "git has no main here to compare with, so name a commit with --base"


@dataclass(frozen=True)
class Collected:
    """The report's parts, and its pictures by name of file."""

    parts: Parts
    pictures: dict[str, str] = field(default_factory=dict)


def collect(root: Path, rev: str | None) -> Collected:
    """Everything that there is to say of the change since `rev`, or since this branch left main.

    Raises UserError for a mistake in `rev`, policy.toml, the Dockerfile or the manifest.
    """
    promises, pinned = policy.load(root), manifest.read(root)
    since, made_of = changes.read(root, rev), changes.made_of(root, pinned)
    change: Part = NO_BASE
    if since:
        change = {**asdict(since), "trainable": changes.trainable(since.files, made_of)}
        if not change["trainable"]:
            return Collected(Parts(change=change))
    say("report: holding the data against its contract")
    contract = attempt(lambda: check.here().document)
    say("report: training on this machine")
    candidate = attempt(lambda: tried(root))
    champion = attempt(stored.champion)
    version = champion.version if isinstance(champion, Champion) else None
    judged, pictures = judge(promises.gate, candidate, champion)
    parts = Parts(
        change=change,
        verdict=judged,
        champion=shown(candidate, champion),
        contract=contract,
        difference=attempt(lambda: difference.difference(since.base)) if since else NO_BASE,
        merge=_merge(root, promises, version),
    )
    return Collected(parts, pictures)


def tried(root: Path) -> Document:
    """The evaluation of an experiment with the present tree, on this machine."""
    record, _ = experiment.local(root, tree.read(root))
    document: Document = json.loads((root / record["evaluation"]["uri"]).read_text())
    return document


def attempt(call: Callable[[], Found]) -> Found | str:
    """What `call` returns, or the sentence that it stopped with; a defect of this program is raised."""
    try:
        return call()
    except Exception as error:
        stop = explain(error)
        if stop is None:
            raise
        return str(stop)


def judge(bounds: Gate, candidate: Part, champion: Champion | str) -> tuple[Part, dict[str, str]]:
    """What the gate would say, and the pictures of it. Pure."""
    if isinstance(candidate, str):
        return candidate, {}
    rival = champion.evaluation if isinstance(champion, Champion) and _same(candidate, champion) else None
    found = gate.verdict(bounds, candidate, rival)
    segments = found["segments"] if rival else scores.alone(candidate, bounds.metric, bounds.segment_rows)
    verdict = found | {
        "passed": not gate.refusing(found),
        "metric": bounds.metric,
        "title": scores.metric_title(bounds.metric),
        "metrics": scores.measured(candidate, rival),
        "segments": scores.worst_first(segments, bounds.metric),
        "segment_rows": bounds.segment_rows,
    }
    return verdict, scores.drawn(candidate, rival, bounds.metric, verdict["segments"])


def shown(candidate: Part, champion: Champion | str) -> Part:
    """The champion as the report names it; `elsewhere` says on which other rows it was scored. Pure."""
    if isinstance(champion, str):
        return champion
    elsewhere = None if _same(candidate, champion) else comparison.rows_of(champion.evaluation)
    number, metrics = champion.version.number, champion.evaluation["metrics"]
    return {"version": number, "metrics": metrics, "elsewhere": elsewhere}


def _same(candidate: Part, champion: Champion | str) -> bool:
    """Whether both were scored on the same rows."""
    if isinstance(candidate, str) or isinstance(champion, str):
        return False
    return comparison.same_rows(candidate, champion.evaluation)


def _merge(root: Path, promises: policy.Policy, last: registry.Version | None) -> Part:
    """What a merge trains; where AWS cannot be asked, that alone is unknown."""
    planned = attempt(lambda: stored.planned(root, promises))
    if isinstance(planned, str):
        return planned
    known = attempt(lambda: stored.known(planned, promises.costs, last))
    return {"job": planned.name, "state": None, "unknown": known} if isinstance(known, str) else known
