"""What the provider answers to the engine's questions."""

from typing import Any

import pytest
from conftest import ROLE

from sandbox.stacks.calls import UnfinishedError
from sandbox.stacks.clients import Clients
from sandbox.stacks.kinds import KINDS
from sandbox.stacks.provider import Provider
from sandbox.stacks.state import Made
from sandbox.unknown import UNKNOWN

TOPIC, KEY, PARAMETER = "aws:sns/topic:Topic", "aws:kms/key:Key", "aws:ssm/parameter:Parameter"


@pytest.fixture
def provider(sandbox: Any, monkeypatch: pytest.MonkeyPatch) -> Provider:
    """A provider of the shared sandbox."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_CLOCK_SPEED"):
        monkeypatch.setenv(name, sandbox.environment[name])
    return Provider(KINDS, Clients(sandbox.url, "eu-west-1"))


def made(provider: Provider, type_: str, **inputs: Any) -> Made:
    """A resource that the provider has made."""
    id_, outputs = provider.create(type_, inputs, preview=False)
    return Made("urn", type_, "name", id_, inputs, outputs)


def test_a_mistake_is_refused_and_what_is_not_known_yet_is_not(provider: Provider) -> None:
    """The first in words, the second because it may turn out right."""
    assert provider.check(TOPIC, {"name": "t", "kmsMasterKeyId": UNKNOWN}) is None
    assert provider.check(TOPIC, {"nam": "t"}) == "nam has no place in create_topic: no such property"
    assert "aws:ec2/vpc:Vpc is not in the sandbox" in str(provider.check("aws:ec2/vpc:Vpc", {}))


def test_a_preview_makes_nothing(provider: Provider, client: Any) -> None:
    """What only AWS knows is unknown in it."""
    assert provider.create(TOPIC, {"name": "previewed"}, preview=True) == ("", {"name": "previewed", "arn": UNKNOWN})
    assert [one for one in client("sns").list_topics()["Topics"] if "previewed" in one["TopicArn"]] == []


def test_a_name_that_stays_must_be_free_first(provider: Provider) -> None:
    """A resource without one is made before the old one goes."""
    table = Made("urn", "aws:dynamodb/table:Table", "", "t", {"name": "t", "hashKey": "a"}, {})
    found = provider.diff(table, {"name": "t", "hashKey": "b"})
    assert (found.replaces, found.delete_first) == (("hashKey",), True)
    key = provider.diff(Made("urn", KEY, "", "k", {"keyUsage": "a"}, {}), {"keyUsage": "b"})
    assert (key.replaces, key.delete_first) == (("keyUsage",), False)
    renamed = provider.diff(table, {"name": "u", "hashKey": "a"})
    assert (renamed.replaces, renamed.delete_first) == (("name",), False)


def test_an_update_changes_what_is_there(provider: Provider, client: Any) -> None:
    """And a preview of it does not."""
    parameter = made(provider, PARAMETER, name="/provider/p", type="String", value="1", tags={"a": "1", "b": "1"})
    new = {**parameter.inputs, "value": "2", "tags": {"a": "1"}}
    provider.update(parameter, new, preview=True)
    ssm = client("ssm")
    assert ssm.get_parameter(Name="/provider/p")["Parameter"]["Value"] == "1"
    assert provider.update(parameter, new, preview=False)["value"] == "2"
    assert ssm.get_parameter(Name="/provider/p")["Parameter"]["Value"] == "2"
    tags = ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId="/provider/p")["TagList"]
    assert tags == [{"Key": "a", "Value": "1"}]


def test_a_read_tells_what_changed_and_what_is_gone(provider: Provider, client: Any) -> None:
    """The engine puts the first right, and makes the second again."""
    parameter = made(provider, PARAMETER, name="/provider/q", type="String", value="1")
    client("ssm").put_parameter(Name="/provider/q", Value="2", Overwrite=True)
    inputs, outputs = provider.read(parameter) or ({}, {})
    assert (inputs["value"], outputs["arn"]) == ("2", parameter.outputs["arn"])
    provider.delete(parameter)
    assert provider.read(parameter) is None


def test_a_resource_that_never_got_ready_is_there(provider: Provider, client: Any) -> None:
    """The engine keeps it, with its id."""
    sagemaker = client("sagemaker")
    image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/none:1"
    variant = {"VariantName": "v", "ModelName": "unready", "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
    sagemaker.create_model(ModelName="unready", PrimaryContainer={"Image": image}, ExecutionRoleArn=ROLE)
    sagemaker.create_endpoint_config(EndpointConfigName="unready", ProductionVariants=[variant])
    endpoint = {"name": "unready", "endpointConfigName": "unready"}
    with pytest.raises(UnfinishedError) as failed:
        provider.create("aws:sagemaker/endpoint:Endpoint", endpoint, preview=False)
    assert (failed.value.id, failed.value.outputs["endpointConfigName"]) == ("unready", "unready")
    provider.delete(Made("urn", "aws:sagemaker/endpoint:Endpoint", "", "unready", endpoint, failed.value.outputs))
    assert sagemaker.list_endpoints(NameContains="unready")["Endpoints"] == []
