"""Retrain: a merge becomes a version and its release, or nothing at all, or a clear no.

The scenarios are a story, in order: each begins with what the one before has left in the account.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import pytest
from killable import LONG, until
from pipeline import gate, jobs, names, start
from sandbox.rehearsal import damage

from workflows import events
from workflows.act import Run
from workflows.github import NUMBERS, GitHub

pytestmark = pytest.mark.slow
DONE = {"retrain": "success", "start": "success", "tell": "skipped"}
SLOW = ("push", "image", "check", "train", "evaluate", "gate", "register")
ISSUES = "repos/{}/issues"


@dataclass(frozen=True)
class Account:
    """What a retrain may make: versions, jobs, images."""

    versions: list[int]
    jobs: set[str]
    images: set[str]


@dataclass(frozen=True)
class Retrained:
    """A run, and the account before and after it; `dispatches` are those that the run asked for."""

    run: Run
    before: Account
    after: Account
    dispatches: list[dict[str, object]]

    @property
    def new(self) -> list[int]:
        """The versions that were registered."""
        return [one for one in self.after.versions if one not in self.before.versions]


def account(hosted: GitHub) -> Account:
    """What is there."""
    sagemaker, ecr = (hosted.production.account.client(one) for one in ("sagemaker", "ecr"))
    group = names.model_package_group(hosted.production.project)
    packages = sagemaker.list_model_packages(ModelPackageGroupName=group)["ModelPackageSummaryList"]
    training = sagemaker.list_training_jobs(MaxResults=100)["TrainingJobSummaries"]
    processing = sagemaker.list_processing_jobs(MaxResults=100)["ProcessingJobSummaries"]
    images = {
        one["imageDigest"]
        for target in ("train", "serve")
        for one in ecr.list_images(repositoryName=names.repository(hosted.production.project, target))["imageIds"]
    }
    started = {one["TrainingJobName"] for one in training} | {one["ProcessingJobName"] for one in processing}
    return Account(sorted(one["ModelPackageVersion"] for one in packages), started, images)


def run(hosted: GitHub, event: events.Event) -> Run:
    """Run the workflow."""
    return hosted.run("retrain.yml", event, GITHUB_RUN_ID=str(next(NUMBERS)))


def retrain(hosted: GitHub, event: events.Event) -> Retrained:
    """Run the workflow on main as it is."""
    before, asked = account(hosted), len(hosted.state.get("dispatches", []))
    ran = run(hosted, event)
    return Retrained(ran, before, account(hosted), hosted.state.get("dispatches", [])[asked:])


@pytest.fixture(scope="module", autouse=True)
def main(hosted: GitHub) -> Iterator[None]:
    """Main as it was before, and after; nobody has opened an issue yet."""
    head = hosted.git("rev-parse", "HEAD")
    hosted.set(issues=[], comments={})
    yield
    hosted.git("reset", "--quiet", "--hard", head)


# a merge that changes data


@pytest.fixture(scope="module")
def merged(hosted: GitHub) -> Retrained:
    """A month more."""
    hosted.production.run("pipeline", "data", "add", *hosted.production.scenario.refresh.add)
    hosted.production.workspace.commit("Add a month")
    return retrain(hosted, events.push())


def test_a_merge_registers_a_version(merged: Retrained) -> None:
    """Under the role that may do no more."""
    assert merged.run.results == DONE, merged.run.log
    [call] = merged.run.called("aws-actions/configure-aws-credentials")
    assert call["inputs"]["role-to-assume"].endswith("ci-retrain")
    assert len(merged.new) == 1


def test_its_release_is_started(merged: Retrained) -> None:
    """With that version, and no other."""
    asked = {"workflow": start.WORKFLOW, "ref": "main", "inputs": {"version": str(merged.new[0])}}
    assert merged.dispatches == [asked]


def test_each_step_says_what_it_did(merged: Retrained) -> None:
    """In a line, the whole in order."""
    said = merged.run.summary
    lines = ("There is something to do", "data", "images", "contract", "train", "evaluate", "gate", "register")
    found = [said.index(f"**{line}**") for line in lines]
    assert found == sorted(found)
    assert f"The release of version {merged.new[0]} is started" in said


# the same again


@pytest.fixture(scope="module")
def again(hosted: GitHub, merged: Retrained) -> Retrained:
    """A merge that changes nothing that is trained or served."""
    (hosted.root / "README.md").write_text("Another text.\n")
    hosted.production.workspace.commit("Write another text")
    return retrain(hosted, events.push())


def test_a_merge_that_changes_nothing_does_nothing(again: Retrained) -> None:
    """It is green, and no slow step has run."""
    assert again.run.results == DONE, again.run.log
    steps = again.run.jobs["retrain"].steps
    assert {steps.get(one, "skipped") for one in SLOW} == {"skipped"}


def test_nothing_is_made_of_it(again: Retrained) -> None:
    """No job, no image, no version."""
    assert again.after == again.before
    assert "image: building" not in again.run.log


def test_it_says_what_is_the_same(again: Retrained, merged: Retrained) -> None:
    """The version, and what it shares with this tree."""
    assert f"**Nothing has changed**: version {merged.new[0]} is `" in again.run.summary
    assert "the same serving image" in again.run.summary


def test_a_release_is_started_once(again: Retrained) -> None:
    """Nobody is asked twice to approve the same version."""
    assert again.dispatches == []
    assert "started before" in again.run.summary


def test_of_what_is_released_nothing_is_started(hosted: GitHub, again: Retrained, merged: Retrained) -> None:
    """Its stage says that a release has begun with it."""
    arn = hosted.production.package(merged.new[0])
    told = {"Stage": "Staging", "StageStatus": "Approved", "StageDescription": "released"}
    hosted.production.account.client("sagemaker").update_model_package(ModelPackageArn=arn, ModelLifeCycle=told)
    ran = retrain(hosted, events.schedule()).run
    assert ran.results == DONE | {"start": "skipped"}
    assert "is at stage Staging" in ran.summary


# a runner that died


@pytest.fixture(scope="module")
def resumed(hosted: GitHub, merged: Retrained) -> Retrained:
    """Another training image; the runner is killed while the job trains, and the workflow is run again."""
    file = hosted.root / "model" / "train.py"
    file.write_text(f"{file.read_text()}\n# another image, the same model\n")
    hosted.production.workspace.commit("Change the training image")
    before = account(hosted)
    dying = hosted.production.start("pipeline", "train")
    until(lambda: account(hosted).jobs != before.jobs, LONG, "a training job")
    dying.kill()
    return retrain(hosted, events.push())


def test_what_a_dead_runner_has_started_is_taken_up(resumed: Retrained) -> None:
    """It goes on to the version."""
    assert resumed.run.results == DONE, resumed.run.log
    assert len(resumed.new) == 1


def test_it_is_not_trained_twice(resumed: Retrained) -> None:
    """The job that was there is the job of the version."""
    word = f"-{jobs.TRAINING.word}-"
    assert not [one for one in resumed.after.jobs - resumed.before.jobs if word in one]
    assert "was trained already" in resumed.run.summary


# the gate says no


@pytest.fixture(scope="module")
def refused(hosted: GitHub, resumed: Retrained) -> Retrained:
    """Labels that were joined to the wrong rows."""
    plan = hosted.production.scenario.damaged
    for file in plan.files:
        damage.permute(hosted.root / file, plan.permute, plan.seed)
    hosted.production.run("pipeline", "data", "add", *plan.files, *plan.add)
    hosted.production.workspace.commit("Join labels on the wrong key")
    return retrain(hosted, events.push())


def test_a_no_is_red(refused: Retrained) -> None:
    """At the gate; whoever merged looks at it, and nobody else is told."""
    assert refused.run.results == {"retrain": "failure", "start": "skipped", "tell": "skipped"}, refused.run.log
    assert refused.run.jobs["retrain"].steps["gate"] == "failure"


def test_a_no_says_why_and_what_to_do(refused: Retrained) -> None:
    """The rules with their numbers, in the summary; in short, beside the run."""
    said = refused.run.summary
    assert "## The gate refuses `" in said
    assert "| **STOP** |" in said
    assert "**What to do**" in said
    assert "pipeline gate" in {title for kind, title, _ in refused.run.annotations if kind == "error"}


def test_a_no_registers_and_starts_nothing(refused: Retrained, hosted: GitHub) -> None:
    """And opens no issue, as somebody has just merged it."""
    assert (refused.new, refused.dispatches) == ([], [])
    assert hosted.state["issues"] == []


@pytest.fixture(scope="module")
def forget(hosted: GitHub, refused: Retrained) -> partial[None]:
    """Forget the verdict, as if the runner had died before the gate."""
    project, here = hosted.production.project, hosted.production.account
    job = refused.run.summary.partition("## The gate refuses `")[2].partition("`")[0]
    bucket = names.bucket(
        project, names.account(project, names.REGISTRY, here.client("sts").get_caller_identity()["Account"])
    )
    return partial(here.client("s3").delete_object, Bucket=bucket, Key=gate.key(job))


def test_a_no_is_not_asked_again(hosted: GitHub, refused: Retrained) -> None:
    """A week later it still stands: green, without an issue, and it says so."""
    night = retrain(hosted, events.schedule())
    assert night.run.results == {"retrain": "success", "start": "skipped", "tell": "skipped"}, night.run.log
    assert "**Nothing has changed**: the gate refused `" in night.run.summary
    assert (night.after, hosted.state["issues"]) == (night.before, [])


def test_a_no_that_nobody_waits_for_opens_an_issue(hosted: GitHub, forget: partial[None]) -> None:
    """With the reasons, and only one, however many nights it takes."""
    forget()
    first = run(hosted, events.schedule())
    assert first.results == {"retrain": "failure", "start": "skipped", "tell": "success"}, first.log
    [issue] = hosted.state["issues"]
    assert issue["title"] == "The unattended retrain"
    assert "## The gate refuses `" in issue["body"]
    assert "**What to do**" in issue["body"]
    assert f"/{hosted.repository}/actions/runs/" in issue["body"]

    forget()
    second = run(hosted, events.schedule())
    assert second.results == first.results
    assert [one["number"] for one in hosted.state["issues"]] == [issue["number"]]
    [comment] = hosted.state["comments"][str(issue["number"])]
    assert "## The gate refuses `" in comment["body"]


def test_an_issue_that_github_refuses_is_a_warning(hosted: GitHub, forget: partial[None]) -> None:
    """The run is red for its own reason."""
    forget()
    issues = ISSUES.format(hosted.repository)
    hosted.set(issues=[], refused={f"POST {issues}": 403})
    try:
        ran = run(hosted, events.schedule())
    finally:
        hosted.set(refused={})
    assert ran.results == {"retrain": "failure", "start": "skipped", "tell": "success"}, ran.log
    assert [title for kind, title, _ in ran.annotations if kind == "warning"] == ["pipeline issue"]
