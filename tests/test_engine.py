"""The real Pulumi command applies the project's programs to a sandbox, beside the sandbox's own adapter."""

import json
from pathlib import Path
from typing import Any

import pytest
from engine import REGION, Account, Engine, Stack
from engine_accounts import anonymous, described, left, made
from pipeline import names
from sandbox.stacks.state import Made

pytestmark = pytest.mark.slow
SERVED = {
    "aws:sagemaker/endpoint:Endpoint",
    "aws:appautoscaling/target:Target",
    "aws:appautoscaling/policy:Policy",
}
RENAMED = """\
import pulumi


def renamed(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult:
    more = {"bucket": args.props["bucket"] + "-2"} if args.type_ == "aws:s3/bucket:Bucket" else {}
    return pulumi.ResourceTransformResult(props={**args.props, **more}, opts=args.opts)


pulumi.runtime.register_resource_transform(renamed)
"""


def test_a_preview_lists_what_will_be_made(previewed: tuple[Stack, dict[str, str]], platform: Stack) -> None:
    """Every resource of the state that `up` leaves, and nothing else."""
    _, preview = previewed
    assert set(preview.values()) == {"create"}
    there = {one["urn"] for one in platform.resources() if "pulumi:providers" not in one["type"]}
    assert {urn for urn in preview if "pulumi:providers" not in urn} == there


def test_a_second_up_changes_nothing(foundation: Stack, platform: Stack, staging: Stack, production: Stack) -> None:
    """Neither by the state nor by what is really there."""
    for stack in (foundation, platform, staging, production):
        stack.up("--expect-no-changes", "--refresh")


def test_both_adapters_leave_the_same_account(
    engine: Engine, foundation: Stack, platform: Stack, staging: Stack, production: Stack, twin: Account
) -> None:
    """The same things are there, an endpoint that scales among them, and AWS describes them the same."""
    assert anonymous(left(engine.account)) == anonymous(left(twin))
    by_engine = [made(one) for stack in (foundation, platform, staging, production) for one in stack.resources()]
    by_sandbox = [Made(**one) for file in (twin.folder / "stacks").glob("*.json") for one in _json(file)["resources"]]
    assert {one.type for one in by_engine} >= SERVED
    ours, theirs = described(engine.account.client, by_engine), described(twin.client, by_sandbox)
    assert [pair for pair in zip(ours, theirs, strict=True) if pair[0] != pair[1]] == []


def test_both_adapters_give_the_same_outputs(
    foundation: Stack, platform: Stack, staging: Stack, production: Stack, twin: Account
) -> None:
    """Also those that came through a reference to another stack."""
    for stack in (foundation, platform, staging, production):
        (file,) = (twin.folder / "stacks").glob(f"*.{stack.name}.json")
        assert anonymous(stack.outputs()) == anonymous(_json(file)["outputs"])


def test_a_changed_setting_is_an_update(platform: Stack, engine: Engine) -> None:
    """Nothing is replaced for it, and what reads it sees the new value."""
    platform("config", "set", "--path", "platform:evaluate.max_runtime_seconds", "1800")
    assert set(platform.preview().values()) == {"update"}
    platform.up()
    parameter = names.parameter(names.project(engine.project), "platform", "jobs", "evaluate")
    value = engine.account.client("ssm").get_parameter(Name=parameter)["Parameter"]["Value"]
    assert json.loads(value)["max_runtime_seconds"] == 1800


def test_a_renamed_bucket_is_refused_by_its_protection(foundation: Stack) -> None:
    """The states of all stacks would go with the old one."""
    program = foundation.folder / "__main__.py"
    source = program.read_text()
    program.write_text(RENAMED + source)
    try:
        refused = foundation("preview", fails=True)
    finally:
        program.write_text(source)
    assert "marked for protection" in refused


def test_a_state_moves_into_the_bucket_that_it_describes(engine: Engine, foundation: Stack) -> None:
    """The first `up` has only a local state; then the account's own bucket keeps it, under the account's own key."""
    outputs = foundation.outputs()
    key = f"awskms:///{outputs['state_key_alias']}?region={REGION}"
    foundation("stack", "change-secrets-provider", key)
    foundation("stack", "export", "--file", "state.json")
    moved = Stack(engine.account, foundation.folder, foundation.name, engine.bucket("foundation"))
    moved.init("--secrets-provider", key)
    moved("stack", "import", "--file", "state.json")
    moved.unchanged()
    assert moved.outputs() == outputs
    moved("stack", "rm", "--force", "--yes", "--preserve-config")


def _json(file: Path) -> dict[str, Any]:
    return dict(json.loads(file.read_text()))
