"""Stand-ins for remote actions: composite actions that declare what the real one does, and keep what they were given.

Most do no more. `DOES` has the ones that act; each is a script beside this file that the step runs with the Python
of the tests. A skipped post step is no loss: a composite action has none, and what the real ones do there is to
forget credentials and to save caches.
"""

import json
import shlex
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from workflows.inputs import ACTIONS

HERE = Path(__file__).parent
DOES = {
    "actions/checkout": "checkout.py",
    "actions/download-artifact": "artifacts.py",
    "actions/upload-artifact": "artifacts.py",
    "aws-actions/configure-aws-credentials": "credentials.py",
}
NEEDS = {"astral-sh/setup-uv": "uv", "pulumi/actions": "pulumi"}  # actions that bring a tool: it must be there


def make(used: Iterable[str], folder: Path, does: Mapping[str, str] = DOES) -> list[str]:
    """Write a stand-in for each action, OWNER/NAME@SHA, and return act's options. Raises LookupError without one."""
    options = []
    for use in sorted(used):
        name = use.partition("@")[0]
        if name not in ACTIONS:
            raise LookupError(f"there is no stand-in for {use}: write its inputs into tests/workflows/inputs.py")
        place = folder / name
        place.mkdir(parents=True, exist_ok=True)
        (place / "action.yml").write_text(yaml.safe_dump(action(name, does.get(name)), sort_keys=False))
        options += ["--local-repository", f"{use}={place}"]
    return options


def action(name: str, script: str | None) -> dict[str, Any]:
    """The composite action that stands in for one, and runs a script if it does something. Pure."""
    real = ACTIONS[name]
    words = [sys.executable, str(HERE / "stand_ins" / "called.py"), name]
    lines = [shlex.join(words)]
    if tool := NEEDS.get(name):
        lines.append(f"command -v {tool}")
    if script:
        lines.append(f"exec {shlex.join([sys.executable, str(HERE / 'stand_ins' / script), name])}")
    step = {
        "id": "does",
        "shell": "bash",
        "run": "\n".join(lines),
        "env": {"STAND_IN_INPUTS": "${{ toJSON(inputs) }}"},
    }
    return {
        "name": f"stand-in for {name}",
        "description": real.source,
        "inputs": {
            one: {"description": one, **({"default": real.defaults[one]} if one in real.defaults else {})}
            for one in sorted(real.inputs)
        },
        "outputs": {
            one: {"description": one, "value": f"${{{{ steps.does.outputs.{one} }}}}"} for one in sorted(real.outputs)
        },
        "runs": {"using": "composite", "steps": [step]},
    }


def environment(folder: Path, root: Path, repository: str) -> dict[str, str]:
    """What stand-ins find in their environment."""
    return {
        "STAND_IN_CALLS": str(folder / "calls.jsonl"),
        "STAND_IN_ARTIFACTS": str(folder / "artifacts"),
        "STAND_IN_ROOT": str(root),
        "STAND_IN_REPOSITORY": repository,
    }


def calls(folder: Path) -> list[dict[str, Any]]:
    """What remote actions were called with, in order."""
    file = folder / "calls.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
