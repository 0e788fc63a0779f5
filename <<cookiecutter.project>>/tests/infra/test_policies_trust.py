"""Who may take a role."""

from dataclasses import replace

import pytest

from infra.policies import trust
from infra.policies.documents import Place, around
from pipeline import names
from tests.infra.conftest import PROJECT

GITHUB = "token.actions.githubusercontent.com"
OLD = replace(PROJECT, github_owner="acme", name="flights")
NEW = replace(OLD, github_owner_id=12, github_repository_id=345)


def place(project: names.Project) -> Place:
    """The project in one account."""
    return around(project, "111111111111")


def conditions(document: trust.Document) -> dict[str, str | list[str]]:
    """What a trust policy compares, which it compares whole."""
    (statement,) = document["Statement"]
    assert set(statement["Condition"]) == {"StringEquals"}
    return statement["Condition"]["StringEquals"]


@pytest.mark.parametrize(
    ("project", "claim", "subject"),
    [
        (OLD, "pull_request", "repo:acme/flights:pull_request"),
        (NEW, "pull_request", "repo:acme@12/flights@345:pull_request"),
        (OLD, "environment:production", "repo:acme/flights:environment:production"),
        (NEW, "environment:production", "repo:acme@12/flights@345:environment:production"),
        (OLD, "ref:refs/heads/main", "repo:acme/flights:ref:refs/heads/main"),
        (NEW, "ref:refs/heads/main", "repo:acme@12/flights@345:ref:refs/heads/main"),
    ],
)
def test_a_subject_has_the_form_of_its_repository(project: names.Project, claim: str, subject: str) -> None:
    """With numbers when the project knows them."""
    assert trust.subject(project, claim) == subject


@pytest.mark.parametrize("project", [OLD, NEW])
def test_the_audience_is_sts(project: names.Project) -> None:
    """A token that was made for somebody else opens nothing."""
    assert conditions(trust.main(place(project), "registry"))[f"{GITHUB}:aud"] == "sts.amazonaws.com"


def test_a_job_with_an_environment_must_be_on_main() -> None:
    """Its subject names no branch, so the branch is a condition of its own."""
    asked = conditions(trust.environment(place(OLD), "production", "production"))
    assert asked[f"{GITHUB}:sub"] == "repo:acme/flights:environment:production"
    assert asked[f"{GITHUB}:ref"] == "refs/heads/main"


@pytest.mark.parametrize(("project", "number"), [(OLD, None), (NEW, "345")])
def test_a_repository_that_took_over_the_name_gets_in_nowhere(
    project: names.Project, number: str | None
) -> None:
    """The number is compared beside the subject when it is known."""
    for made in (trust.pull_request, trust.main):
        assert conditions(made(place(project), "staging")).get(f"{GITHUB}:repository_id") == number


@pytest.mark.parametrize("part", ["registry", "staging", "production"])
def test_a_preview_is_of_a_pull_request_or_on_main(part: str) -> None:
    """And of nothing else: no job with a GitHub environment, and no other branch, whose subjects differ."""
    asked = conditions(trust.workflows(place(NEW), part)["ci-preview"])
    own = "repo:acme@12/flights@345"
    assert asked[f"{GITHUB}:sub"] == [f"{own}:pull_request", f"{own}:ref:refs/heads/main"]
    assert asked[f"{GITHUB}:repository_id"] == "345"


def test_a_pull_request_is_asked_for_no_branch() -> None:
    """Its ref is the merge of the request."""
    assert f"{GITHUB}:ref" not in conditions(trust.pull_request(place(OLD), "registry"))


@pytest.mark.parametrize("part", ["registry", "staging", "production"])
def test_each_account_trusts_its_own_provider(part: str) -> None:
    """A provider of another account proves nothing here."""
    accounts = {"registry": "1" * 12, "staging": "2" * 12, "production": "3" * 12}
    (statement,) = trust.main(Place(project=OLD, accounts=accounts), part)["Statement"]
    provider = f"arn:aws:iam::{accounts[part]}:oidc-provider/{GITHUB}"
    assert statement["Principal"] == {"Federated": provider}


@pytest.mark.parametrize("purpose", ["examine", "inspect"])
def test_the_registrys_examiners_are_taken_from_productions_account(purpose: str) -> None:
    """And from no other: staging has no traffic to replay or to judge."""
    spread = Place(project=OLD, accounts={"registry": "1" * 12, "staging": "2" * 12, "production": "3" * 12})
    (statement,) = trust.workflows(spread, "registry")[purpose]["Statement"]
    assert statement["Principal"] == {"AWS": f"arn:aws:iam::{'3' * 12}:root"}


def test_sagemaker_takes_a_role_for_its_own_account_only() -> None:
    """Another account's job is nobody's deputy here."""
    (statement,) = trust.sagemaker("111111111111")["Statement"]
    assert statement["Principal"] == {"Service": "sagemaker.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "111111111111"}}


@pytest.mark.parametrize(
    ("part", "named"), [("registry", "infra"), ("staging", "infra"), ("production", "infra-production")]
)
def test_a_change_of_production_takes_an_environment_of_its_own(part: str, named: str) -> None:
    """That one has reviewers; a token of the other one does not open production's role."""
    asked = conditions(trust.workflows(place(OLD), part)["ci-infra"])
    assert asked[f"{GITHUB}:sub"] == f"repo:acme/flights:environment:{named}"
