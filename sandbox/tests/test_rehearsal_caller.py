"""sandbox.rehearsal.caller: who asks for predictions may do nothing else."""

import json
from typing import Any

import pytest
from conftest import REGION, Sandbox

from sandbox.rehearsal import caller

ARN = f"arn:aws:sagemaker:{REGION}:123456789012:endpoint/live"


@pytest.fixture
def asks(sandbox: Sandbox) -> Any:
    """A caller of one endpoint, who goes with the test."""
    iam = sandbox.client("iam")
    yield caller.make(iam, sandbox.client("sts"), "123456789012", REGION, ARN)
    caller.remove(iam)


def test_the_role_may_ask_one_endpoint(asks: Any, sandbox: Sandbox) -> None:
    """And has no other policy."""
    iam = sandbox.client("iam")
    [name] = iam.list_role_policies(RoleName=caller.NAME)["PolicyNames"]
    document = iam.get_role_policy(RoleName=caller.NAME, PolicyName=name)["PolicyDocument"]
    assert [(one["Action"], one["Resource"]) for one in document["Statement"]] == [("sagemaker:InvokeEndpoint", ARN)]


def test_a_request_is_signed_in_the_roles_session(asks: Any, sandbox: Sandbox) -> None:
    """For SageMaker in the project's region."""
    headers = asks.sign(f"{sandbox.url}/endpoints/live/invocations", json.dumps({"instances": []}))
    assert f"Credential={asks.credentials.access_key}/" in headers["Authorization"]
    assert f"/{REGION}/sagemaker/aws4_request" in headers["Authorization"]
    assert headers["X-Amz-Security-Token"] == asks.credentials.token


def test_another_body_has_another_signature(asks: Any, sandbox: Sandbox) -> None:
    """What is signed is what is sent."""
    url = f"{sandbox.url}/endpoints/live/invocations"
    assert asks.sign(url, "1")["Authorization"] != asks.sign(url, "2")["Authorization"]


def test_removed_it_is_gone(sandbox: Sandbox) -> None:
    """Nothing of it is left."""
    iam = sandbox.client("iam")
    caller.make(iam, sandbox.client("sts"), "123456789012", REGION, ARN)
    caller.remove(iam)
    assert caller.NAME not in [role["RoleName"] for role in iam.list_roles()["Roles"]]
