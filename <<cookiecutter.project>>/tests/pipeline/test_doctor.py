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
    (costs,) = [one for one in lines if one["subject"] == "budget tags"]
    assert costs["level"] == "warn" and costs["found"].startswith("could not be checked")
    assert costs["todo"].startswith("see under Billing, Cost allocation tags")
    assert [one["level"] for one in lines if one["subject"] == "identity"] == ["ok"]


def test_a_strange_account_is_not_looked_at(
    cloud: Callable[[str], Any], project: Path, capsys: Capture
) -> None:
    """What is missing there is not this project's."""
    place(project, registry="111111111111", staging="111111111111", production="111111111111")
    assert run(["doctor", "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert [one["subject"] for one in document["findings"]] == ["region", "identity"]
    assert document["counts"] == {"ok": 1, "warn": 0, "fail": 1}


def test_a_region_that_is_none_is_said_before_anything_is_asked(project: Path, capsys: Capture) -> None:
    """Its endpoints have no address, which would look like a broken network."""
    settings = project / "project.toml"
    settings.write_text(settings.read_text().replace("eu-west-1", "eu-wst-1"))
    assert run(["doctor", "--json"]) == 1
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert (finding["subject"], finding["level"]) == ("region", "fail")


@pytest.mark.parametrize("command", ["doctor", "train --experiment"])
def test_a_wrong_promise_is_said_first(project: Path, capsys: Capture, command: str) -> None:
    """Before anything is asked or paid for."""
    policy = project / "policy.toml"
    policy.write_text(policy.read_text().replace("availability = 0.995", "availability = 120"))
    assert run(command.split()) == 2
    assert "slo.availability = 120 is out of bounds" in capsys.readouterr().err


def test_the_screen_puts_what_to_do_below_what_was_found(
    cloud: Callable[[str], Any], capsys: Capture
) -> None:
    """A person sees the command to type."""
    assert run(["doctor"]) == 1
    screen = capsys.readouterr().out
    assert "→ make up STACK=staging" in screen
    assert screen.splitlines()[-1].endswith("fail")
