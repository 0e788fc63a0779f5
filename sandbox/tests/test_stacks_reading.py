"""What is there, and what somebody changed."""

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.stacks import calls
from sandbox.stacks.kinds import KINDS
from sandbox.stacks.reading import described, drifted
from sandbox.stacks.state import Made

PLACE = {"region": "eu-west-1", "account": "123456789012"}
PARAMETER, POLICY = KINDS["aws:ssm/parameter:Parameter"], KINDS["aws:iam/policy:Policy"]


@pytest.mark.parametrize(
    ("type_", "inputs"),
    [
        ("aws:sns/topic:Topic", {"name": "reading"}),
        ("aws:cloudwatch/logGroup:LogGroup", {"name": "reading"}),
        ("aws:sagemaker/modelPackageGroup:ModelPackageGroup", {"modelPackageGroupName": "reading"}),
        ("aws:kms/key:Key", {"description": "reading"}),
        ("aws:s3/bucket:Bucket", {"bucket": "reading"}),
        ("aws:ecr/repository:Repository", {"name": "reading"}),
    ],
)
def test_what_is_there_is_described_and_what_is_gone_is_not(
    client: Callable[..., Any], type_: str, inputs: dict[str, Any]
) -> None:
    """Each service says it in its own way."""
    kind = KINDS[type_]
    id_, outputs = calls.create(client, kind, inputs, PLACE)
    made = Made("urn", type_, "name", id_, inputs, outputs)
    assert described(client, kind, made, PLACE) is not None
    calls.delete(client, kind, made, PLACE)
    assert described(client, kind, made, PLACE) is None


def test_one_of_many_is_found_by_what_names_it(client: Callable[..., Any]) -> None:
    """A log group's name may begin as another's does."""
    kind = KINDS["aws:cloudwatch/logGroup:LogGroup"]
    calls.create(client, kind, {"name": "reading-longer"}, PLACE)
    assert described(client, kind, Made("urn", "", "", "reading-long", {}, {}), PLACE) is None


@pytest.mark.parametrize(
    ("given", "seen", "now"),
    [
        ({"value": "1"}, {"Value": "2"}, {"value": "2"}),
        ({"value": "1"}, {"Value": "1"}, {"value": "1"}),
        ({"overwrite": True}, {"Overwrite": "true"}, {"overwrite": True}),
        ({"value": "1"}, {"Value": ["1"]}, {"value": "1"}),
        ({"value": "1"}, {}, {"value": "1"}),
    ],
)
def test_a_scalar_that_differs_is_what_aws_says(
    given: dict[str, Any], seen: dict[str, Any], now: dict[str, Any]
) -> None:
    """However it is written; and what AWS does not say is as it was."""
    assert drifted(PARAMETER, given, seen) == now


def test_a_document_is_compared_by_what_it_says() -> None:
    """IAM answers with a structure, in an order of its own."""
    given = {"policy": '{"Version": "1", "Statement": []}'}
    assert drifted(POLICY, given, {"PolicyDocument": {"Statement": [], "Version": "1"}}) == given
    assert drifted(POLICY, given, {"PolicyDocument": {"Statement": [1]}}) == {"policy": '{"Statement": [1]}'}


def test_what_aws_answers_in_another_form_is_not_compared() -> None:
    """The row says which."""
    given = {"url": "https://example.org"}
    provider = KINDS["aws:iam/openIdConnectProvider:OpenIdConnectProvider"]
    assert drifted(provider, given, {"Url": "example.org"}) == given


def test_what_a_release_gave_an_endpoint_is_noticed() -> None:
    """Though no program gave it, and in Pulumi's words; what a program gave is not looked for."""
    kind = KINDS["aws:sagemaker/endpoint:Endpoint"]
    last = {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "errors"}]}}
    given = {"deploymentConfig": {"autoRollbackConfiguration": {"alarms": [{"alarmName": "errors"}]}}}
    assert drifted(kind, {"name": "e"}, {"LastDeploymentConfig": last}) == {"name": "e", **given}
    assert drifted(kind, {"name": "e"}, {}) == {"name": "e"}
    assert drifted(kind, {"deploymentConfig": {}}, {"LastDeploymentConfig": last}) == {"deploymentConfig": {}}
