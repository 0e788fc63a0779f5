"""A pull request: what its check runs, what it may reach, and what stands under it afterwards.

The targets of make are run whole by other tests (test_project, test_rehearsal, test_scans); here `make` only notes
them, and fails where it is told to. The verbs are real.
"""

import json
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from workflows import act, events
from workflows.events import Event
from workflows.github import GitHub

pytestmark = pytest.mark.slow
TOKENS = "aws-actions/configure-aws-credentials"
STACKS = ("platform", "staging", "production")
JOBS = ("code", "images", "rehearse", "stacks", "scan", "model")
PREVIEWS = tuple(f"preview ({one})" for one in STACKS)
PASSED = dict.fromkeys((*JOBS, *PREVIEWS, "comment", "pass"), "success")
WITHOUT = {**dict.fromkeys((*JOBS, "comment", "pass"), "success"), "preview": "skipped"}
TARGETS = {"check", "rehearse", "stacks", "lint-workflows", "scan"}
MAKE = """#!/bin/sh
echo "$1" >> "$MAKE_CALLS"
test "$1" != "$MAKE_FAILS"
"""
# a stack that would get a key, as the engine's events tell it: pipeline/stack/steps.py
PULUMI = """#!/bin/sh
while [ $# -gt 0 ]; do
    if [ "$1" = --event-log ]; then cat "$PULUMI_EVENTS" > "$2"; fi
    shift
done
"""
KEY = {"op": "create", "type": "aws:kms/key:Key", "urn": "urn:pulumi:x::x::aws:kms/key:Key::```\n@everybody", "new": {}}
CHECK = "check.yml"
Check = Callable[..., act.Run]


def commands(folder: Path, pipeline: Path) -> Path:
    """A folder of commands: `make` and `pulumi` that only note, and the project's own `pipeline`."""
    folder.mkdir()
    for name, text in {"make": MAKE, "pulumi": PULUMI}.items():
        (folder / name).write_text(text)
        (folder / name).chmod(stat.S_IRWXU)
    (folder / "pipeline").symlink_to(pipeline)
    events = ({"resourcePreEvent": {"metadata": KEY}}, {"summaryEvent": {"resourceChanges": {"create": 1, "same": 9}}})
    (folder / "events").write_text("".join(json.dumps(event) + "\n" for event in events))
    return folder


@pytest.fixture
def targets(tmp_path: Path) -> Path:
    """The file in which `make` notes its targets."""
    return tmp_path / "targets"


@pytest.fixture
def check(hosted: GitHub, tmp_path: Path, targets: Path) -> Iterator[Check]:
    """A function that runs the check of an event on a pull request that changes `files`; nothing is commented yet."""
    bin_ = commands(tmp_path / "bin", hosted.production.account.command.with_name("pipeline"))
    hosted.set(comments={}, refused={}, calls=[])

    def run(
        event: Event, files: dict[str, str] | None = None, *, fails: str = "none", branch: str = "change"
    ) -> act.Run:
        path = os.pathsep.join((str(bin_), hosted.found()["PATH"]))
        noted = {"MAKE_CALLS": str(targets), "MAKE_FAILS": fails, "PULUMI_EVENTS": str(bin_ / "events")}
        with hosted.on(branch, files or {"README.md": "another\n"}):
            return hosted.run(CHECK, event, PATH=path, **noted)

    yield run
    hosted.set(comments={}, refused={})


def edited(hosted: GitHub, file: str, before: str, after: str) -> dict[str, str]:
    """A pull request's change of one line."""
    text = (hosted.root / file).read_text()
    assert before in text
    return {file: text.replace(before, after)}


def comments(hosted: GitHub, number: int = 7) -> list[str]:
    """What stands under a pull request."""
    return [one["body"] for one in hosted.state["comments"].get(str(number), [])]


def taken(ran: act.Run) -> set[tuple[str, str]]:
    """Job and role of each token that was traded in."""
    return {(one["job"], one["inputs"]["role-to-assume"].rpartition("-ci-")[2]) for one in ran.called(TOKENS)}


