"""One run of one workflow file by `act` (https://nektosact.com), on this machine, without a network.

act is given no Docker: each job runs in a folder of its own, with a copy of the repository. What it does not do as
GitHub does: it looks at no event filter (`starts` does), grants no permission (the stand-in for AWS's credentials
looks at them), knows no environment's reviewers, no concurrency and no job's timeout, and stops the caller of a
reusable workflow whose job fails.
"""

import json
import os
import subprocess
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workflows import stand_in
from workflows.events import Event
from workflows.workflow import Workflow

DEAD = "http://127.0.0.1:9"  # nobody listens at the port of `discard`
# what a step may find of the environment that the tests run in
KEPT = ("PATH", "LANG", "TZ")
QUIET = {
    "TERM": "dumb",
    "NO_COLOR": "1",
    "DOCKER_HOST": "unix:///nonexistent",
    **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), DEAD),
    **dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost"),
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}
TOKEN = "offline-token-of-the-tests"  # noqa: S105  # none is in an offline run


@dataclass
class Job:
    """What became of a job; a skipped one has a result only.

    `steps` are the results of its steps in order, by id, else by number; `outputs` those of the steps, `step.name`;
    `annotations` are (`error`, title, text), the kind first.
    """

    result: str = "skipped"
    steps: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    summary: str = ""
    annotations: list[tuple[str, str, str]] = field(default_factory=list)
    log: str = ""


@dataclass(frozen=True)
class Run:
    """A run that has ended. Jobs are by id; `two (b)` is a leg of a matrix, `four/deliver` a called workflow's job."""

    jobs: dict[str, Job]
    calls: list[dict[str, Any]]
    artifacts: Path
    log: str

    @property
    def results(self) -> dict[str, str]:
        """Each job's result: success, failure, or skipped, which is also what act did not come to."""
        return {name: job.result for name, job in self.jobs.items()}

    @property
    def summary(self) -> str:
        """The summaries of all jobs, as the run's page shows them."""
        return "\n".join(job.summary for job in self.jobs.values() if job.summary)

    @property
    def annotations(self) -> list[tuple[str, str, str]]:
        """Those of all jobs."""
        return [one for job in self.jobs.values() for one in job.annotations]

    def called(self, action: str) -> list[dict[str, Any]]:
        """The calls of a remote action, each with `job` and `inputs`."""
        return [call for call in self.calls if call["action"] == action]


def run(
    act: str,
    file: Path,
    event: Event,
    folder: Path,
    *,
    repository: str,
    variables: Mapping[str, str],
    environment: Mapping[str, str],
    does: Mapping[str, str] = stand_in.DOES,
    within: float = 300.0,
) -> Run:
    """Run a workflow file for an event; `folder` is new, and takes what the run leaves.

    `variables` are the repository's (`vars`), `environment` what a step finds beside the usual,
    `does` what stand-ins do. Raises LookupError
    for an action that has no stand-in, and AssertionError when act itself stops or does not end in `within` seconds.
    """
    workflow = Workflow(file)
    stand_ins = stand_in.make(workflow.actions(), folder / "actions", does)
    for name in ("home", "tmp", "artifacts"):
        (folder / name).mkdir()
    (folder / "event.json").write_text(json.dumps(event.document(repository)))
    command = [act, event.name, *_options(workflow, event, folder, variables), *stand_ins]
    known = {name: os.environ[name] for name in KEPT if name in os.environ} | QUIET
    known |= {"HOME": str(folder / "home"), "TMPDIR": str(folder / "tmp"), "CI": "true"}
    known |= stand_in.environment(folder, workflow.root, repository) | environment
    owner = repository.partition("/")[0]
    told = {"GITHUB_REPOSITORY": repository, "GITHUB_REPOSITORY_OWNER": owner}
    told |= {name: value for name, value in environment.items() if name.startswith("GITHUB_")}  # else act's own
    for name, value in told.items():
        command += ["--env", f"{name}={value}"]
    out, errors, code = _ended(command, known, folder, within)
    lines = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
    jobs = collect(workflow, lines)
    assert code in (0, 1) and any(job.result != "skipped" for job in jobs.values()), f"act ended with {code}\n{errors}"
    failed = any(job.result == "failure" for job in jobs.values())
    assert (code == 1) == failed, f"act ended with {code}, its jobs with {jobs}\n{errors}"
    return Run(jobs, stand_in.calls(folder), folder / "artifacts", "".join(job.log for job in jobs.values()) + errors)


