"""The verb: what it tells, whom, and what it writes."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline import __main__ as cli
from pipeline import monitor
from pipeline.monitor.finding import BROKEN, KEPT, UNKNOWN, Finding

from .monitor_sample import view

MIXED = [Finding("sight", KEPT, ""), Finding("inputs", BROKEN, ""), Finding("calibration", BROKEN, "")]


@pytest.fixture
def told(cloud: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> Callable[[], dict[str, float]]:
    """What CloudWatch knows of each promise of production, which breaks two."""
    monkeypatch.setattr(monitor, "look", lambda environment: view(findings=MIXED))

    def read() -> dict[str, float]:
        listed = cloud("cloudwatch").list_metrics(Namespace="flights/production", MetricName="Broken")
        return {
            each["Value"]: 1.0
            for one in listed["Metrics"]
            for each in one["Dimensions"]
            if each["Name"] == "Promise"
        }

    return read


def test_a_verdict_is_told_to_cloudwatch_and_is_no_failure(
    told: Callable[[], dict[str, float]], capsys: pytest.CaptureFixture[str]
) -> None:
    """The alarms go by it: the verb has done its work."""
    assert cli.run(["monitor", "production", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["broken"] == ["inputs", "calibration"]
    assert set(told()) == {"sight", "inputs", "calibration"}


@pytest.mark.usefixtures("told")
def test_a_workflow_learns_what_is_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As an output of the step, and in the job's summary."""
    for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"):
        monkeypatch.setenv(name, str(tmp_path / name))
    assert cli.run(["monitor", "production"]) == 0
    assert "inputs calibration" in (tmp_path / "GITHUB_OUTPUT").read_text()
    assert (
        "**monitor** production, version 3: broken: inputs, calibration"
        in (tmp_path / "GITHUB_STEP_SUMMARY").read_text()
    )


@pytest.mark.usefixtures("told")
def test_the_page_has_its_numbers_beside_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In a folder that need not exist."""
    page = tmp_path / "a" / "b.html"
    assert cli.run(["monitor", "production", "--html", str(page)]) == 0
    assert "inputs" in page.read_text()
    assert json.loads((tmp_path / "a" / "b.json").read_text())["broken"] == ["inputs", "calibration"]
    assert str(page) in capsys.readouterr().out


@pytest.mark.usefixtures("project")
def test_of_staging_nobody_can_tell(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It has no traffic: that is said plainly, without asking AWS anything."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    assert cli.run(["monitor", "staging", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert set(shown["states"].values()) == {UNKNOWN}
    assert shown["findings"][0]["sentence"] == (
        "staging answers its contract test and nobody else, so there is nothing to judge"
    )
