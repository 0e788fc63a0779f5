"""Status reads the endpoint and the ledger, whatever is missing."""

import json

import pytest

from pipeline import ledger
from pipeline.__main__ import run

from .conftest import Fleet
from .test_rollback import ONE, TABLE


def test_a_live_environment_shows_its_version(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    """The version comes from the ledger, the rest from DescribeEndpoint."""
    fleet.serve("config-1")
    ledger.save(TABLE, ONE)
    run(["status", "production", "--json"])
    found = json.loads(capsys.readouterr().out)["environments"]["production"]
    assert (found["status"], found["config"], found["version"]) == ("InService", "config-1", 1)
    assert [one["release"] for one in found["releases"]] == [ONE.release]


@pytest.mark.usefixtures("fleet")
def test_without_an_endpoint_the_screen_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    """Both environments are on it."""
    assert run(["status"]) == 0
    screen = capsys.readouterr().out
    assert screen.count("no endpoint") == 2 and "production" in screen
