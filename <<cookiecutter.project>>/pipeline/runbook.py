"""What calls a person: its kind, who answers (policy.toml, [owners]), and the page that says what to do.

An alarm's kind is its name without the project, the environment and the release: `slo-cpu`, `release-errors`,
`model-inputs`. The page is docs/runbook/KIND.md.
"""

from collections.abc import Mapping

from pipeline import names

STACK = (
    "slo-burn-fast",
    "slo-burn-slow",
    "slo-latency-p50",
    "slo-latency-p95",
    "slo-cpu",
    "slo-memory",
    "budget",
)
RELEASE = ("release-reject", "release-heartbeat", "release-errors", "release-latency")
CALLS = ("data-refused", "retrain-stopped")  # an issue, as no alarm could know of them
PROMISES = ("inputs", "callers", "sight")  # of the model; monitor.worsening adds one for each of its metrics


def promises(worsening: Mapping[str, float]) -> tuple[str, ...]:
    """What the monitor holds the live model to, `worsening` being the policy's: its names in metrics."""
    return (*worsening, *PROMISES)


def signal(promise: str) -> str:
    """The last part of the name of a promise's alarm: an alarm's name has dashes alone."""
    return promise.replace("_", "-")


def kinds(worsening: Mapping[str, float]) -> tuple[str, ...]:
    """Every kind there is."""
    return (*STACK, *RELEASE, *CALLS, *(f"model-{signal(promise)}" for promise in promises(worsening)))


def page(project: names.Project, kind: str) -> str:
    """The address of a kind's page."""
    return f"{folder(project)}/{kind}.md"


def folder(project: names.Project) -> str:
    """The address of the pages' folder."""
    return f"https://github.com/{project.github_owner}/{project.name}/blob/main/docs/runbook"


def called(project: names.Project, owners: Mapping[str, str], kind: str) -> str:
    """Who answers and what to read, in Markdown."""
    return f"Owner: **{owners[kind]}**. [What to do]({page(project, kind)})."


def described(project: names.Project, owners: Mapping[str, str], kind: str, said: str) -> str:
    """An alarm's description, which its mail carries: what is wrong, who answers, what to read."""
    return f"{said}. Owner: {owners[kind]}. What to do: {page(project, kind)}"
