"""What the workflow files say: what starts each, its jobs in order, as whom, where, and what they start."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from pipeline import start

Document = Mapping[Any, Any]
ROLE = re.compile(r"vars\.ROLE_(\w+)")
INPUT = re.compile(r"inputs\.([\w-]+)")
CALLER = "its caller's"  # an environment or a role that the calling workflow names
EVENTS = {
    "pull_request": "pull request",
    "merge_group": "merge queue",
    "push": "merge",
    "schedule": "on schedule",
    "workflow_dispatch": "by hand",
}
CALL = "workflow_call"  # said by who calls
DECIDED = ("push", "workflow_dispatch")  # a person merges, a person starts
OFTEN = {
    r"\d+ \* \* \* \*": "every hour",
    r"\d+ \d+ \* \* \*": "every day",
    r"\d+ \d+ \* \* \d": "every week",
}


@dataclass(frozen=True)
class Job:
    """One job. `level`: how many come before it, at most; `calls` and `starts`: workflows, "" is none.

    `needs` is without what a job that it needs waits for anyway.
    """

    name: str
    title: str
    level: int
    needs: tuple[str, ...]
    environments: tuple[str, ...]
    roles: tuple[str, ...]
    calls: str
    starts: str


@dataclass(frozen=True)
class Workflow:
    """One file: its name and purpose, (what starts it, whether a person does), its jobs by what they need."""

    name: str
    purpose: str
    events: tuple[tuple[str, bool], ...]
    jobs: tuple[Job, ...]


def read(folder: Path) -> list[Workflow]:
    """The workflows of a folder, by name."""
    texts = {path.stem: path.read_text() for path in sorted(folder.glob("*.yml"))}
    documents = {name: yaml.safe_load(text) for name, text in texts.items()}
    found = [_workflow(name, texts[name], documents) for name in texts]
    return [replace(one, events=one.events + _others(one.name, found)) for one in found]


def _others(name: str, workflows: Sequence[Workflow]) -> tuple[tuple[str, bool], ...]:
    """Which workflows call the one of this name, and which start it."""
    jobs = [(one.name, job) for one in workflows for job in one.jobs]
    calling = [f"called by {other}" for other, job in jobs if job.calls == name]
    starting = [f"started by {other}" for other, job in jobs if job.starts == name]
    return tuple((words, False) for words in dict.fromkeys(calling + starting))


def _workflow(name: str, text: str, documents: Mapping[str, Document]) -> Workflow:
    started = documents[name][True]  # the key `on`, as YAML 1.1 reads it
    events = {started: None} if isinstance(started, str) else started
    said = tuple((_event(event, events[event]), event in DECIDED) for event in events if event != CALL)
    jobs = documents[name]["jobs"]
    found = [_job(key, jobs, documents) for key in jobs]
    return Workflow(name, _purpose(text), said, tuple(sorted(found, key=lambda job: job.level)))


def _purpose(text: str) -> str:
    """The first sentence of the comment above a workflow; "" without one."""
    above = re.match(r"(?:#.*\n)*", text)
    said = " ".join(line.strip("# ") for line in (above[0] if above else "").splitlines())
    return re.split(r"(?<=[.?!]) ", said)[0]


def _event(name: str, detail: Any) -> str:
    if name == "schedule" and len(detail) == 1:
        [cron] = (one["cron"] for one in detail)
        return next((words for form, words in OFTEN.items() if re.fullmatch(form, cron)), EVENTS[name])
    return EVENTS.get(name, name)


def _job(key: str, jobs: Mapping[str, Document], documents: Mapping[str, Document]) -> Job:
    job = jobs[key]
    steps = job.get("steps", [])
    calls = str(job.get("uses", "")).rpartition("/")[2].removesuffix(".yml")
    return Job(
        name=key,
        title=re.sub(r"\$\{\{ matrix\.(\w+) \}\}", r"each \1", str(job.get("name", key))),
        level=_level(key, jobs),
        needs=_last(_needs(job), jobs),
        environments=_environments(job, documents.get(calls, {})),
        roles=_roles([one.get("with") or {} for one in (job, *steps)]),
        calls=calls,
        starts=next((one for one in map(_starts, steps) if one), ""),
    )


def _starts(step: Document) -> str:
    """The workflow that a step starts."""
    run = str(step.get("run", ""))
    if not run.startswith("pipeline start "):
        return ""
    return (start.RETRAIN if "--because" in run else start.WORKFLOW).removesuffix(".yml")


def _roles(given: list[Document]) -> tuple[str, ...]:
    said = [str(value) for one in given for key, value in one.items() if key.endswith("role")]
    named = [role.lower().replace("_", "-") for one in said for role in ROLE.findall(one)]
    return tuple(dict.fromkeys(named + [CALLER for one in said if "inputs." in one and not ROLE.search(one)]))


def _needs(job: Document) -> tuple[str, ...]:
    needs = job.get("needs", ())
    return (needs,) if isinstance(needs, str) else tuple(needs)


def _last(needs: tuple[str, ...], jobs: Mapping[str, Document]) -> tuple[str, ...]:
    """Those of `needs` for which none of the others waits."""
    waiting, before = list(needs), set[str]()
    while waiting:
        found = _needs(jobs[waiting.pop()])
        before.update(found)
        waiting += found
    return tuple(need for need in needs if need not in before)


def _level(key: str, jobs: Mapping[str, Document]) -> int:
    return max((1 + _level(needed, jobs) for needed in _needs(jobs[key])), default=0)


def _environments(job: Document, called: Document) -> tuple[str, ...]:
    """A job's own, or those that it hands to the jobs of the workflow that it calls."""
    if called:
        asked = {
            name for one in called["jobs"].values() for name in INPUT.findall(str(one.get("environment")))
        }
        return tuple(str(value) for key, value in job["with"].items() if key in asked)
    said = job.get("environment")
    name = str(said["name"] if isinstance(said, dict) else said or "")
    return (CALLER if INPUT.search(name) else name,) if name else ()
