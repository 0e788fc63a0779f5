"""A step that asks GitHub for something has a token, and its job the permission: act asks for neither.

Which permission: https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from conftest import TEMPLATE

WORKFLOWS = sorted((TEMPLATE / ".github" / "workflows").glob("*.yml"))
# verb → the permission that it writes by
NEEDS = {"pipeline comment": "pull-requests", "pipeline issue": "issues", "pipeline start": "actions"}


def asking(workflow: dict[Any, Any]) -> Iterator[tuple[str, str, dict[str, Any], dict[str, Any]]]:
    """Every step with such a verb: its job's name, the permission, the job, the step."""
    for name, job in workflow["jobs"].items():
        for step in job.get("steps", []):
            for verb, permission in NEEDS.items():
                if step.get("run", "").startswith(verb):
                    yield name, permission, job, step


def lacking(workflow: dict[Any, Any]) -> list[str]:
    """What a step or its job lacks, in a sentence each."""
    found = []
    for name, permission, job, step in asking(workflow):
        if job.get("permissions", {}).get(permission) != "write":
            found.append(f"{name} has no {permission}: write")
        if step.get("env", {}).get("GH_TOKEN") != "${{ github.token }}":
            found.append(f"{name} gives `{step['run']}` no token")
    return found


def test_each_verb_is_asked_somewhere() -> None:
    """Else nothing would be looked at."""
    asked = {permission for path in WORKFLOWS for _, permission, *_ in asking(yaml.safe_load(path.read_text()))}
    assert asked == set(NEEDS.values())


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_who_asks_github_may(path: Any) -> None:
    """By the job's own token."""
    assert lacking(yaml.safe_load(path.read_text())) == []


@pytest.mark.parametrize(
    ("without", "sentence"),
    [("issues: write", "tell has no issues: write"), ("GH_TOKEN: ${{ github.token }}", "tell gives")],
)
def test_what_is_taken_away_is_missed(without: str, sentence: str) -> None:
    """From a copy of the monitor."""
    text = (TEMPLATE / ".github" / "workflows" / "monitor.yml").read_text()
    assert without in text
    found = lacking(yaml.safe_load(text.replace(without, "x: y")))
    assert any(one.startswith(sentence) for one in found)
