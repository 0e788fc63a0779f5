"""Two repositories do not share a project's names in one account."""

import json

import pytest
from sandbox.stacks.program import SettingsError
from sandbox.stacks.recording import Recording, record

from infra import claim
from pipeline import names
from tests.infra.conftest import INFRA, PROJECT, service_with

OURS = f"{PROJECT.github_owner}/{PROJECT.name}"
BEARER = names.parameter(PROJECT, "platform", "registry")


def platform(repository: str) -> Recording:
    """The platform program where a stack of `repository` has been applied."""
    parameters = {BEARER: json.dumps({"repository": repository})}
    return record(INFRA / "platform", "platform", PROJECT.region, parameters=parameters)


def test_a_name_that_another_repository_has_is_refused() -> None:
    """Before anything is made; the sentence says what to do, also where the repository has moved."""
    with pytest.raises(SettingsError) as refused:
        platform("stranger/flights")
    said = str(refused.value)
    assert f"a project {PROJECT.name} already, of stranger/flights: write another name" in said
    assert f"if the repository has moved, delete the parameter {BEARER}" in said


@pytest.mark.parametrize("repository", [OURS, OURS.upper()])
def test_the_project_itself_goes_on(repository: str) -> None:
    """GitHub does not tell capitals from small letters."""
    assert platform(repository).all("Bucket")


def test_an_environments_account_is_looked_at_as_well() -> None:
    """It may be another than the registry's."""
    value = json.dumps({"repository": "stranger/flights"})
    with pytest.raises(SettingsError, match="of stranger/flights"):
        service_with("staging", parameters={names.parameter(PROJECT, "staging", "service"): value})


def test_what_an_older_stack_has_published_claims_nothing() -> None:
    """It names no repository."""
    claim.refuse_another(PROJECT, names.REGISTRY, "111111111111", {"registry": "{}"})
