"""What the README says of taking a project down, done by the real Pulumi command; the last of the engine tier."""

import pytest
from engine import Engine, Stack
from engine_accounts import left
from pipeline import names

pytestmark = pytest.mark.slow
PROTECTED = {"aws:sagemaker/endpoint:Endpoint", "aws:dynamodb/table:Table", "aws:kms/key:Key"}


def test_pulumi_refuses_to_destroy_production(production: Stack) -> None:
    """Its endpoint, its ledger and its key are protected; nothing else goes, either."""
    before = production.resources()
    refused = production("destroy", "--yes", fails=True)
    assert "because it is protected" in refused
    assert production.resources() == before
    assert {one["type"] for one in before if one.get("protect")} == PROTECTED


def test_aws_keeps_the_history_of_productions_releases(engine: Engine, production: Stack) -> None:
    """A teardown that does not name the ledger leaves it under AWS's own protection."""
    *before, destroy = [step.replace(" --with-ledger", "") for step in documented(engine)]
    for step in before:
        run(production, step)
    assert "protect" in run(production, destroy, fails=True)
    assert names.ledger(names.project(engine.project), "production") in {one["name"] for one in left(engine.account)}


def test_the_documented_steps_leave_nothing(
    engine: Engine, foundation: Stack, platform: Stack, staging: Stack, production: Stack
) -> None:
    """Of the project; the foundation's bucket keeps the versions of the states that were in it."""
    for stack in (production, staging):
        for step in documented(engine):
            run(stack, step.replace("production", stack.name))
    for step in documented(engine):
        step = step.replace(" --with-ledger", "").replace("infra/service", "infra/platform")
        run(platform, step.replace("production", platform.name))
    here = names.project(engine.project)
    assert [one for one in left(engine.account) if here.name in one["name"]] == []


def documented(engine: Engine) -> list[str]:
    """The commands of the README that take production down, in the project's folder."""
    section = (engine.project / "README.md").read_text().partition("### Taking it down")[2]
    return [line.partition("#")[0].strip() for line in section.split("```")[1].strip().splitlines()]


def run(stack: Stack, step: str, *, fails: bool = False) -> str:
    """What a command printed that a person would type, and confirm."""
    more = {**stack.state, "PULUMI_SKIP_CONFIRMATIONS": "true"}
    done = stack.account.command("bash", "-c", step, folder=stack.folder.parent.parent, fails=fails, **more)
    return done.stdout + done.stderr
