"""A version goes through staging into production once a person lets it, and what became of it is there to see."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from killable import until

from workflows import act, releasing
from workflows.github import GitHub

pytestmark = pytest.mark.slow

REFUSED = {"approval": "failure", "staging": "skipped", "production": "skipped"}
THROUGH = {
    "approval": "success",
    **{
        f"{environment}/{job}": result
        for environment in ("staging", "production")
        for job, result in (("release", "success"), ("create", "skipped"), ("verify", "skipped"))
    },
}


@pytest.mark.parametrize(
    ("environments", "sentence"),
    [
        ({}, "GitHub has no environment production"),
        ({"production": releasing.PROTECTED | {"protection_rules": []}}, "has no required reviewers"),
        ({"production": releasing.PROTECTED | {"deployment_branch_policy": None}}, "every branch may deploy"),
    ],
    ids=["absent", "no reviewers", "every branch"],
)
def test_a_production_that_nobody_guards_is_refused_before_anything_is_touched(
    registered: GitHub, environments: dict[str, object], sentence: str
) -> None:
    """No role is taken, staging stays as it is, and no environment is made by the asking."""
    registered.set(environments=environments)
    before = registered.production.records()
    ran = releasing.released(registered, registered.production.good[0])

    assert ran.results == REFUSED, ran.log
    assert sentence in ran.summary and "pipeline approval" in ran.annotations[0][1]
    assert releasing.roles(ran) == []
    assert registered.production.records() == before
    assert registered.state["environments"] == environments
    releasing.protect(registered)


def test_a_first_release_makes_its_endpoints_in_between(registered: GitHub, first: act.Run) -> None:
    """Released under one role, made under another one's, and verified under the first."""
    assert set(first.results.values()) == {"success"}, first.log
    assert releasing.roles(first) == [
        f"ci-{purpose}-{environment}"
        for environment in ("staging", "production")
        for purpose in ("release", "infra", "release")
    ]
    record = registered.production.records()[-1]
    assert (record.verdict, record.version) == ("promoted", registered.production.good[0])
    assert [one["state"] for one in releasing.deployments(registered)] == ["success"]
    assert "## staging: promoted" in first.summary and "## production: promoted" in first.summary


def test_who_approved_is_in_the_ledger_and_in_the_summary(registered: GitHub, first: act.Run) -> None:
    """In which form, of which run."""
    [approval] = registered.production.records()[-1].details["approvals"]
    assert (approval["form"], approval["by"]) == ("reviewers", [releasing.REVIEWER])
    assert approval["run"].endswith(f"/actions/runs/{releasing.RUN}")
    assert "approved by ann" in first.summary


def test_a_good_version_is_promoted_under_traffic(live: GitHub) -> None:
    """No caller notices; the one before is inactive; record, chart and picture are there."""
    since, version = time.time(), live.production.good[1]
    ran = releasing.released(live, version)

    assert ran.results == THROUGH, ran.log
    record = live.production.records()[0]
    assert (record.version, record.state, live.production.live()) == (version, "promoted", record.config_asked)
    assert live.production.failed(since) == 0
    assert [one["state"] for one in releasing.deployments(live)] == ["inactive", "success"]
    assert "```mermaid" in ran.jobs["production/release"].summary
    assert (ran.artifacts / "release-production" / "release.svg").exists()


def test_a_bad_version_is_taken_back_and_the_run_is_red(live: GitHub) -> None:
    """Summary, annotation and deployment say why; the live configuration is the old one."""
    before = live.production.live()

    def meet() -> None:
        """Callers come with what the candidate cannot answer, once it answers: a replay would have found it."""
        until(lambda: live.production.has_come_to("canary"), 240, "a canary")
        live.production.newcomers(0.5)

    with ThreadPoolExecutor() as pool:
        met = pool.submit(meet)
        ran = releasing.released(live, live.production.broken)
    met.result()
    live.production.newcomers(0.0)

    assert ran.results == THROUGH | {"production/release": "failure"}, ran.log
    record = live.production.records()[0]
    assert (record.version, record.verdict) == (live.production.broken, "rolled_back")
    assert live.production.live() == before
    said = releasing.deployments(live)[-1]
    assert (said["state"], said["cause"]) == ("failure", record.cause)
    assert "## production: rolled back" in ran.summary and "**Next:**" in ran.summary
    [annotation] = ran.annotations
    assert annotation[:2] == ("error", "pipeline release") and str(record.reason) in annotation[2]


@pytest.fixture
def by_hand(live: GitHub) -> Iterator[GitHub]:
    """Policy has a person start the part in production; on this plan nobody protects an environment."""
    live.set(environments={}, approvals={})
    policy = live.root / "policy.toml"
    reviewers = policy.read_text()
    policy.write_text(reviewers.replace('form = "reviewers"', 'form = "by-hand"'))
    live.production.workspace.commit("Have a person start what enters production")
    yield live
    policy.write_text(reviewers)
    live.production.workspace.commit("Have reviewers asked")
    releasing.protect(live)


def test_by_hand_a_program_stops_at_staging(by_hand: GitHub) -> None:
    """Green, and the summary says what to press."""
    releasing.started(by_hand, "github-actions[bot]", "Bot")
    before = by_hand.production.live()
    ran = releasing.released(by_hand, by_hand.production.good[0])

    assert ran.results["production"] == "skipped"
    assert ran.results["staging/release"] == "success", ran.log
    assert "Run workflow" in ran.jobs["approval"].summary
    assert by_hand.production.live() == before


def test_by_hand_a_program_that_chooses_production_is_refused(by_hand: GitHub) -> None:
    """Before staging."""
    releasing.started(by_hand, "github-actions[bot]", "Bot")
    ran = releasing.released(by_hand, by_hand.production.good[0], production="true")

    assert ran.results == REFUSED, ran.log
    assert "is a program" in ran.summary


def test_by_hand_the_person_is_recorded(by_hand: GitHub) -> None:
    """As who let it, in which form."""
    releasing.started(by_hand)
    ran = releasing.released(by_hand, by_hand.production.good[0], production="true")

    assert ran.results == THROUGH, ran.log
    record = by_hand.production.records()[0]
    [approval] = record.details["approvals"]
    assert (record.state, approval["form"], approval["by"]) == ("promoted", "by-hand", [releasing.STARTER])
    assert "started by hand by bob" in ran.summary
