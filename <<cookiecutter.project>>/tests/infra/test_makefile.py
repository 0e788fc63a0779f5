"""`make preview` and `make up` are the verbs."""

import re
import subprocess

import pytest

from pipeline import names


@pytest.mark.parametrize("goal", ["preview", "up"])
def test_the_goal_is_the_verb(goal: str) -> None:
    """Of the stack that is named, and in the same process, so that Ctrl-C reaches it."""
    command = ["make", "--no-print-directory", "--dry-run", goal, "STACK=staging"]
    done = subprocess.run(command, cwd=names.root(), capture_output=True, text=True, check=True)  # noqa: S603
    assert re.fullmatch(rf"exec \.venv/bin/pipeline stack {goal} 'staging'\n", done.stdout)
