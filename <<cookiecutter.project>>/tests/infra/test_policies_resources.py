"""Who reaches a resource from outside its account's IAM."""

import pytest

from infra.policies import resources
from infra.policies.documents import Document, Place, around
from tests.infra.conftest import PROJECT

TOGETHER = around(PROJECT, "1" * 12)
SPREAD = Place(project=PROJECT, accounts={"registry": "1" * 12, "staging": "2" * 12, "production": "3" * 12})


def admitted(document: Document | None) -> dict[str, set[str]]:
    """What roles of other accounts are admitted to, by role."""
    found: dict[str, set[str]] = {}
    for one in (document or {"Statement": []})["Statement"]:
        for role in one.get("Condition", {}).get("ArnEquals", {}).get("aws:PrincipalArn", []):
            found.setdefault(role.split(f"{PROJECT.region}-")[-1], set()).update(one["Action"])
    return found


@pytest.mark.parametrize(
    "document", [resources.bucket, resources.platform_key, resources.repository, resources.group]
)
def test_one_account_names_no_other(document: object) -> None:
    """There IAM decides alone."""
    assert admitted(document(TOGETHER)) == {}


def test_other_accounts_use_the_bucket_by_role() -> None:
    """Endpoints read models and write what they capture; nobody else reads that from outside."""
    roles = admitted(resources.bucket(SPREAD))
    assert roles["endpoint-production"] == {"s3:GetObject", "s3:PutObject"}
    assert not {"ci-monitor-production", "ci-infra-production"} & set(roles)


def test_an_environment_captures_below_its_own_prefix() -> None:
    """None writes another's traffic."""
    writes = [one for one in resources.bucket(SPREAD)["Statement"] if one["Action"] == ["s3:PutObject"]]
    for one in writes:
        (role,) = one["Condition"]["ArnEquals"]["aws:PrincipalArn"]
        assert one["Resource"][0].endswith(f"/capture/{role.rpartition('-')[2]}/*")


def test_other_accounts_decrypt_and_their_endpoints_encrypt() -> None:
    """Whoever judges them takes a role of the registry's account."""
    roles = admitted(resources.platform_key(SPREAD))
    assert roles["endpoint-staging"] == {"kms:Decrypt", "kms:GenerateDataKey"}
    assert "ci-monitor-production" not in roles


@pytest.mark.parametrize("document", [resources.bucket, resources.platform_key])
def test_a_release_reads_a_model_where_it_is_proved_by_the_contract_test(document: object) -> None:
    """In staging; production's is judged by an alarm."""
    roles = admitted(document(SPREAD))
    assert {one for one in roles if one.startswith(("ci-release", "ci-rollback"))} == {
        "ci-release-staging",
        "ci-rollback-staging",
    }


def test_only_endpoints_of_other_accounts_pull_images() -> None:
    """Jobs run where the images are."""
    assert set(admitted(resources.repository(SPREAD))) == {"endpoint-staging", "endpoint-production"}


def test_only_what_moves_or_closes_a_release_uses_the_group_from_another_account() -> None:
    """It looks versions up, and moves them."""
    roles = admitted(resources.group(SPREAD))
    assert set(roles) == {
        f"ci-{one}-{e}" for one in ("release", "rollback", "monitor") for e in ("staging", "production")
    }
    used = {f"sagemaker:{one}" for one in ("DescribeModelPackage", "ListModelPackages", "UpdateModelPackage")}
    assert [role for role, actions in roles.items() if actions != used] == []


@pytest.mark.parametrize(("environment", "stage"), [("staging", "Staging"), ("production", "Production")])
def test_another_account_moves_versions_to_its_own_stages_only(environment: str, stage: str) -> None:
    """And gives no approval, whatever that account's own policies say."""
    document = resources.group(SPREAD) or {}
    moving = [one for one in document["Statement"] if "sagemaker:UpdateModelPackage" in one["Action"]]
    [one] = [each for each in moving if environment in str(each["Condition"]["ArnEquals"])]
    assert one["Condition"]["StringEquals"] == {
        "sagemaker:ModelLifeCycle:Stage": [stage, "Archived", "Rejected"]
    }
    assert one["Condition"]["StringEqualsIfExists"] == {"sagemaker:ModelApprovalStatus": "Rejected"}


@pytest.mark.parametrize("document", [resources.environment_key, resources.topic])
def test_cloudwatch_publishes_for_this_environments_alarms_only(document: object) -> None:
    """Account and alarm are compared."""
    made = document(SPREAD, "production")["Statement"]
    (one,) = [one for one in made if one["Principal"] == {"Service": "cloudwatch.amazonaws.com"}]
    alarms = f"arn:aws:cloudwatch:{PROJECT.region}:{'3' * 12}:alarm:{PROJECT.name}-production-*"
    assert one["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "3" * 12},
        "ArnLike": {"aws:SourceArn": alarms},
    }


@pytest.mark.parametrize("document", [resources.environment_key, resources.topic])
def test_eventbridge_publishes_without_a_condition(document: object) -> None:
    """AWS documents that it sends no source, so a condition would drop its messages in silence."""
    made = document(SPREAD, "production")["Statement"]
    (one,) = [one for one in made if one["Principal"] == {"Service": "events.amazonaws.com"}]
    assert "Condition" not in one


def test_everything_without_tls_is_denied() -> None:
    """To everybody, on bucket and objects."""
    denial = resources.bucket(SPREAD)["Statement"][0]
    assert (denial["Effect"], denial["Principal"], denial["Action"]) == ("Deny", "*", "s3:*")
    assert denial["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_only_the_last_rule_of_a_lifecycle_is_about_any_image() -> None:
    """ECR wants it so: https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html."""
    rules = resources.lifecycle(30, 7)["rules"]
    assert [one["selection"]["tagStatus"] for one in rules] == ["tagged", "untagged", "any"]
    assert rules[2]["selection"]["countNumber"] == 30
