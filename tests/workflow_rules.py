"""What a workflow may not hold that no linter forbids, or only in part: one function for each rule.

A rule takes a file, a workflow or a composite action, and returns what it finds in it, nothing when all is well.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

RUNNER = "${{ vars.RUNNER || 'ubuntu-24.04' }}"
MAIN = "github.ref == 'refs/heads/main'"
SAME_REPOSITORY = "github.event.pull_request.head.repo.full_name == github.repository"
READING = ("ROLE_REPORT", "ROLE_PREVIEW")  # roles that change nothing


def document(path: Path) -> dict[Any, Any]:
    """The file as data; YAML reads the key `on` as true."""
    return yaml.safe_load(path.read_text())


def jobs(path: Path) -> dict[str, dict[str, Any]]:
    """The jobs of a workflow, by name; none of a composite action."""
    return document(path).get("jobs", {})


def steps(path: Path) -> list[dict[str, Any]]:
    """Every step of a workflow or of a composite action."""
    whole = document(path)
    return [step for job in [*jobs(path).values(), whole.get("runs", {})] for step in job.get("steps", [])]


def runs(path: Path) -> list[str]:
    """The `run` blocks of a workflow or a composite action."""
    return [step["run"] for step in steps(path) if "run" in step]


def events(path: Path) -> set[str]:
    """What starts a workflow."""
    started = document(path).get(True, {})
    return {started} if isinstance(started, str) else set(started)


def started_by_tag(path: Path) -> bool:
    """Whether a pushed tag starts the workflow, and nothing else."""
    started = document(path).get(True)
    return isinstance(started, dict) and list(started) == ["push"] and list(started["push"]) == ["tags"]


def roles(job: dict[str, Any]) -> list[str]:
    """The roles that a job takes, as its steps or the workflow that it calls are given them."""
    given = [one.get("with") or {} for one in (job, *job.get("steps", []))]
    return [str(value) for one in given for key, value in one.items() if key.endswith("role")]


def unpinned(path: Path) -> list[str]:
    """Actions that are not held by a commit with its version beside it."""
    uses = re.findall(r"uses: (?!\./)(.+)", path.read_text())
    return [use for use in uses if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", use)]


def long_steps(path: Path) -> list[str]:
    """Run blocks of more than three lines: a decision that belongs in Python."""
    return [block for block in runs(path) if len(block.strip().splitlines()) > 3]


def spliced(path: Path) -> list[str]:
    """Run blocks into which GitHub writes text before the shell reads them; `env:` hands it over as a value."""
    return [block for block in runs(path) if "${{" in block]


def kept_credentials(path: Path) -> list[str]:
    """Checkouts that leave the job's token in the folder, where every later step and an artefact find it."""
    checkouts = [step for step in steps(path) if step.get("uses", "").startswith("actions/checkout@")]
    return [str(step) for step in checkouts if (step.get("with") or {}).get("persist-credentials") is not False]


def broad_permissions(path: Path) -> list[str]:
    """More than nothing at the top, a job's grants that are no list, a grant without its reason beside it.

    Only what a tag starts may write the repository: a release of it.
    """
    if not jobs(path):
        return []
    found = [] if document(path).get("permissions") == {} else ["the top grants something"]
    for name, job in jobs(path).items():
        grants = job.get("permissions", {})
        if not isinstance(grants, dict):
            found.append(f"{name} is granted {grants}")
        elif grants.get("contents") == "write" and not started_by_tag(path):
            found.append(f"{name} may write the repository")
    return found + re.findall(r"^ {6}([a-z-]+: (?:read|write|none))\s*$", path.read_text(), re.MULTILINE)


def untrusted_triggers(path: Path) -> list[str]:
    """Events that run a stranger's change with this repository's rights.

    https://docs.github.com/en/actions/reference/security/secure-use#mitigating-the-risks-of-untrusted-code-checkout
    """
    return sorted(events(path) & {"pull_request_target", "workflow_run"})


def stored_keys(path: Path) -> list[str]:
    """Secrets: there are none but the job's own token, so that a stranger's pull request lacks nothing."""
    named = re.findall(r"secrets(?:\.\w+|\[[^]]*\]|: inherit)", path.read_text())
    return [name for name in named if name != "secrets.GITHUB_TOKEN"]


def untimed(path: Path) -> list[str]:
    """Jobs that could run for ever; one that calls a workflow cannot have a bound of its own."""
    return [name for name, job in jobs(path).items() if "uses" not in job and "timeout-minutes" not in job]


def own_runners(path: Path) -> list[str]:
    """Jobs whose runner the repository's variable does not choose."""
    return [name for name, job in jobs(path).items() if "uses" not in job and job.get("runs-on") != RUNNER]


def unguarded(path: Path) -> list[str]:
    """Jobs that take a role that changes something, or an environment, from any branch but main."""
    found = []
    for name, job in jobs(path).items():
        changing = [role for role in roles(job) if not any(reading in role for reading in READING)]
        if (changing or "environment" in job) and MAIN not in str(job.get("if", "")):
            found.append(name)
    return found


def strangers_roles(path: Path) -> list[str]:
    """Jobs of a pull request that take a role without asking whether it comes from this repository."""
    if "pull_request" not in events(path):
        return []
    return [
        name
        for name, job in jobs(path).items()
        if any(SAME_REPOSITORY not in f"{job.get('if', '')} {role}" for role in roles(job))
    ]


def written_once(path: Path) -> list[str]:
    """Artefacts that a job cannot leave when it is run again: their name is taken, and its step fails.

    https://github.com/actions/upload-artifact#overwriting-an-artifact
    """
    uploads = [step["with"] for step in steps(path) if step.get("uses", "").startswith("actions/upload-artifact@")]
    return [str(given.get("name")) for given in uploads if given.get("overwrite") is not True]


def lost(path: Path) -> list[str]:
    """Jobs after a called workflow that say nothing of its skipped jobs: success() would skip these as well.

    https://github.com/actions/runner/issues/2205; act runs them.
    """
    found = []
    for name, job in jobs(path).items():
        needs = job.get("needs", [])
        calling = [one for one in ([needs] if isinstance(needs, str) else needs) if "uses" in jobs(path).get(one, {})]
        if calling and not re.search(r"\b(?:always|cancelled|failure)\(\)", str(job.get("if", ""))):
            found.append(name)
    return found


def interrupted(path: Path) -> list[str]:
    """Workflows that say nothing of a second run beside the first, or end a deployment half-way for it."""
    whole = document(path)
    if "concurrency" not in whole:
        return ["nothing is said of a second run"] if jobs(path) else []
    said = [whole["concurrency"], *(job["concurrency"] for job in jobs(path).values() if "concurrency" in job)]
    deploys = any(roles(job) or "environment" in job for job in jobs(path).values())
    checks = "pull_request" in events(path)
    return [str(one) for one in said if deploys and not checks and one.get("cancel-in-progress") is not False]


RULES: tuple[Callable[[Path], list[str]], ...] = (
    unpinned,
    long_steps,
    spliced,
    kept_credentials,
    broad_permissions,
    untrusted_triggers,
    stored_keys,
    untimed,
    own_runners,
    unguarded,
    strangers_roles,
    written_once,
    lost,
    interrupted,
)


def findings(paths: list[Path], rule: Callable[[Path], list[str]]) -> Iterator[str]:
    """What a rule finds in files, each with the file's name."""
    for path in paths:
        yield from (f"{path.name}: {found}" for found in rule(path))
