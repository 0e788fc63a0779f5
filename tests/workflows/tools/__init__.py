"""`act` and `actionlint`: from PATH, else built by Go from the go.mod here, whose go.sum holds every module."""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest
from conftest import REPOSITORY

HERE = Path(__file__).parent
BUILT = REPOSITORY / "build" / "tools"
PACKAGES = {"act": "github.com/nektos/act", "actionlint": "github.com/rhysd/actionlint/cmd/actionlint"}


def tool(name: str) -> str:
    """The path of a command. Where it is neither there nor can be built: skips, or fails if it is required."""
    if found := shutil.which(name):
        return found
    if reason := build(name):
        sentence = f"NO {name.upper()}: it is not on PATH, and {reason}"
        if os.environ.get("REQUIRE_TOOLS") or os.environ.get("CI"):
            pytest.fail(sentence)
        pytest.skip(sentence)
    return str(BUILT / name)


@cache
def build(name: str) -> str:
    """Build a command into build/tools; why it cannot be done, or nothing. act takes two minutes, once."""
    go = shutil.which("go")
    if go is None:
        return "there is no Go to build it with"
    BUILT.mkdir(parents=True, exist_ok=True)
    command = [go, "build", "-o", BUILT / name, PACKAGES[name]]
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True)
    return f"go build failed: {done.stderr.strip()}" if done.returncode else ""
