"""The doctor looks at everything, says what to do, and changes nothing."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pipeline.__main__ import run

from .conftest import place

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody may look at the costs."""

    def look() -> None:
        error = {"Code": "AccessDeniedException", "Message": "not you"}
        raise ClientError({"Error": error}, "ListCostAllocationTags")

    monkeypatch.setattr("pipeline.checks.costs.look", look)


def test_an_account_without_roles_is_not_ready(cloud: Callable[[str], Any], capsys: Capture) -> None:
    """Exit code 1, and each line that is not ok says what to do."""
    code = run(["doctor", "--json"])
    document = json.loads(capsys.readouterr().out)
    lines = document["findings"]
    assert (code, document["counts"]["fail"] > 0) == (1, True)
    assert [one for one in lines if (one["level"] == "ok") == bool(one["todo"])] == []


def test_what_a_service_does_not_answer_is_a_warning(cloud: Callable[[str], Any], capsys: Capture) -> None:
    """One check that cannot be made does not keep the others from being made."""
    run(["doctor", "--json"])
    lines = json.loads(capsys.readouterr().out)["findings"]
    blind = [one["subject"] for one in lines if one["found"].startswith("could not be checked")]
    assert "budget tags" in blind
    assert [one["level"] for one in lines if one["subject"] == "identity"] == ["ok"]


def test_a_strange_account_is_not_looked_at(
    cloud: Callable[[str], Any], project: Path, capsys: Capture
) -> None:
    """What is missing there is not this project's."""
    place(project, registry="111111111111", staging="111111111111", production="111111111111")
    assert run(["doctor", "--json"]) == 1
    subjects = [one["subject"] for one in json.loads(capsys.readouterr().out)["findings"]]
    assert subjects == ["identity", "region"]


def test_the_screen_puts_what_to_do_below_what_was_found(
    cloud: Callable[[str], Any], capsys: Capture
) -> None:
    """A person sees the command to type."""
    assert run(["doctor"]) == 1
    screen = capsys.readouterr().out
    assert "→ make up STACK=staging" in screen
    assert screen.splitlines()[-1].endswith("fail")
