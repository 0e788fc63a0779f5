"""The jobs' definitions and roles."""

import json

import pytest
from sandbox.stacks.recording import Recording

from pipeline import settings
from tests.infra.conftest import platform_with, published, statements

JOBS = ("train", "validate", "evaluate", "replay", "monitor", "ingest")


@pytest.mark.parametrize("kind", JOBS)
def test_the_verbs_can_read_a_definition(platform: Recording, kind: str) -> None:
    """What the stack publishes is what the verb parses."""
    document = published(platform, "platform", "jobs", kind)
    job = settings.parse(settings.Job, kind, json.dumps(document))
    assert job.role_arn == f"arn:Role-{kind}"
    assert job.kms_key_arn == "arn:Key-key"


def test_a_machine_with_local_disks_gets_no_volume_key() -> None:
    """AWS encrypts such disks itself, and refuses a key."""
    job = {
        "instance_type": "ml.m5d.large",
        "instance_count": 1,
        "volume_gb": 10,
        "max_runtime_seconds": 600,
        "spot": False,
    }
    recording = platform_with({"platform:train": json.dumps(job)})
    assert published(recording, "platform", "jobs", "train")["kms_key_arn"] is None


@pytest.mark.parametrize("kind", JOBS)
def test_only_sagemaker_for_this_account_takes_a_jobs_role(platform: Recording, kind: str) -> None:
    """The trust names the service and the account."""
    role = platform.one("Role", kind)
    (trust,) = statements(role["assumeRolePolicy"])
    assert trust["Principal"] == {"Service": "sagemaker.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}


def test_a_training_job_writes_models_and_nothing_else(platform: Recording) -> None:
    """It puts objects below models/ only."""
    writes = [
        one
        for one in statements(platform.one("RolePolicy", "train")["policy"])
        if "s3:PutObject" in one["Action"]
    ]
    assert [resource.split("/", 1)[1] for one in writes for resource in one["Resource"]] == ["models/*"]


def test_spot_training_may_wait_as_long_again_as_it_may_run() -> None:
    """AWS: the whole wait is at least the run time."""
    job = {
        "instance_type": "ml.m5.large",
        "instance_count": 1,
        "volume_gb": 10,
        "max_runtime_seconds": 600,
        "spot": True,
    }
    definition = published(platform_with({"platform:train": json.dumps(job)}), "platform", "jobs", "train")
    assert (definition["spot"], definition["max_wait_seconds"]) == (True, 1200)


def test_jobs_run_in_the_subnets_of_an_organisation() -> None:
    """The definition names them, and the role may make interfaces in them alone."""
    network = {"platform:subnets": '["subnet-0a"]', "platform:security_groups": '["sg-0b"]'}
    recording = platform_with(network)
    definition = published(recording, "platform", "jobs", "train")
    assert (definition["subnets"], definition["security_groups"]) == (["subnet-0a"], ["sg-0b"])
    made = [
        one["Resource"]
        for one in statements(recording.one("RolePolicy", "train")["policy"])
        if one["Action"] == ["ec2:CreateNetworkInterface"]
    ]
    assert [resource.rpartition(":")[2] for resource in made[0]] == [
        "subnet/subnet-0a",
        "security-group/sg-0b",
        "network-interface/*",
    ]
