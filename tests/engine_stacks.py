"""The stacks that the engine tier shares, in the order that the README gives, and a second account beside them."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from engine import ACCOUNT, REGION, Account, Engine, Stack
from pipeline import names

INFRA = Path(__file__).parent.parent / "infra"
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
DOCKERFILE = 'FROM scratch AS toy\nWORKDIR /app\nCOPY toy.py ./\nENTRYPOINT ["python", "-m", "toy"]\n'


@pytest.fixture(scope="session")
def foundation(engine: Engine) -> Stack:
    """The account's foundation, applied; its state is in files."""
    folder = shutil.copytree(INFRA, engine.programs / "foundation")
    (folder / "Pulumi.account.yaml").write_text(f"config:\n  aws:region: {REGION}\n")
    stack = Stack(engine.account, folder, "account", engine.files).init()
    stack.up()
    return stack


@pytest.fixture(scope="session")
def previewed(engine: Engine, foundation: Stack) -> tuple[Stack, dict[str, str]]:
    """The platform's stack, and what a preview says of it before anything is there."""
    stack = engine.stack("platform", "platform")
    here = names.project(engine.project)
    key = f"arn:aws:kms:{REGION}:{ACCOUNT}:{foundation.outputs()['state_key_alias']}"
    context = f"context_stack={here.name}-platform/platform"
    stack.init("--secrets-provider", f"awskms:///{key}?region={REGION}&{context}")
    return stack, stack.preview()


@pytest.fixture(scope="session")
def platform(previewed: tuple[Stack, dict[str, str]]) -> Stack:
    """The platform, applied."""
    stack, _ = previewed
    stack.make("up")
    return stack


@pytest.fixture(scope="session")
def staging(engine: Engine, platform: Stack) -> Stack:
    """The staging environment, applied before its first release."""
    stack = engine.stack("service", "staging")
    stack.make("up")
    return stack


@pytest.fixture(scope="session")
def production(engine: Engine, platform: Stack) -> Stack:
    """The production environment with an endpoint, made from the configuration that the first release prepared."""
    stack = engine.stack("service", "production")
    stack.make("up")
    first(engine.account, "production")
    stack.make("up")
    return stack


@pytest.fixture(scope="session")
def twin(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """Another account, to which the same programs were applied by the sandbox itself."""
    account = Account(engine.project, tmp_path_factory.mktemp("twin") / "account")
    account.start()

    def up(program: Path, stack: str) -> None:
        account.sandbox("up", str(program), "--stack", stack)

    infra = engine.project / "infra"
    try:
        up(engine.programs / "foundation", "account")
        up(infra / "platform", "platform")
        up(infra / "service", "staging")
        up(infra / "service", "production")
        first(account, "production")
        up(infra / "service", "production")
        yield account
    finally:
        account.stop()


def first(account: Account, environment: str) -> None:
    """Leave what the first release in an environment leaves: a configuration, and its name as a parameter."""
    here = names.project(account.project)
    value, name = configuration(account, environment, "1"), names.parameter(here, environment, "first-configuration")
    account.client("ssm").put_parameter(Name=name, Value=value, Type="String")


def configuration(account: Account, environment: str, digit: str) -> str:
    """Make an endpoint configuration, named as a release names it, of a model that answers its health check."""
    here, sagemaker = names.project(account.project), account.client("sagemaker")
    name = names.release(here, environment, digit * 12)
    role = _published(account, environment)["execution_role_arn"]
    sagemaker.create_model(ModelName=name, PrimaryContainer={"Image": _image(account)}, ExecutionRoleArn=role)
    size = {"InitialInstanceCount": 2, "InstanceType": "ml.m5.large"}
    variant = {"VariantName": names.VARIANT, "ModelName": name, **size}
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    return name


def _published(account: Account, environment: str) -> dict[str, Any]:
    name = names.parameter(names.project(account.project), environment, "service")
    return dict(json.loads(account.client("ssm").get_parameter(Name=name)["Parameter"]["Value"]))


def _image(account: Account) -> str:
    """The image of that model, built and pushed once."""
    repository = names.repository(names.project(account.project), "serve")
    image = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{repository}:toy"
    context = account.folder.parent / "toy"
    if not context.is_dir():
        context.mkdir()
        (context / "toy.py").write_text(SERVER)
        (context / "Dockerfile").write_text(DOCKERFILE)
        own = ("--provenance=false", "--output", "type=image,push=true,oci-mediatypes=false")
        account.command("docker", "buildx", "build", "--target", "toy", "--tag", image, *own, str(context))
    return image