def test_a_pull_request_of_the_repository(hosted: GitHub, check: Check, targets: Path) -> None:
    """Every job passes, under its own role or none; one comment has verdict, intervals, data, cost, stacks."""
    change = edited(hosted, "model/hyperparameters.toml", "trees = 100", "trees = 20")
    ran = check(events.pull_request(hosted.repository), change)

    assert ran.results == PASSED, ran.log
    assert set(targets.read_text().split()) == {"setup", *TARGETS}
    assert taken(ran) == {
        ("model", "report"),
        ("preview", "preview"),
        ("preview", "preview-staging"),
        ("preview", "preview-production"),
    }
    [comment] = comments(hosted)
    assert "## This check has passed" in comment
    assert "## The gate would" in comment
    assert "Another model comes of `model/hyperparameters.toml`." in comment
    assert "| metric | this change |" in comment
    assert "### Contract" in comment
    assert "### On merge" in comment
    assert "production: 1 to create, 9 unchanged" in comment
    assert "this costs about 3.00 US$ a month more" in comment
    assert comment.strip() in ran.jobs["comment"].summary
    assert "## The gate would" in ran.jobs["model"].summary


def test_a_second_check_of_it_with_a_broken_contract(hosted: GitHub, check: Check) -> None:
    """Still one comment, which now says what broke; the required check is red, and all else has run."""
    event = events.pull_request(hosted.repository)
    check(event)
    assert "Nothing here changes the model." in comments(hosted)[0]

    ran = check(event, edited(hosted, "policy.toml", "label_change = 0.25", "label_change = 0.01"))

    assert ran.results == {**PASSED, "code": "failure", "pass": "failure"}, ran.log
    [comment] = comments(hosted)
    assert "## This check has not passed: `code` failed" in comment
    assert "The pinned data **breaks** it" in comment
    assert ("error", "pipeline passed", "This check has not passed. code: failure.") in ran.jobs["pass"].annotations
    assert [title for _, title, _ in ran.jobs["code"].annotations] == ["pipeline data"]


def test_a_fork_has_the_same_answer_without_credentials(hosted: GitHub, check: Check) -> None:
    """No token is asked for; the comment that GitHub refuses is a warning, and its text is the run's summary."""
    hosted.set(refused={f"POST repos/{hosted.repository}/issues/7/comments": 403})
    change = edited(hosted, "model/hyperparameters.toml", "trees = 100", "trees = 21")

    ran = check(events.pull_request(hosted.repository, fork="stranger/flights"), change)

    assert ran.results == WITHOUT, ran.log
    assert ran.called(TOKENS) == []
    assert comments(hosted) == []
    [(kind, title, sentence)] = ran.jobs["comment"].annotations
    assert (kind, title) == ("warning", "pipeline comment")
    assert "HTTP 403" in sentence
    summary = ran.jobs["comment"].summary
    assert "## The gate would" in summary
    assert "the base rate alone: there are no AWS credentials" in summary
    assert "Nothing was previewed: a pull request of a fork or a bot" in summary


def test_a_bots_pull_request_has_no_credentials_either(hosted: GitHub, check: Check) -> None:
    """Its branch is in the repository, and what it changes is somebody else's release."""
    ran = check(events.pull_request(hosted.repository, actor=events.BOT))

    assert ran.results == WITHOUT, ran.log
    assert ran.called(TOKENS) == []
    assert len(comments(hosted)) == 1


def test_a_merge_queue_has_nobody_to_tell(hosted: GitHub, check: Check, targets: Path) -> None:
    """There is no pull request, and no role: everything else is the same, and a failure is one."""
    ran = check(events.merge_group(), fails="scan")

    expected = {**WITHOUT, "comment": "skipped", "scan": "failure", "pass": "failure"}
    assert ran.results == expected, ran.log
    assert ran.called(TOKENS) == []
    assert hosted.state["calls"] == []


def test_before_there_is_an_account_a_check_passes(hosted: GitHub, check: Check) -> None:
    """The first pull request may come before the first stack."""
    known = dict(hosted.variables)
    hosted.variables.clear()
    try:
        ran = check(events.pull_request(hosted.repository))
    finally:
        hosted.variables.update(known)

    assert ran.results == WITHOUT, ran.log
    assert ran.called(TOKENS) == []
