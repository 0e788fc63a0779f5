"""One rehearsal of a baked project, judged by its own record."""

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import make
from pipeline import names
from sandbox.access import removal
from spare import purpose_of, role_of, spare

from infra.policies import exceptions, infrastructure


@pytest.fixture(scope="module")
def record(project: Path) -> dict[str, Any]:
    """What `make rehearse` wrote."""
    make(project, "rehearse")
    return json.loads((project / "build" / "rehearsal" / "rehearsal.json").read_text())


@pytest.fixture(scope="module")
def production(record: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The newest production release of each verdict."""
    return {r["verdict"]: r for r in record["releases"] if r["environment"] == "production"}


def test_every_step_was_observed(record: dict[str, Any]) -> None:
    """All eight steps ended well."""
    assert record["ok"] is True
    assert [step["name"] for step in record["steps"] if not step["ok"]] == []


def test_promoted_release_is_live(production: dict[str, dict[str, Any]]) -> None:
    """A promoted release ends on the configuration that was asked for."""
    release = production["promoted"]

    assert release["config_asked"] == release["config_after"]
    assert release["config_asked"] != release["config_before"]


def test_bad_model_is_rolled_back(production: dict[str, dict[str, Any]]) -> None:
    """The model that breaks in production ends on the old configuration, by the alarm."""
    release = production["rolled_back"]

    assert release["config_before"] == release["config_after"]
    assert release["cause"] == "backstop"
    assert release["requests"]["failed_by_candidate"] == release["requests"]["failed"] > 0


@pytest.fixture(scope="module")
def unused(project: Path, record: dict[str, Any]) -> dict[tuple[str, str], list[str]]:
    """What no call of the rehearsal needed: the policies that allow it, by their purpose and the action.

    All recorded decisions are decided again, with each action of each statement taken out in turn.
    """
    decisions, policies = removal.read(project / "build" / "rehearsal")
    assert removal.contradicting(decisions, policies) == []
    here, found = names.project(project), dict[tuple[str, str], list[str]]()
    for grant in spare(here, removal.granted(policies) - removal.needed(decisions, policies)):
        found.setdefault((str(purpose_of(here, grant)), grant.action), []).append(grant.document)
    return found


def test_what_a_policy_allows_is_needed(unused: dict[tuple[str, str], list[str]]) -> None:
    """Each action of each statement allows a call that is denied without it, or has a reason to be there."""
    reasons = exceptions.UNUSED.keys()

    assert {
        (who, what): where for (who, what), where in unused.items() if not {(who, what), (who, "*")} & reasons
    } == {}


def test_every_role_is_taken(project: Path, record: dict[str, Any]) -> None:
    """By a job, or it has a reason to be there."""
    decisions, _ = removal.read(project / "build" / "rehearsal")
    taken = {role_of(names.project(project), line["role"].rpartition("/")[2]) for line in decisions}
    excused = {purpose for purpose, action in exceptions.UNUSED if action == "*"}

    purposes = {*infrastructure.PLATFORM_ROLES, *infrastructure.ENVIRONMENT_ROLES, "ci-infra"}
    assert purposes - taken - excused == set()


def test_no_exception_is_out_of_date(project: Path, record: dict[str, Any]) -> None:
    """What stands in the table of unused actions is allowed by some policy; how an alarm behaves decides on its use."""
    here = names.project(project)
    _, policies = removal.read(project / "build" / "rehearsal")
    allowed = {(purpose_of(here, grant), grant.action) for grant in removal.granted(policies)}

    assert {one for one in exceptions.UNUSED if one[1] != "*"} - allowed == set()


def test_damaged_labels_are_stopped(record: dict[str, Any]) -> None:
    """One gate said no."""
    assert len([step for step in record["steps"] if "damaged" in step["name"]]) == 1


def test_no_workflow_has_a_persons_rights(record: dict[str, Any]) -> None:
    """People found and take down; checking data needs nobody; everything else is some job's role."""
    people = {v["verb"] for v in record["verbs"] if v["role"] == "administrator"}
    nobody = {v["verb"] for v in record["verbs"] if v["role"] == "nobody"}
    assert {" ".join(verb.split()[:2]) for verb in people} == {
        "sandbox up",
        "sandbox destroy",
        "sandbox left",
        "pipeline teardown",
    }
    assert {" ".join(verb.split()[:2]) for verb in nobody} == {"pipeline data"}


def test_every_permission_was_asked_for_and_none_denied(record: dict[str, Any]) -> None:
    """Each role of a verb, and each role that AWS takes on a verb's behalf."""
    asked = {one["role"]: one["decided"] for one in record["principals"]}
    verbs = {v["role"] for v in record["verbs"]} - {"nobody"}
    containers = {"train", "evaluate", "endpoint-staging", "endpoint-production", "caller"}
    assert [role for role in verbs | containers if not asked.get(role)] == []
    assert [one for one in record["principals"] if one["denied"]] == []


def test_nothing_is_left(record: dict[str, Any]) -> None:
    """Teardown leaves no resource and no process."""
    assert record["left_after_teardown"] == []


def test_report_stands_alone(project: Path, record: dict[str, Any]) -> None:
    """The report is one page that loads nothing."""
    report = (project / "build" / "rehearsal" / "report.html").read_text()

    assert "<svg" in report
    assert not [tag for tag in ("<script src", "<link", "@import", '<img src="http') if tag in report]
