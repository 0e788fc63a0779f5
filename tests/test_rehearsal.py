"""One rehearsal of a baked project, judged by its own record."""

from pathlib import Path
from typing import Any

import pytest
import spare
from sandbox.access import removal
from spare import Judged

from infra.policies import exceptions


@pytest.fixture(scope="module")
def production(record: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The newest production release of each verdict."""
    return {r["verdict"]: r for r in record["releases"] if r["environment"] == "production"}


def test_every_step_was_observed(record: dict[str, Any]) -> None:
    """Each ended well."""
    assert record["ok"] is True
    assert [step["name"] for step in record["steps"] if not step["ok"]] == []


def test_promoted_release_is_live(production: dict[str, dict[str, Any]]) -> None:
    """A promoted release ends on the configuration that was asked for."""
    release = production["promoted"]

    assert release["config_asked"] == release["config_after"]
    assert release["config_asked"] != release["config_before"]


def test_bad_model_is_rolled_back(production: dict[str, dict[str, Any]]) -> None:
    """The model that breaks in production ends on the old configuration, by the judge."""
    release = production["rolled_back"]

    assert release["config_before"] == release["config_after"]
    assert release["cause"] == "judge"
    assert "evidence" in release["picture"]
    assert release["requests"]["failed_by_candidate"] == release["requests"]["failed"] > 0


@pytest.fixture(scope="module")
def judged(project: Path, record: dict[str, Any]) -> Judged:
    """What was decided, and by which policies."""
    return spare.judge(project / "build" / "rehearsal")


def test_what_a_policy_allows_is_needed(judged: Judged) -> None:
    """Each grant of each statement allows a call that is denied without it, or has a reason to be there."""
    assert removal.contradicting(judged.decisions, judged.policies) == []
    assert spare.reported(judged, exceptions.UNUSED) == {}


def test_every_policy_is_asked(judged: Judged) -> None:
    """Each role is taken, or has a reason to be there; each bucket, key and topic is used."""
    assert spare.untaken(judged, exceptions.UNUSED) == set()
    assert judged.resources() == {"s3": 2, "kms": 4, "sns": 2}


def test_no_exception_is_out_of_date(judged: Judged) -> None:
    """Each row of the table excuses something."""
    assert spare.outdated(judged, exceptions.UNUSED) == set()


def test_damaged_labels_are_stopped(record: dict[str, Any]) -> None:
    """By the gate, as worse than guessing by the base rate and than the live model; nothing was registered."""
    [step] = [step for step in record["steps"] if step["name"] == "damaged-labels"]
    [candidate] = [one for one in record["candidates"] if one["title"] == "Damaged labels"]
    assert step["ok"] is True
    assert (candidate["stopped_at"], candidate["version"], candidate["gate"]["passed"]) == ("gate", None, False)
    stopped = [one["rule"] for one in candidate["gate"]["rules"] if not one["passed"]]
    assert stopped == ["base_rate", "champion", "segments"]


def test_the_loop_closes_itself(record: dict[str, Any]) -> None:
    """Calibration is surely worse in autumn, the retrain is due because of its alarm, and afterwards it is kept."""
    before, during, after = record["verdicts"]
    assert [one["states"]["calibration"] for one in (before, during, after)] == ["kept", "broken", "kept"]
    assert before["version"] == during["version"] != after["version"]
    assert during["worse"][0] > during["bound"] >= after["worse"][0]
    assert after["value"] < during["value"]
    [step] = [step for step in record["steps"] if step["name"] == "renewal"]
    assert "because the alarm flight-delays-production-model-calibration sounds" in step["observed"]


def test_the_loop_is_closed_by_the_workflows_roles(record: dict[str, Any]) -> None:
    """Who looks may not train, and who trains may not release."""
    [step] = [step for step in record["steps"] if step["name"] == "renewal"]
    during = [one for one in record["verbs"] if 0 <= one["started"] - step["started"] < step["seconds"]]
    assert {(" ".join(one["verb"].split()[:2]), one["role"]) for one in during} == {
        ("pipeline monitor", "ci-monitor-production"),
        ("pipeline data", "ci-retrain"),
        ("pipeline due", "ci-retrain"),
        ("pipeline train", "ci-retrain"),
        ("pipeline gate", "ci-retrain"),
        ("pipeline register", "ci-retrain"),
        ("pipeline release", "ci-release-staging"),
        ("pipeline release", "ci-release-production"),
        ("sandbox up", "ci-infra-staging"),
    }


def test_no_workflow_has_a_persons_rights(record: dict[str, Any]) -> None:
    """People found, look and take down; checking data needs nobody; everything else is some job's role."""
    people = {v["verb"] for v in record["verbs"] if v["role"] == "administrator"}
    nobody = {v["verb"] for v in record["verbs"] if v["role"] == "nobody"}
    assert {" ".join(verb.split()[:2]) for verb in people} == {
        "sandbox up",
        "sandbox destroy",
        "sandbox left",
        "pipeline doctor",
        "pipeline history",
        "pipeline lineage",
        "pipeline teardown",
    }
    assert {" ".join(verb.split()[:2]) for verb in nobody} == {"pipeline data"}


def test_every_permission_was_asked_for_and_none_denied(record: dict[str, Any]) -> None:
    """Each role of a verb, and each role that AWS takes on a verb's behalf."""
    asked = {one["role"]: one["decided"] for one in record["principals"]}
    verbs = {v["role"] for v in record["verbs"]} - {"nobody"}
    jobs = {"train", "validate", "evaluate", "ingest", "monitor"}
    others = {"endpoint-staging", "endpoint-production", "caller", "upstream"}
    assert [role for role in verbs | jobs | others if not asked.get(role)] == []
    assert [one for one in record["principals"] if one["denied"]] == []


def test_nothing_is_left(record: dict[str, Any]) -> None:
    """Teardown leaves no resource and no process."""
    assert record["left_after_teardown"] == []


def test_report_stands_alone(project: Path, record: dict[str, Any]) -> None:
    """The report is one page that loads nothing."""
    report = (project / "build" / "rehearsal" / "report.html").read_text()

    assert "<svg" in report
    assert not [tag for tag in ("<script src", "<link", "@import", '<img src="http') if tag in report]