def _options(workflow: Workflow, event: Event, folder: Path, variables: Mapping[str, str]) -> Iterator[str]:
    yield from ("-C", str(workflow.root), "-W", str(workflow.path.relative_to(workflow.root)))
    yield from ("-e", str(folder / "event.json"), "--json", "--rm", "--actor", event.actor)
    yield from ("--action-offline-mode", "--no-cache-server", "--action-cache-path", str(folder / "cache"))
    yield from ("-s", f"GITHUB_TOKEN={TOKEN}")
    for kind in ("env", "secret", "var", "input"):
        yield from (f"--{kind}-file", os.devnull)
    for label in sorted({*workflow.labels(), *filter(None, [variables.get("RUNNER")])}):
        yield from ("-P", f"{label}=-self-hosted")
    for name, value in variables.items():
        yield from ("--var", f"{name}={value}")
    for name, value in event.inputs().items():
        yield from ("--input", f"{name}={value}")


def _ended(command: list[str], environment: dict[str, str], folder: Path, within: float) -> tuple[str, str, int]:
    """Output, errors and code of a command; it is killed, with whatever it has started, when it takes too long."""
    with subprocess.Popen(
        command, env=environment, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, start_new_session=True,
    ) as process:  # fmt: skip
        late = threading.Timer(within, lambda: os.killpg(process.pid, 9))
        late.start()
        try:
            out, errors = process.communicate()
        finally:
            late.cancel()
    assert process.returncode != -9, f"{command[1:6]} did not end within {within} s\n{out[-4000:]}\n{errors}"
    return out, errors, process.returncode


def collect(workflow: Workflow, lines: list[dict[str, Any]]) -> dict[str, Job]:
    """The jobs of a file from act's JSON lines; one that does not appear there was skipped. Pure."""
    jobs: dict[str, Job] = {}
    for line in lines:
        if "jobID" in line:
            _add(jobs.setdefault(title(workflow, line), Job()), line)
    for name in workflow.jobs:
        if not any(known == name or known.startswith((f"{name} (", f"{name}/")) for known in jobs):
            jobs[name] = Job()
    for name, called in workflow.callees.items():
        if any(known.startswith(f"{name}/") for known in jobs):
            jobs.pop(name, None)  # act also speaks in the name of the job that calls
            for inner in called.jobs:
                jobs.setdefault(f"{name}/{inner}", Job())
    return jobs


def title(workflow: Workflow, line: Mapping[str, Any]) -> str:
    """How a job of a run is called here. act writes `WORKFLOW/JOB`, or `CALLING JOB/CALLED WORKFLOW/JOB`."""
    name, legs = str(line["jobID"]), ", ".join(str(value) for value in (line.get("matrix") or {}).values())
    if legs:
        name = f"{name} ({legs})"
    for caller, called in workflow.callees.items():
        shown = workflow.jobs[caller].get("name", caller)
        if str(line["job"]).startswith(f"{shown}/{called.name}/"):
            return f"{caller}/{name}"
    return name


def _add(job: Job, line: Mapping[str, Any]) -> None:
    """Take one line of act's into a job."""
    step = ".".join(line.get("stepID") or ())
    if line.get("raw_output"):
        job.log += line["msg"]
    if "jobResult" in line:
        job.result = line["jobResult"]
    if "stepResult" in line and line.get("stage") == "Main" and "." not in step:
        job.steps[step] = line["stepResult"]
    command = line.get("command")
    if command == "summary":
        job.summary += line["content"]
    elif command == "set-output":
        job.outputs[f"{step}.{line['name']}"] = line["arg"]
    elif command in ("error", "warning", "notice"):
        job.annotations.append((command, (line.get("kvPairs") or {}).get("title", ""), line["arg"]))
