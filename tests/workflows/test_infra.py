"""A merge that changes the stacks, drift, and a dead run's lock, with the real `pulumi` under narrow roles."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import engine_verbs
import pytest
from account import HERE
from engine import QUIET, required
from opening import opened
from pipeline import names

from workflows import act, events, github, releasing
from workflows.github import GitHub
from workflows.releasing import REVIEWER, RUN
from workflows.tools import tool

pytestmark = pytest.mark.slow
SPEED = 10  # a session of one hour is six minutes
STACKS = ("platform", "staging", "production")
LOOKS = {f"drift-{one}": "skipped" for one in STACKS} | {"tell": "skipped"}
UPS = dict.fromkeys((*STACKS, "plan"), "skipped")
PROTECTED: dict[str, Any] = {
    "can_admins_bypass": False,
    "protection_rules": [
        {"type": "required_reviewers", "reviewers": [{"type": "User", "reviewer": {"login": REVIEWER}}]}
    ],
    "deployment_branch_policy": {"protected_branches": False, "custom_branch_policies": True},
}
LONG = 900.0  # seconds for the jobs of a run, each of which sets itself up


@pytest.fixture(scope="module")
def managed(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitHub]:
    """A repository and an account whose stacks an administrator has made by `pulumi`."""
    command = tool("act")
    required("pulumi")
    with opened(project, tmp_path_factory.mktemp("infra"), speed=SPEED) as made:
        made.run("sandbox", "up", "foundation", "--stack", "account")
        engine_verbs.attach(made)
        for stack in STACKS:
            engine_verbs.stack(made, "up", stack, "--yes")
        made.workspace.commit("Add the stacks")
        hosted = github.host(made, tmp_path_factory.mktemp("github"), command)
        protect(hosted)
        yield hosted


def protect(hosted: GitHub, **more: Any) -> None:
    """Have GitHub keep production's stack behind a reviewer, who approves, and main; `more` is otherwise."""
    named = "infra-production"
    approved = {"state": "approved", "environments": [{"name": named}], "user": {"login": REVIEWER}}
    hosted.set(environments={named: PROTECTED | more}, branches={named: ["main"]}, approvals={RUN: [approved]})


def run(hosted: GitHub, event: events.Event) -> act.Run:
    """Run the workflow."""
    return hosted.run("infra.yml", event, within=LONG, **QUIET, PULUMI_HOME=str(hosted.folder / "pulumi"))


def merge(hosted: GitHub, file: str, key: str, value: int) -> None:
    """Change a number of a stack's settings on main."""
    path = hosted.root / "infra" / file
    text, changed = re.subn(rf'({key}:) "?\d+"?', rf"\1 {value}", path.read_text())
    assert changed == 1, text
    path.write_text(text)
    hosted.production.workspace.commit("Change a stack")


def retention(hosted: GitHub, environment: str) -> int:
    """How many days CloudWatch keeps the endpoint's log."""
    group = names.endpoint_log_group(hosted.production.project, environment)
    found = hosted.production.account.client("logs").describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    return int(found[0]["retentionInDays"])


def kept(hosted: GitHub) -> int:
    """How many images the registry keeps."""
    repository = names.repository(hosted.production.project, "serve")
    policy = hosted.production.account.client("ecr").get_lifecycle_policy(repositoryName=repository)
    return int(json.loads(policy["lifecyclePolicyText"])["rules"][2]["selection"]["countNumber"])


