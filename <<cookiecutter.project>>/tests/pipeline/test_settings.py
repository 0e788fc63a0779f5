"""Settings are what the stacks publish."""

import json
from pathlib import Path

import pytest

from pipeline import names, settings
from pipeline.errors import UserError

from .conftest import SERVICE, place


@pytest.mark.usefixtures("cloud")
def test_a_published_service_is_read() -> None:
    """Each environment has its own."""
    assert settings.service("staging").endpoint == "flights-staging"


def test_a_key_of_a_later_stack_is_ignored() -> None:
    """A stack may publish more than today's verbs read."""
    found = settings.parse(settings.Storage, "name", json.dumps({"bucket": "b", "other": 1}))
    assert found == settings.Storage(bucket="b")


def test_a_missing_key_is_named() -> None:
    """The sentence says which parameter lacks which key."""
    with pytest.raises(UserError, match="the parameter /flights/staging/service has no key endpoint"):
        settings.parse(settings.Service, "/flights/staging/service", json.dumps(SERVICE))


@pytest.mark.usefixtures("project")
def test_a_parameter_that_is_missing_names_its_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment without its stack is the service stack's to make."""
    monkeypatch.setattr("pipeline.aws.find", lambda *_, **__: None)
    monkeypatch.setattr("pipeline.aws.client", lambda _: type("Ssm", (), {"get_parameter": None}))
    with pytest.raises(UserError, match="apply the service stack first"):
        settings.service("staging")


def test_containers_without_subnets_have_no_vpc() -> None:
    """SageMaker refuses an empty list of subnets."""
    assert settings.Network().vpc == {}


REGISTRY_ELSEWHERE = names.Project(
    name="flights",
    description="",
    github_owner="somebody",
    region="eu-west-1",
    owner_email="",
    accounts={"registry": "111111111111"},
)


def test_credentials_of_another_account_are_refused() -> None:
    """Both accounts are named, and what to do."""
    why = settings.elsewhere(REGISTRY_ELSEWHERE, "registry", lambda: "222222222222")
    assert why and "reach account 222222222222, but project.toml puts registry into 111111111111" in why


@pytest.mark.parametrize(("part", "here"), [("registry", "111111111111"), ("staging", "222222222222")])
def test_the_named_account_and_an_unnamed_one_are_accepted(part: str, here: str) -> None:
    """What project.toml does not name is where the credentials are."""
    assert settings.elsewhere(REGISTRY_ELSEWHERE, part, lambda: here) is None


@pytest.mark.usefixtures("cloud")
def test_a_parameter_of_another_account_is_not_looked_for(project: Path) -> None:
    """Otherwise the sentence would be that the stack is missing."""
    place(project, staging="222222222222")
    with pytest.raises(UserError, match="puts staging into 222222222222"):
        settings.service("staging")
