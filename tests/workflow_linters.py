"""The linters of workflow files: what each says against files, empty when it has nothing to say."""

import re
import subprocess
import sys
from pathlib import Path

from conftest import TEMPLATE
from workflow_rules import runs
from workflows.tools import tool

BIN = Path(sys.executable).parent
KINDS = {"action.yml": "github-actions", "dependabot.yml": "dependabot"}


def said(command: list[str | Path], **options: object) -> str:
    """What a command prints when it finds something; the empty string when it ends well."""
    done = subprocess.run(command, capture_output=True, text=True, **options)  # type: ignore[call-overload]
    return done.stdout + done.stderr if done.returncode else ""


def schema(*paths: Path) -> str:
    """GitHub's JSON schemas, which know every key."""
    kinds: dict[str, list[Path]] = {}
    for path in paths:
        kinds.setdefault(KINDS.get(path.name, "github-workflows"), []).append(path)
    command = [BIN / "check-jsonschema", "--builtin-schema"]
    return "".join(said([*command, f"vendor.{kind}", *of_kind]) for kind, of_kind in kinds.items())


def zizmor(*paths: Path) -> str:
    """zizmor's strictest persona; what is switched off has its reason in the project's own settings for it."""
    config = TEMPLATE / ".github" / "tools" / "zizmor.yaml"
    return said([BIN / "zizmor", "--offline", "--no-progress", "--persona", "auditor", "--config", config, *paths])


def shellcheck(*paths: Path) -> str:
    """Shellcheck on each file's run blocks, those of composite actions too, which actionlint leaves out."""
    scripts = ("\n".join(re.sub(r"\$\{\{.*?\}\}", "expression", block) for block in runs(path)) for path in paths)
    return "".join(said([BIN / "shellcheck", "--shell=bash", "-"], input=script) for script in scripts)


def actionlint(*paths: Path) -> str:
    """Actionlint; it holds a call of a local action or workflow against that only where the root has a `.git`."""
    workflows = [path for path in paths if path.parent.name == "workflows"]
    command = [tool("actionlint"), "-no-color", f"-shellcheck={BIN / 'shellcheck'}"]
    return said([*command, *workflows], cwd=workflows[0].parents[2])
