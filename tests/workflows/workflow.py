"""A workflow file as written: its jobs, what they use, which token and which GitHub environment they get. Pure.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

EXPRESSION = re.compile(r"\$\{\{.*?\}\}")
QUOTED = re.compile(r"'([^']+)'")
LOCAL = "./"


def read(path: Path) -> dict[str, Any]:
    """A YAML file whose keys are text: YAML 1.1 takes the key `on` for true."""
    return {"on" if key is True else key: value for key, value in yaml.safe_load(path.read_text()).items()}


@dataclass(frozen=True)
class Workflow:
    """A file of `.github/workflows` or a composite action; `root` is the repository's folder."""

    path: Path

    @property
    def root(self) -> Path:
        """The repository's folder: the parent of .github."""
        return next(parent for parent in self.path.parents if parent.name == ".github").parent

    @cached_property
    def document(self) -> dict[str, Any]:
        """What is written."""
        return read(self.path)

    @property
    def name(self) -> str:
        """The name that a person sees."""
        return str(self.document.get("name", self.path.name))

    @property
    def on(self) -> dict[str, Any]:
        """Event → its filters."""
        written = self.document["on"]
        if isinstance(written, Mapping):
            return {event: filters or {} for event, filters in written.items()}
        return {event: {} for event in ([written] if isinstance(written, str) else written)}

    @property
    def jobs(self) -> dict[str, dict[str, Any]]:
        """Id → job; a composite action is one job that is named by its folder."""
        if "runs" in self.document:
            return {self.path.parent.name: self.document["runs"]}
        return dict(self.document["jobs"])

    @cached_property
    def callees(self) -> dict[str, "Workflow"]:
        """The reusable workflow of this repository that a job calls, by the job's id."""
        used = {job: written.get("uses", "") for job, written in self.jobs.items()}
        return {
            job: Workflow(self.root / one.removeprefix(LOCAL)) for job, one in used.items() if one.startswith(LOCAL)
        }

    def steps(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Each step and the id of its job."""
        for job, written in self.jobs.items():
            for step in written.get("steps", []):
                yield job, step

    def files(self) -> Iterator["Workflow"]:
        """This file, and each local action and reusable workflow that it reaches."""
        yield self
        for called in self.callees.values():
            yield from called.files()
        for _, step in self.steps():
            if step.get("uses", "").startswith(LOCAL):
                yield from Workflow(self.root / step["uses"].removeprefix(LOCAL) / "action.yml").files()

    def actions(self) -> set[str]:
        """Every remote action, OWNER/NAME@REF, that a run may need."""
        steps = (step for file in self.files() for _, step in file.steps())
        return {step["uses"] for step in steps if "uses" in step and not step["uses"].startswith(LOCAL)}

    def labels(self) -> set[str]:
        """The runner labels that a job may ask for; where it is an expression, the ones that are quoted there."""
        return {label for file in self.files() for job in file.jobs.values() for label in runners(job)}

    def permissions(self, job: str) -> dict[str, str]:
        """What the job's GITHUB_TOKEN may do."""
        granted = self.jobs[job].get("permissions", self.document.get("permissions", {}))
        return dict(granted) if isinstance(granted, Mapping) else {"id-token": str(granted).removesuffix("-all")}

    def environment(self, job: str, variables: Mapping[str, str]) -> str:
        """The job's GitHub environment; an expression is looked up among `variables`, the job's `env`.

        Raises LookupError for an expression that the job's `env` does not repeat.
        """
        written = self.jobs[job].get("environment", "")
        named = str(written["name"] if isinstance(written, Mapping) else written)
        if not EXPRESSION.search(named):
            return named
        for key, value in self.jobs[job].get("env", {}).items():
            if value == named:
                return variables[key]
        raise LookupError(f"the environment of {job} is {named}: give the job an `env` of the same value")


def runners(job: Mapping[str, Any]) -> set[str]:
    """The runner labels of a job; none for one that calls a workflow."""
    written = job.get("runs-on", [])
    labels = [written] if isinstance(written, str) else written
    return {one for label in labels for one in (QUOTED.findall(label) if EXPRESSION.search(label) else [label])}
