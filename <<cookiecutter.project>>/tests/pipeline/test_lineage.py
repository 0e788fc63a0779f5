"""One screen says what made a version."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline import aws, lineage, record, registry, stages
from pipeline.__main__ import run
from pipeline.registry import Version

from .conftest import GROUP, SERVICE, Fleet, keep, place
from .test_rollback import ONE, TABLE, TWO
from .test_seen import pinned, put

STS = "arn:aws:sts::123456789012:assumed-role"
MADE = {
    "train_job": "job-1",
    "train_image": "repository@sha256:2",
    "manifest": "m" * 64,
    "commit": "c" * 40,
    "by": f"octocat as {STS}/flights-eu-west-1-ci-retrain/42",
}
VERSION = Version(
    1,
    f"{GROUP}/1",
    "Approved",
    "",
    "repository@sha256:1",
    "s3://bucket/m",
    MADE,
    stages.PRODUCTION,
    "2013-07-01T00:00:00+00:00",
)
RUN = {
    "branch": "main",
    "dirty": False,
    "lock_sha256": "l" * 64,
    "hyperparameters": {"max_depth": "6"},
    "libraries": {"numpy": "2.4.0"},
    "started": "2013-07-01T10:20:30+00:00",
    "seconds": 30,
    "instance_type": "ml.m5.large",
    "instance_count": 1,
    "cost_usd": 0.001,
}
RULE = {
    "rule": "champion",
    "passed": True,
    "override": {"by": MADE["by"], "reason": "a holiday", "at": "2013-07-01"},
}
VERDICT = {"passed": True, "called": "worse", "champion": {"version": 4}, "rules": [RULE]}
HISTORY = [replace(TWO, by="octocat"), replace(ONE, by="octocat")]


@pytest.fixture(autouse=True)
def in_a_project(project: Path) -> None:
    """Its roles are told without its name."""


def screen(**changes: Any) -> dict[str, list[str]]:
    """The screen's lines of version 1, by question."""
    parts: dict[str, Any] = {"run": RUN, "pinned": pinned("a", "b"), "verdict": VERDICT, "releases": HISTORY}
    return lineage.lines_of(lineage.describe(VERSION, **(parts | changes)))


def test_each_question_has_its_answer() -> None:
    """Data, code, image, parameters, run, gate, who."""
    lines = screen()
    assert lines["data"][1] == "2 files, 10 rows; trained on what is before 2013-06-01T00:00:00"
    assert lines["code"] == [f"{'c' * 40} on main", f"uv.lock {'l' * 64}"]
    assert lines["images"] == ["train sha256:2", "serve sha256:1"]
    assert lines["parameters"] == ["max_depth 6"]
    assert lines["run"] == ["job-1", "2013-07-01 10:20, 30 s on 1 of ml.m5.large, US$ 0.0010"]
    assert lines["registered"] == ["2013-07-01 00:00 by octocat, ci-retrain"]


def test_the_gate_is_told_with_its_overrides() -> None:
    """Whose, and why."""
    assert screen()["gate"] == [
        "passed by 1 rules against version 4, called worse",
        "champion overridden by octocat, ci-retrain: a holiday",
    ]


def test_only_its_own_releases_are_told() -> None:
    """Version 2 has others."""
    assert screen()["releases"] == ["2013-01-01 00:00  production  release, promoted  by octocat"]
    assert screen(releases=[])["releases"] == ["none"]


def test_many_files_stay_on_one_screen() -> None:
    """The rest is in the JSON."""
    held = pinned("a")
    document = {**held.document, "files": held.files * (lineage.FILES_SHOWN + 5)}
    many = type(held)(json.dumps(document).encode())
    lines = screen(pinned=many)["data"]
    assert (len(lines), lines[-1]) == (lineage.FILES_SHOWN + 3, "and 5 more: --json has them all")


def test_what_was_never_recorded_is_said_so() -> None:
    """A version from before the run records."""
    lines = screen(run={}, pinned=None, verdict=None)
    assert lines["data"] == [f"manifest {'m' * 64}, which the bucket does not have"]
    assert (lines["parameters"], lines["run"][1]) == (["not recorded"], "no run record")
    assert lines["gate"] == ["no verdict in the bucket"]


@pytest.fixture
def live(fleet: Fleet, register: Callable[..., int]) -> Fleet:
    """Version 1 is registered and production serves it."""
    register()
    version = registry.get("flights", 1)
    container = {"Image": version.image, "ModelDataUrl": version.model_data}
    fleet.account.create_model(
        ModelName="m", ExecutionRoleArn=SERVICE["execution_role_arn"], PrimaryContainer=container
    )
    variant = {"VariantName": "live", "ModelName": "m", "InstanceType": "ml.m5.large"}
    fleet.account.create_endpoint_config(
        EndpointConfigName="config-1", ProductionVariants=[{**variant, "InitialInstanceCount": 2}]
    )
    fleet.serve("config-1")
    keep(TABLE, ONE)
    return fleet


def test_the_live_version_is_the_default(live: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    """As the endpoint shows it."""
    assert run(["lineage", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["version"], document["left_out"]) == (1, {})
    assert [one["release"] for one in document["releases"]] == [ONE.release]


def test_other_accounts_releases_are_left_out(
    live: Fleet, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the version was made of is told all the same."""
    place(project, staging="2" * 12, production="3" * 12)
    assert run(["lineage", "1"]) == 0
    told = capsys.readouterr().out
    assert "sha256:2" in told
    assert told.count("is left out: the credentials reach account") == 2


def test_without_an_endpoint_a_version_has_to_be_named(
    fleet: Fleet, capsys: pytest.CaptureFixture[str]
) -> None:
    """The sentence shows how."""
    assert run(["lineage"]) == 2
    assert "name a version, as in `pipeline lineage 1`" in capsys.readouterr().err


def test_a_file_is_asked_about_by_its_digest(
    register: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    """The runs that were given it, as JSON and as a table."""
    record.add("job-1", manifest=put(pinned("a")), started="2013-07-01T00:00:00+00:00")
    assert run(["lineage", "--data", "a" * 64, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [one["candidate"] for one in document["runs"]] == ["job-1"]
    assert run(["lineage", "--data", "a" * 8]) == 0
    assert "training: data/a.parquet" in capsys.readouterr().out


@pytest.mark.usefixtures("cloud")
def test_a_file_that_nobody_saw_is_an_answer(capsys: pytest.CaptureFixture[str]) -> None:
    """In one sentence."""
    assert run(["lineage", "--data", "f" * 64]) == 0
    assert "no run was given a file of digest ffff" in capsys.readouterr().out


def test_two_questions_at_once_are_refused(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything is asked of AWS."""
    assert run(["lineage", "1", "--data", "a" * 64]) == 2
    assert "leave out one of them" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("caller", "who"),
    [
        (f"octocat as {STS}/flights-eu-west-1-ci-release-staging/9", "octocat, ci-release-staging"),
        (f"{STS}/Admins/ann", "Admins"),
        ("arn:aws:iam::123456789012:user/ann", "ann"),
        ("arn:aws:iam::123456789012:root", "root"),
        (None, "-"),
    ],
)
def test_a_caller_is_short_enough_for_a_line(caller: str | None, who: str) -> None:
    """The account is the same for all, and so is the project's name."""
    assert aws.person(caller) == who
