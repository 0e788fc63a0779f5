"""An account of a project's own, in which nothing has been made yet."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from account import sandbox
from pipeline import names
from production import RATE, Production
from sandbox.rehearsal.workspace import Workspace

Promises = Mapping[str, Mapping[str, Any]]  # of policy.toml: table → key → value
# those of a project whose day has 24 minutes: a bake of five seconds proves what it says
SHORT: Promises = {
    "canary": {"detect": 0.3, "shortest_seconds": 300, "longest_seconds": 360, "final_seconds": 60}
    | {"warm_up_seconds": 30},
    "backstop": {"minimum_requests": 10, "max_error_rate": 0.75},  # so that the judge comes first
    "replay": {"requests": 50},
}


@contextmanager
def opened(
    project: Path, folder: Path, *, speed: float, promises: Promises | None = None, rate: float = RATE
) -> Iterator[Production]:
    """A copy of a project that makes these promises, and an account with nothing in it; both end with the block.

    `folder` takes the two; AWS's time runs `speed` times faster.
    """
    workspace = Workspace(project, folder / "project")
    for table, keys in (promises or {}).items():
        for key, value in keys.items():
            workspace.set("policy.toml", key, value, table)
    if promises:
        workspace.commit("Promise what can be proved in so short a time")
    command, region = project / ".venv" / "bin" / "sandbox", names.project(workspace.folder).region
    with sandbox(command, folder / "state", region, "--speed", f"{speed:g}") as running:
        made = Production(workspace, running, rate=rate)
        try:
            yield made
        finally:
            if made.callers:
                made.callers.stop()