def test_a_merge_changes_every_stack(managed: GitHub) -> None:
    """In order, each under its own role; the reviewers of production see what would change."""
    merge(managed, "platform/Pulumi.platform.yaml", "images_kept", 40)
    for one in ("staging", "production"):
        merge(managed, f"service/Pulumi.{one}.yaml", "log_retention_days", 60)
    ran = run(managed, events.push())

    assert ran.results == dict.fromkeys(UPS, "success") | LOOKS, ran.log
    assert releasing.roles(ran) == ["ci-infra", "ci-infra-staging", "ci-preview-production", "ci-infra-production"]
    assert (kept(managed), retention(managed, "staging"), retention(managed, "production")) == (40, 60, 60)
    assert "platform: 2 updated" in ran.jobs["platform"].summary
    assert "production: 1 to update" in ran.jobs["plan"].summary
    assert "retentionInDays: 30 → 60" in ran.jobs["plan"].summary
    assert f"approved by {REVIEWER}" in ran.jobs["production"].summary


def test_of_no_change_nobody_is_asked(managed: GitHub) -> None:
    """The same once more: production's job does not wait for a reviewer."""
    ran = run(managed, events.push())

    assert ran.results == dict.fromkeys(UPS, "success") | LOOKS | {"production": "skipped"}, ran.log
    assert "platform: no changes" in ran.summary and "production: no changes" in ran.summary


def test_a_production_that_nobody_guards_stays(managed: GitHub) -> None:
    """And says how it would be guarded."""
    merge(managed, "service/Pulumi.production.yaml", "log_retention_days", 90)
    managed.set(environments={})
    ran = run(managed, events.push())
    protect(managed)
    merge(managed, "service/Pulumi.production.yaml", "log_retention_days", 60)

    assert (ran.results["plan"], ran.results["production"]) == ("failure", "skipped"), ran.log
    assert "GitHub has no environment infra-production" in ran.jobs["plan"].summary
    assert retention(managed, "production") == 60


def test_drift_is_found_told_and_left_as_it_is(managed: GitHub) -> None:
    """Somebody has changed staging by hand: the nightly look is red, and an issue says what differs and what to do."""
    group = names.endpoint_log_group(managed.production.project, "staging")
    managed.production.account.client("logs").put_retention_policy(logGroupName=group, retentionInDays=7)
    ran = run(managed, events.schedule())

    found = {"drift-platform": "success", "drift-staging": "failure", "drift-production": "success", "tell": "success"}
    assert ran.results == UPS | found, ran.log
    assert releasing.roles(ran).count("ci-preview-staging") == 1
    [issue] = managed.state["issues"]
    for text in (ran.jobs["drift-staging"].summary, issue["body"]):
        assert "retentionInDays: 7 → 60" in text and "changed by hand" in text
    assert issue["title"] == "Drift of the stacks"
    assert retention(managed, "staging") == 7


def test_the_button_puts_back_what_main_says(managed: GitHub) -> None:
    """As the issue says."""
    ran = run(managed, events.dispatch(what="up", production="false"))

    assert ran.results["staging"] == "success", ran.log
    assert retention(managed, "staging") == 60


def test_a_stale_lock_is_explained(managed: GitHub) -> None:
    """A run died while it changed the platform: the next one says whose lock it is, and touches nothing."""
    its = managed.production.project
    place = {
        "Bucket": f"mlops-pulumi-state-{HERE}-{its.region}",
        "Key": f"{its.name}/.pulumi/locks/organization/{its.name}-platform/platform/0f8fad5b.json",
    }
    lock = {"pid": 478, "username": "runner", "hostname": "fv-az1", "timestamp": "2026-11-25T20:31:35Z"}
    s3 = managed.production.account.client("s3")
    s3.put_object(**place, Body=json.dumps(lock).encode())
    before = kept(managed)
    merge(managed, "platform/Pulumi.platform.yaml", "images_kept", 50)
    ran = run(managed, events.push())

    assert ran.results == UPS | LOOKS | {"platform": "failure"}, ran.log
    [(_, title, sentence)] = [one for one in ran.annotations if one[0] == "error"]
    assert title == "pipeline stack"
    for said in (sentence, ran.jobs["platform"].summary):
        assert "(process 478) since 2026-11-25T20:31:35Z" in said
        assert "pulumi cancel --stack platform" in said
    assert kept(managed) == before
    assert s3.get_object(**place)
