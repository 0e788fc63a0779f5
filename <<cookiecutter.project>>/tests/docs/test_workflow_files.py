"""What is read out of workflow files."""

from pathlib import Path

import pytest
import yaml

from docs import workflow_files

RELEASE = """# A version goes live. Slowly.
name: release
on:
  push:
    branches: [main]
  schedule:
    - cron: "17 * * * *"
  workflow_dispatch:
jobs:
  last:
    needs: [staging, look]
    environment:
      name: production
    steps:
      - uses: ./.github/actions/setup
        with:
          role: ${{ vars.ROLE_RELEASE_PRODUCTION }}
      - run: pipeline start "$VERSION"
  staging:
    name: into staging
    uses: ./.github/workflows/deliver.yml
    with:
      where: staging
      infra: infra
      version: "1"
      role: ${{ vars.ROLE_RELEASE_STAGING }}
      infra-role: ${{ vars.ROLE_INFRA_STAGING }}
  look:
    needs: staging
    steps:
      - run: make check
"""
DELIVER = """on: workflow_call
jobs:
  first:
    environment: ${{ inputs.where }}
    steps:
      - uses: ./.github/actions/setup
        with:
          role: ${{ inputs.role }}
  second:
    environment: ${{ inputs.infra }}
    steps: []
"""
RETRAIN = "on: pull_request\njobs:\n  one:\n    steps: []\n"


@pytest.fixture
def workflows(tmp_path: Path) -> dict[str, workflow_files.Workflow]:
    """Three workflows, by name."""
    (tmp_path / "deliver.yml").write_text(DELIVER)
    (tmp_path / "release.yml").write_text(RELEASE)
    (tmp_path / "retrain.yml").write_text(RETRAIN)
    return {one.name: one for one in workflow_files.read(tmp_path)}


def job(workflows: dict[str, workflow_files.Workflow], name: str) -> workflow_files.Job:
    """A job of the release."""
    return next(one for one in workflows["release"].jobs if one.name == name)


def test_what_another_workflow_starts_or_calls_says_so(
    workflows: dict[str, workflow_files.Workflow],
) -> None:
    """Beside what else starts it."""
    assert workflows["deliver"].events == (("called by release", False),)
    assert workflows["release"].events[3:] == (("started by release", False),)


def test_a_reason_starts_a_retrain(tmp_path: Path) -> None:
    """And a version a release."""
    text = 'on: push\njobs:\n  a:\n    steps:\n      - run: pipeline start --because "$WHY"\n'
    (tmp_path / "monitor.yml").write_text(text)
    [monitor] = workflow_files.read(tmp_path)
    assert monitor.jobs[0].starts == "retrain"


def test_a_file_says_what_it_is_for(workflows: dict[str, workflow_files.Workflow]) -> None:
    """The first sentence above it, or nothing."""
    assert workflows["release"].purpose == "A version goes live."
    assert workflows["retrain"].purpose == ""


def test_what_starts_it_is_said_with_whether_a_person_does(
    workflows: dict[str, workflow_files.Workflow],
) -> None:
    """Somebody merges, somebody starts it by hand; the clock is nobody."""
    assert workflows["release"].events[:3] == (("merge", True), ("every hour", False), ("by hand", True))
    assert workflows["retrain"].events == (("pull request", False),)


@pytest.mark.parametrize(
    ("cron", "said"),
    [
        ("5 * * * *", "every hour"),
        ("5 4 * * *", "every day"),
        ("5 4 * * 1", "every week"),
        ("5 4 1 * *", "on schedule"),
    ],
)
def test_a_schedule_is_said_in_words(cron: str, said: str, tmp_path: Path) -> None:
    """As often as it comes."""
    (tmp_path / "monitor.yml").write_text(f'on:\n  schedule:\n    - cron: "{cron}"\njobs: {{}}\n')
    [monitor] = workflow_files.read(tmp_path)
    assert monitor.events == ((said, False),)


def test_jobs_come_in_the_order_of_what_they_need(workflows: dict[str, workflow_files.Workflow]) -> None:
    """Not in the order in which the file has them."""
    assert [(one.name, one.level) for one in workflows["release"].jobs] == [
        ("staging", 0),
        ("look", 1),
        ("last", 2),
    ]


def test_what_a_needed_job_waits_for_is_not_said_again(workflows: dict[str, workflow_files.Workflow]) -> None:
    """The last needs staging and look, which comes after staging anyway."""
    assert job(workflows, "last").needs == ("look",)


def test_a_job_of_a_matrix_is_named_once(tmp_path: Path) -> None:
    """For all of its legs."""
    (tmp_path / "one.yml").write_text(
        "on: push\njobs:\n  a:\n    name: see ${{ matrix.stack }}\n    steps: []\n"
    )
    [one] = workflow_files.read(tmp_path)
    assert one.jobs[0].title == "see each stack"


def test_a_job_says_where_and_as_whom(workflows: dict[str, workflow_files.Workflow]) -> None:
    """Nothing for one that has neither."""
    last, look = job(workflows, "last"), job(workflows, "look")
    assert (last.environments, last.roles) == (("production",), ("release-production",))
    assert (look.environments, look.roles) == ((), ())


def test_a_call_says_what_it_hands_over(workflows: dict[str, workflow_files.Workflow]) -> None:
    """The environments that the called jobs take, and the roles; those say that it is the caller's."""
    staging = job(workflows, "staging")
    assert (staging.calls, staging.environments) == ("deliver", ("staging", "infra"))
    assert staging.roles == ("release-staging", "infra-staging")
    first, second = workflows["deliver"].jobs
    assert (first.environments, first.roles) == (("its caller's",), ("its caller's",))
    assert (second.environments, second.roles) == (("its caller's",), ())


def test_what_a_job_starts_is_what_its_verb_starts(workflows: dict[str, workflow_files.Workflow]) -> None:
    """`pipeline start` knows one workflow."""
    assert job(workflows, "last").starts == "release"
    assert job(workflows, "look").starts == ""


def test_every_job_that_may_start_a_workflow_is_known_to() -> None:
    """Else an arrow would be missing that GitHub draws."""
    folder = Path(__file__).parents[2] / ".github" / "workflows"
    granted = {
        (path.stem, name)
        for path in folder.glob("*.yml")
        for name, one in yaml.safe_load(path.read_text())["jobs"].items()
        if one.get("permissions", {}).get("actions") == "write"
    }
    assert granted == {
        (one.name, each.name) for one in workflow_files.read(folder) for each in one.jobs if each.starts
    }
