"""The real Pulumi command applies the project's programs to a sandbox, beside the sandbox's own adapter."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from engine import Account, Engine, Stack, anonymous
from pipeline import names
from sandbox.stacks import reading
from sandbox.stacks.kinds import KINDS
from sandbox.stacks.state import Made

pytestmark = pytest.mark.slow
PLACE = {"region": "eu-west-1", "account": "123456789012"}
RENAMED = """\
import pulumi


def renamed(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult:
    more = {"bucket": args.props["bucket"] + "-2"} if args.type_ == "aws:s3/bucket:Bucket" else {}
    return pulumi.ResourceTransformResult(props={**args.props, **more}, opts=args.opts)


pulumi.runtime.register_resource_transform(renamed)
"""
SERVER = """\
import os
from http.server import BaseHTTPRequestHandler, HTTPServer


class Server(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()


HTTPServer(("127.0.0.1", int(os.environ["SAGEMAKER_BIND_TO_PORT"])), Server).serve_forever()
"""


@pytest.fixture(scope="module")
def foundation(engine: Engine) -> Stack:
    """The account's foundation, applied."""
    stack = engine.stack("foundation", "account")
    stack.up()
    return stack


@pytest.fixture(scope="module")
def previewed(engine: Engine, foundation: Stack) -> tuple[Stack, dict[str, str]]:
    """The platform's stack, and what a preview says of it before anything is there."""
    stack = engine.stack("platform", "platform")
    return stack, stack.preview()


@pytest.fixture(scope="module")
def platform(previewed: tuple[Stack, dict[str, str]]) -> Stack:
    """The platform, applied."""
    stack, _ = previewed
    stack.up()
    return stack


@pytest.fixture(scope="module")
def staging(engine: Engine, platform: Stack) -> Stack:
    """The staging environment, applied before its first release."""
    stack = engine.stack("service", "staging")
    stack.up()
    return stack


@pytest.fixture(scope="module")
def twin(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """Another account, to which the same programs were applied by the sandbox itself."""
    account = Account(engine.project, tmp_path_factory.mktemp("twin") / "account")
    account.start()
    try:
        for folder, stack in (("foundation", "account"), ("infra/platform", "platform"), ("infra/service", "staging")):
            account.sandbox("up", str(folder if stack == "account" else engine.project / folder), "--stack", stack)
        yield account
    finally:
        account.stop()


def test_a_preview_lists_what_will_be_made(previewed: tuple[Stack, dict[str, str]], platform: Stack) -> None:
    """Every resource of the state that `up` leaves, and nothing else."""
    _, preview = previewed
    assert set(preview.values()) == {"create"}
    made = {one["urn"] for one in platform.resources() if "pulumi:providers" not in one["type"]}
    assert {urn for urn in preview if "pulumi:providers" not in urn} == made


def test_a_second_up_changes_nothing(foundation: Stack, platform: Stack, staging: Stack) -> None:
    """Neither by the state nor by what is really there."""
    for stack in (foundation, platform, staging):
        stack.up("--expect-no-changes", "--refresh")


def test_both_adapters_leave_the_same_account(
    engine: Engine, foundation: Stack, platform: Stack, staging: Stack, twin: Account
) -> None:
    """The same things are there, and AWS describes them the same."""
    assert anonymous(_left(engine.account)) == anonymous(_left(twin))
    by_engine = [_made(one) for stack in (foundation, platform, staging) for one in stack.resources()]
    by_sandbox = [Made(**one) for file in (twin.folder / "stacks").glob("*.json") for one in _json(file)["resources"]]
    ours, theirs = _described(engine.account.client, by_engine), _described(twin.client, by_sandbox)
    assert [pair for pair in zip(ours, theirs, strict=True) if pair[0] != pair[1]] == []


def test_both_adapters_give_the_same_outputs(foundation: Stack, platform: Stack, staging: Stack, twin: Account) -> None:
    """Also those that came through a reference to another stack."""
    for stack, file in ((foundation, "account"), (platform, "platform"), (staging, "staging")):
        (made,) = (twin.folder / "stacks").glob(f"*.{file}.json")
        assert anonymous(stack.outputs()) == anonymous(_json(made)["outputs"])


def test_a_changed_setting_is_an_update(platform: Stack, engine: Engine) -> None:
    """Nothing is replaced for it, and what reads it sees the new value."""
    platform("config", "set", "--path", "platform:evaluate.max_runtime_seconds", "1800")
    assert set(platform.preview().values()) == {"update"}
    platform.up()
    parameter = names.parameter(names.project(engine.project), "platform", "jobs", "evaluate")
    value = engine.account.client("ssm").get_parameter(Name=parameter)["Parameter"]["Value"]
    assert json.loads(value)["max_runtime_seconds"] == 1800


def test_the_workflows_roles_can_do_their_work(engine: Engine, platform: Stack, staging: Stack) -> None:
    """A pull request previews without a right to change anything; a merge applies what has changed."""
    here = names.project(engine.project)
    account, job = engine.account, ["--repository", f"{here.github_owner}/{here.name}"]
    preview = names.role_arn(here, PLACE["account"], "ci-preview-staging")
    with account.under(preview, *job, "--event", "pull_request"):
        staging.unchanged("--refresh")
    platform("config", "set", "--path", "platform:evaluate.max_runtime_seconds", "2400")
    with account.under(names.role_arn(here, PLACE["account"], "ci-infra"), *job, "--environment", "infra"):
        assert "1 updated" in platform.up("--refresh")


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


def test_a_release_and_a_rollback_change_nothing_for_pulumi(engine: Engine, staging: Stack) -> None:
    """The first release's configuration makes the endpoint; which one it serves then is not Pulumi's affair."""
    here = names.project(engine.project)
    first, second = (_configuration(engine, here, name) for name in ("first", "second"))
    name = names.parameter(here, "staging", "first-configuration")
    engine.account.client("ssm").put_parameter(Name=name, Value=first, Type="String")
    staging.up()
    endpoint = names.endpoint(here, "staging")
    sagemaker = engine.account.client("sagemaker")
    for configuration in (second, first):
        sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName=configuration)
        sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=endpoint, WaiterConfig={"Delay": 1})
        assert sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointConfigName"] == configuration
        staging.unchanged("--refresh")
    staging.unchanged()


def test_a_state_moves_into_the_bucket_that_it_describes(engine: Engine, foundation: Stack) -> None:
    """The first `up` has only a local state; then the account's own bucket keeps it, under the account's own key."""
    outputs = foundation.outputs()
    key = f"awskms:///{outputs['state_key_alias']}?region={PLACE['region']}"
    foundation("stack", "change-secrets-provider", key)
    foundation("stack", "export", "--file", "state.json")
    away = dict(engine.account.environment)
    try:
        del engine.account.environment["PULUMI_CONFIG_PASSPHRASE"]
        url = f"s3://{outputs['state_bucket']}/foundation?region={PLACE['region']}"
        engine.account.environment["PULUMI_BACKEND_URL"] = url
        foundation("stack", "init", "--secrets-provider", key)
        foundation("stack", "import", "--file", "state.json")
        foundation.unchanged()
        assert foundation.outputs() == outputs
        foundation("stack", "rm", "--force", "--yes", "--preserve-config")
    finally:
        engine.account.environment.update(away)


def test_a_workflow_reaches_its_own_state_in_the_bucket(engine: Engine, foundation: Stack, platform: Stack) -> None:
    """A pull request previews and writes nothing, a merge applies."""
    here, account, outputs = names.project(engine.project), engine.account, foundation.outputs()
    context = f"context_stack={here.name}-platform/platform"
    key = f"awskms:///{outputs['state_key_alias']}?region={PLACE['region']}&{context}"
    platform("stack", "change-secrets-provider", key)
    platform("stack", "export", "--file", "state.json")
    away = dict(account.environment)
    try:
        del account.environment["PULUMI_CONFIG_PASSPHRASE"]
        account.environment["PULUMI_BACKEND_URL"] = (
            f"s3://{outputs['state_bucket']}/{here.name}?region={PLACE['region']}"
        )
        platform("stack", "init", "--secrets-provider", key)
        platform("stack", "import", "--file", "state.json")
        job = ["--repository", f"{here.github_owner}/{here.name}"]
        with account.under(names.role_arn(here, PLACE["account"], "ci-preview"), *job, "--event", "pull_request"):
            platform.unchanged("--refresh")
        platform("config", "set", "--path", "platform:evaluate.max_runtime_seconds", "3000")
        with account.under(names.role_arn(here, PLACE["account"], "ci-infra"), *job, "--environment", "infra"):
            assert "1 updated" in platform.up()
    finally:
        account.environment.update(away)


def test_destroy_leaves_nothing(engine: Engine, foundation: Stack, platform: Stack, staging: Stack) -> None:
    """Of the project; the foundation's bucket keeps the versions of the state that was in it."""
    sagemaker = engine.account.client("sagemaker")
    staging.destroy()
    for name in ("first", "second"):
        sagemaker.delete_endpoint_config(EndpointConfigName=name)
        sagemaker.delete_model(ModelName=name)
    here = names.project(engine.project)
    parameter = names.parameter(here, "staging", "first-configuration")
    engine.account.client("ssm").delete_parameter(Name=parameter)
    ecr = engine.account.client("ecr")
    ecr.batch_delete_image(repositoryName=names.repository(here, "serve"), imageIds=[{"imageTag": "toy"}])
    platform.destroy()
    assert [one for one in _left(engine.account) if here.name in one["name"]] == []


def _configuration(engine: Engine, here: names.Project, name: str) -> str:
    """An endpoint configuration of a model that answers its health check."""
    account = engine.account
    repository = account.client("ecr").describe_repositories(repositoryNames=[names.repository(here, "serve")])
    image = repository["repositories"][0]["repositoryUri"] + ":toy"
    context = engine.programs / "toy"
    if not context.is_dir():
        context.mkdir()
        (context / "toy.py").write_text(SERVER)
        (context / "Dockerfile").write_text(
            'FROM scratch AS toy\nWORKDIR /app\nCOPY toy.py ./\nENTRYPOINT ["python", "-m", "toy"]\n'
        )
        account.command("docker", "build", "--target", "toy", "--tag", image, str(context))
        account.command("docker", "push", image)
    published = account.client("ssm").get_parameter(Name=names.parameter(here, "staging", "service"))["Parameter"]
    role = json.loads(published["Value"])["execution_role_arn"]
    sagemaker = account.client("sagemaker")
    sagemaker.create_model(ModelName=name, PrimaryContainer={"Image": image}, ExecutionRoleArn=role)
    variant = {
        "VariantName": names.VARIANT,
        "ModelName": name,
        "InitialInstanceCount": 1,
        "InstanceType": "ml.m5.large",
    }
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    return name


def _left(account: Account) -> list[dict[str, Any]]:
    found = json.loads(account.command("sandbox", "left", "--json", fails=True).stdout)["left"]
    return sorted(found, key=lambda one: (one["service"], one["kind"], one["name"]))


def _json(file: Path) -> dict[str, Any]:
    return dict(json.loads(file.read_text()))


def _made(one: dict[str, Any]) -> Made:
    return Made(one["urn"], one["type"], "", one.get("id", ""), one.get("inputs", {}), one.get("outputs", {}))


def _described(client: Callable[[str], Any], resources: list[Made]) -> list[str]:
    """Type and description of each resource, but for an alarm's state, in an order that both accounts have."""
    found = []
    for made in resources:
        if made.type in KINDS:
            its = reading.described(client, KINDS[made.type], made, PLACE)
            lasting = {key: item for key, item in its.items() if "State" not in key} if isinstance(its, dict) else its
            found.append((made.type, anonymous(lasting)))
    return sorted(json.dumps(one, sort_keys=True) for one in found)
