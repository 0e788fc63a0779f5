"""The repository that the scenarios run in."""

import pytest
from engine import required

from workflows import events
from workflows.github import GitHub

pytestmark = pytest.mark.slow


def test_a_pull_requests_checkout_is_its_merge_commit(hosted: GitHub) -> None:
    """main is its first parent, and main is there again afterwards."""
    before = hosted.git("rev-parse", "main")
    with hosted.on("change", {"notes/a.txt": "a\n"}) as merged:
        assert hosted.git("rev-parse", "HEAD") == merged
        assert hosted.git("rev-parse", "HEAD^1") == before
        assert hosted.git("diff", "--name-only", "HEAD^1") == "notes/a.txt"
    assert hosted.git("rev-parse", "--abbrev-ref", "HEAD") == "main"
    assert hosted.git("rev-parse", "HEAD") == before
    assert hosted.git("status", "--porcelain") == ""


def test_the_origin_has_main(hosted: GitHub) -> None:
    """And takes a push."""
    assert hosted.git("ls-remote", "origin", "refs/heads/main").split()[0] == hosted.git("rev-parse", "main")
    hosted.git("push", "--quiet", "origin", "main:refs/heads/pushed")
    hosted.git("push", "--quiet", "--delete", "origin", "pushed")


def test_each_role_variable_is_a_role_of_a_stack(hosted: GitHub) -> None:
    """As the stacks have made it."""
    iam = hosted.production.account.client("iam")
    arns = {value for name, value in hosted.variables.items() if name.startswith("ROLE_")}
    pages = iam.get_paginator("list_roles").paginate(PathPrefix=hosted.production.project.role_path)
    there = {role["Arn"] for page in pages for role in page["Roles"]}
    assert arns <= there


def test_pulumi_calls_with_the_credentials_of_the_job(hosted: GitHub) -> None:
    """It asks what the role may ask, and not as an administrator."""
    required("pulumi")
    setup = {"groups": "infra", "pulumi": "true", "role": "${{ vars.ROLE_INFRA }}", "region": "${{ vars.AWS_REGION }}"}
    state = {"PULUMI_BACKEND_URL": "file://${{ github.workspace }}", "PULUMI_CONFIG_PASSPHRASE": "local"}
    steps = [
        {"uses": "actions/checkout@" + "1" * 40},
        {"uses": "./.github/actions/setup", "with": setup},
        {"run": 'export PYTHONPATH="$PWD"; cd infra/platform && pulumi stack init platform && pulumi preview'},
    ]
    with hosted.planted("workflow_dispatch", *steps, environment="infra", env=state) as name:
        ran = hosted.run(name, events.dispatch())
    assert ran.results == {"one": "success"}, ran.log
    assert "to create" in ran.jobs["one"].log
