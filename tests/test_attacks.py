"""What must be denied, each beside what is allowed instead, in an account that the real programs made."""

import contextlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from account import HERE, refusal
from besieged import NUMBERS, REGION, Besieged
from botocore.exceptions import WaiterError
from pipeline import names
from sandbox.access.issuer import Job

TOKEN = ("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
PROGRAM = "import os, pathlib; pathlib.Path(os.environ['ML_ROOT'], 'model', 'm').write_text('m')"


def test_a_fork_of_its_own_gets_in_nowhere(besieged: Besieged) -> None:
    """A workflow that runs in the fork has a token of the fork; one of this repository's pull requests may look."""
    own, forked = besieged.job(event="pull_request"), Job(repository="stranger/flight-delays", event="pull_request")

    assert refusal(besieged.account.take, project=besieged.one, purpose="ci-preview", job=forked) == TOKEN
    assert besieged.account.take(besieged.one, "ci-preview", own)


@pytest.mark.parametrize("purpose", ["ci-retrain", "ci-infra", "ci-release-production", "ci-rollback-production"])
def test_a_pull_request_takes_no_other_role(besieged: Besieged, purpose: str) -> None:
    """Nor may one from a fork: it runs in this repository, so a token, if GitHub gave it one, would say the same."""
    job = besieged.job(event="pull_request", ref="refs/pull/1/merge")

    assert refusal(besieged.account.take, project=besieged.one, purpose=purpose, job=job) == TOKEN
    assert besieged.account.take(besieged.one, "ci-preview", job)


def test_a_pull_request_sees_state_and_no_data(besieged: Besieged) -> None:
    """It reads what a preview reads, and writes nothing."""
    s3 = besieged.client("s3", "ci-preview", besieged.job(event="pull_request"))
    state = {
        "Bucket": f"mlops-pulumi-state-{HERE}-{REGION}",
        "Key": f"{besieged.one.name}/.pulumi/stacks/{besieged.one.name}-platform/platform.json",
    }
    data = {"Bucket": names.bucket(besieged.one, HERE), "Key": "data/rows"}
    for each in (state, data):
        besieged.account.client("s3").put_object(**each, Body=b"{}")

    assert refusal(s3.put_object, **state, Body=b"{}")[0] == "AccessDenied"
    assert refusal(s3.get_object, **data)[0] == "AccessDenied"
    assert s3.get_object(**state)


def test_a_pull_requests_report_sees_metrics_and_neither_data_nor_models(besieged: Besieged) -> None:
    """Nor does it write what the next one would believe."""
    s3 = besieged.client("s3", "ci-report", besieged.job(event="pull_request"))
    bucket = names.bucket(besieged.one, HERE)
    metrics, data, model = (
        {"Bucket": bucket, "Key": key}
        for key in ("evaluations/a/evaluation.json", "data/rows", "models/a/model.tar.gz")
    )
    for each in (metrics, data, model):
        besieged.account.client("s3").put_object(**each, Body=b"{}")

    assert refusal(s3.put_object, **metrics, Body=b"{}")[0] == "AccessDenied"
    assert refusal(s3.get_object, **data)[0] == "AccessDenied"
    assert refusal(s3.get_object, **model)[0] == "AccessDenied"
    assert s3.get_object(**metrics)


def test_another_repository_gets_in_nowhere(besieged: Besieged) -> None:
    """Also one of the same owner, on its main."""
    other = replace(besieged.job(), repository=f"{besieged.one.github_owner}/another")

    assert refusal(besieged.account.take, project=besieged.one, purpose="ci-retrain", job=other) == TOKEN
    assert besieged.account.take(besieged.one, "ci-retrain", besieged.job())


@pytest.mark.parametrize("numbers", [{"owner_id": 1, "repository_id": 2}, {"owner_id": 4711, "repository_id": 2}, {}])
def test_a_repository_that_took_over_the_name_gets_in_nowhere(besieged: Besieged, numbers: dict[str, int]) -> None:
    """The same name with other numbers, or with none, is another repository."""
    same = besieged.job(project=besieged.two, **numbers)

    assert refusal(besieged.account.take, project=besieged.two, purpose="ci-retrain", job=same) == TOKEN
    assert besieged.account.take(besieged.two, "ci-retrain", replace(same, **NUMBERS))


@pytest.mark.parametrize("environment", ["production", ""])
def test_a_branch_does_not_release(besieged: Besieged, environment: str) -> None:
    """A branch other than main gets no release role, whether its job names the environment or not."""
    branch = besieged.job(environment, ref="refs/heads/change")

    assert refusal(besieged.account.take, project=besieged.one, purpose="ci-release-production", job=branch) == TOKEN
    assert besieged.account.take(besieged.one, "ci-release-production", besieged.job("production"))


def test_main_without_the_environment_does_not_release(besieged: Besieged) -> None:
    """Main alone is not approved; the environment is where people approve."""
    job = besieged.job()

    assert refusal(besieged.account.take, project=besieged.one, purpose="ci-release-production", job=job) == TOKEN


@pytest.fixture(scope="module")
def train(besieged: Besieged, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], dict[str, Any]]:
    """`train(name, bucket)` is what became of a training job of the first project with data of that bucket."""
    here, own = besieged.one, names.bucket(besieged.one, HERE)
    registry = f"{HERE}.dkr.ecr.{REGION}.amazonaws.com"
    image = f"{registry}/{names.repository(here, 'train')}:attacks"
    besieged.account.push(image, PROGRAM, tmp_path_factory.mktemp("image"))
    sagemaker = besieged.client("sagemaker", "ci-retrain", besieged.job())

    def ended(name: str, bucket: str) -> dict[str, Any]:
        besieged.account.client("s3").put_object(Bucket=bucket, Key="data/rows", Body=b"rows")
        source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/data/"}
        job = f"{here.name}-train-{name}"
        sagemaker.create_training_job(
            TrainingJobName=job,
            RoleArn=names.role_arn(here, HERE, "train"),
            AlgorithmSpecification={"TrainingImage": image, "TrainingInputMode": "File"},
            InputDataConfig=[{"ChannelName": "data", "DataSource": {"S3DataSource": source}}],
            OutputDataConfig={"S3OutputPath": f"s3://{own}/models/"},
            ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
            StoppingCondition={"MaxRuntimeInSeconds": 600},
        )
        waiter = sagemaker.get_waiter("training_job_completed_or_stopped")
        with contextlib.suppress(WaiterError):  # it failed: the description says so
            waiter.wait(TrainingJobName=job, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
        return sagemaker.describe_training_job(TrainingJobName=job)

    return ended


def test_a_job_reads_its_own_bucket_alone(besieged: Besieged, train: Callable[[str, str], dict[str, Any]]) -> None:
    """A training job that is given another project's data fails, and says what it may not."""
    theirs = names.bucket(besieged.two, HERE)

    denied, own = train("theirs", theirs), train("own", names.bucket(besieged.one, HERE))

    assert denied["TrainingJobStatus"] == "Failed"
    assert f"perform: s3:ListBucket on resource: arn:aws:s3:::{theirs} because no identity" in denied["FailureReason"]
    assert own["TrainingJobStatus"] == "Completed", own.get("FailureReason")


@pytest.mark.parametrize("operation", ["get_object", "put_object"])
def test_a_projects_state_is_its_own(besieged: Besieged, operation: str) -> None:
    """The role that runs `pulumi up` neither reads nor writes another project's state."""
    s3 = besieged.client("s3", "ci-infra", besieged.job("infra"))
    bucket = f"mlops-pulumi-state-{HERE}-{REGION}"

    def key(project: names.Project) -> str:
        return f"{project.name}/.pulumi/stacks/{project.name}-platform/platform.json"

    besieged.account.client("s3").put_object(Bucket=bucket, Key=key(besieged.one), Body=b"{}")
    code, message = refusal(getattr(s3, operation), Bucket=bucket, Key=key(besieged.two))

    assert code == "AccessDenied"
    action = {"get_object": "s3:GetObject", "put_object": "s3:PutObject"}[operation]
    assert f"perform: {action} on resource: arn:aws:s3:::{bucket}/{key(besieged.two)} because no identity" in message
    assert getattr(s3, operation)(Bucket=bucket, Key=key(besieged.one))


def test_the_ledger_is_not_deleted(besieged: Besieged) -> None:
    """The role that looks after it does not take it away."""
    dynamodb = besieged.client("dynamodb", "ci-infra-production", besieged.job("infra-production"))
    table = names.ledger(besieged.one, "production")

    code, message = refusal(dynamodb.delete_table, TableName=table)

    assert code == "AccessDeniedException"
    assert "because no identity-based policy allows the dynamodb:DeleteTable action" in message
    assert dynamodb.describe_table(TableName=table)


def test_a_cause_is_claimed_by_who_retrains_and_taken_back_by_nobody(besieged: Besieged) -> None:
    """Whoever releases or looks after production starts nothing by it, and stops nothing."""
    claim = {"Bucket": names.bucket(besieged.one, HERE), "Key": "triggers/a.json"}
    retrain = besieged.client("s3", "ci-retrain", besieged.job())
    others = [
        besieged.client("s3", "ci-monitor-production", besieged.job()),
        besieged.client("s3", "ci-release-production", besieged.job("production")),
    ]

    denied = [refusal(one.put_object, **claim, Body=b"{}", IfNoneMatch="*") for one in others]
    assert retrain.put_object(**claim, Body=b"{}", IfNoneMatch="*")
    again = refusal(retrain.put_object, **claim, Body=b"{}", IfNoneMatch="*")
    denied.append(refusal(retrain.delete_object, **claim))

    assert {code for code, _ in denied} == {"AccessDenied"}
    assert again[0] == "PreconditionFailed"


def test_the_state_bucket_is_not_deleted(besieged: Besieged) -> None:
    """Nor does the role that writes in it take the bucket away."""
    s3 = besieged.client("s3", "ci-infra", besieged.job("infra"))
    bucket = f"mlops-pulumi-state-{HERE}-{REGION}"

    code, message = refusal(s3.delete_bucket, Bucket=bucket)

    assert code == "AccessDenied"
    assert "perform: s3:DeleteBucket" in message and "with an explicit deny in a permissions boundary" in message
    assert s3.list_objects_v2(Bucket=bucket, Prefix=f"{besieged.one.name}/")


def test_a_bucket_takes_no_plain_http(besieged: Besieged) -> None:
    """Not even from an administrator, who comes in by TLS."""
    bucket = names.bucket(besieged.one, HERE)
    call = {"Bucket": bucket, "Key": "data/a", "Body": b""}
    plain = besieged.account.client("s3", url=besieged.account.environment["SANDBOX_INSECURE_URL"])

    code, message = refusal(plain.put_object, **call)

    assert code == "AccessDenied"
    assert "with an explicit deny in a resource-based policy" in message
    assert besieged.account.client("s3").put_object(**call)
