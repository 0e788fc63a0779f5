"""sandbox.access.behalf: what AWS does under a role, or as a service, needs the role's or the resource's policy."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from conftest import REGION, Sandbox, make_role, policy, until
from hosted import Account, account

HOME = "123456789012"
PULL = [
    "ecr:GetAuthorizationToken",
    "ecr:BatchCheckLayerAvailability",
    "ecr:GetDownloadUrlForLayer",
    "ecr:BatchGetImage",
]
LOGS = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
S3 = ["s3:ListBucket", "s3:GetObject", "s3:PutObject"]
ALL = [*PULL, *LOGS, *S3, "cloudwatch:PutMetricData"]
PROGRAM = """
import os, pathlib, boto3
root = pathlib.Path(os.environ["ML_ROOT"])
if "AWS_ACCESS_KEY_ID" in os.environ:
    print("I am", boto3.client("sts").get_caller_identity()["Arn"])
else:
    print("I am nobody")
(root / "processing/output/done").write_text("done")
"""
Job = Callable[..., Any]


def allow(*actions: str) -> dict[str, Any]:
    """An Allow of actions, on everything."""
    return {"Effect": "Allow", "Action": list(actions), "Resource": "*"}


@pytest.fixture(scope="module")
def run(sandbox: Sandbox, bucket: str, image: Any) -> Job:
    """`run(name, actions, **request)` is what became of a job whose role may do `actions`."""
    uri = image("behalf", PROGRAM)
    sandbox.client("s3").put_object(Bucket=bucket, Key="behalf/in/a.txt", Body=b"a")
    sagemaker = sandbox.client("sagemaker")

    def ended(name: str, actions: list[str], cluster: dict[str, Any] | None = None, **more: Any) -> Any:
        role = f"arn:aws:iam::{HOME}:role/behalf/{name}"
        make_role(sandbox.client("iam"), role, allow(*actions))
        sides = [
            {"S3Uri": f"s3://{bucket}/behalf/{way}/", "LocalPath": f"/opt/ml/processing/{way}put"}
            for way in ("in", "out")
        ]
        source = sides[0] | {"S3DataType": "S3Prefix", "S3InputMode": "File"}
        output = sides[1] | {"S3UploadMode": "EndOfJob"}
        machine = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}
        sagemaker.create_processing_job(
            ProcessingJobName=name,
            AppSpecification={"ImageUri": uri},
            RoleArn=role,
            ProcessingInputs=[{"InputName": "in", "S3Input": source}],
            ProcessingOutputConfig={"Outputs": [{"OutputName": "out", "S3Output": output}]},
            ProcessingResources={"ClusterConfig": machine | (cluster or {})},
            **more,
        )

        def done() -> Any:
            job = sagemaker.describe_processing_job(ProcessingJobName=name)
            return job if job["ProcessingJobStatus"] != "InProgress" else None

        return until(done, 20)

    return ended


def without(*actions: str) -> list[str]:
    """All that a job needs, but these."""
    return [action for action in ALL if action not in actions]


def said(sandbox: Sandbox, name: str) -> list[str]:
    """What a job printed."""
    logs = sandbox.client("logs")
    found = logs.filter_log_events(logGroupName="/aws/sagemaker/ProcessingJobs", logStreamNamePrefix=f"{name}/")
    return [event["message"] for event in found["events"] if event["logStreamName"].startswith(f"{name}/")]


def test_a_job_does_what_its_role_may(sandbox: Sandbox, run: Job) -> None:
    """And its program is the role's session."""
    assert run("behalf-all", ALL)["ProcessingJobStatus"] == "Completed"
    assert said(sandbox, "behalf-all") == [f"I am arn:aws:sts::{HOME}:assumed-role/behalf-all/SageMaker"]


def test_an_isolated_job_has_no_credentials(sandbox: Sandbox, run: Job) -> None:
    """Its data come and go all the same."""
    job = run("behalf-isolated", ALL, NetworkConfig={"EnableNetworkIsolation": True})
    assert job["ProcessingJobStatus"] == "Completed"
    assert said(sandbox, "behalf-isolated") == ["I am nobody"]


@pytest.mark.parametrize(
    ("action", "stage"),
    [
        ("ecr:GetAuthorizationToken", "does not have GetAuthorizationToken permission for the image"),
        ("ecr:BatchGetImage", "does not have BatchGetImage permission for the image"),
        ("ecr:GetDownloadUrlForLayer", "does not have GetDownloadUrlForLayer permission for the image"),
        ("ecr:BatchCheckLayerAvailability", "does not have BatchCheckLayerAvailability permission for the image"),
        ("s3:ListBucket", "Data download failed"),
        ("s3:GetObject", "Data download failed"),
        ("s3:PutObject", "Artifact upload failed"),
    ],
)
def test_a_missing_permission_fails_the_job(run: Job, action: str, stage: str) -> None:
    """With a reason that names the action and the role."""
    name = "behalf-no-" + action.replace(":", "-")
    job = run(name, without(action))
    assert job["ProcessingJobStatus"] == "Failed"
    assert all(text in job["FailureReason"] for text in (stage, action, name))


@pytest.mark.parametrize("action", ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"])
def test_a_missing_permission_for_logs_loses_the_log(sandbox: Sandbox, run: Job, action: str) -> None:
    """The job completes."""
    name = "behalf-no-" + action.replace(":", "-")
    assert run(name, without(action))["ProcessingJobStatus"] == "Completed"
    assert said(sandbox, name) == []


def test_a_missing_permission_for_metrics_is_recorded(sandbox: Sandbox, run: Job) -> None:
    """And does no harm."""
    assert run("behalf-unmeasured", without("cloudwatch:PutMetricData"))["ProcessingJobStatus"] == "Completed"
    lines = map(json.loads, (sandbox.folder / "decisions.jsonl").read_text().splitlines())
    denied = [line["action"] for line in lines if line["role"].endswith("/behalf-unmeasured") and not line["allowed"]]
    assert denied == ["cloudwatch:PutMetricData"]


@pytest.mark.parametrize("action", ["ec2:CreateNetworkInterface", "ec2:DescribeVpcs"])
def test_a_vpc_needs_network_interfaces(run: Job, action: str) -> None:
    """In its subnets, with its security groups."""
    vpc = {"NetworkConfig": {"VpcConfig": {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}}}
    names = [
        "CreateNetworkInterface", "CreateNetworkInterfacePermission", "DeleteNetworkInterface",
        "DeleteNetworkInterfacePermission", "DescribeDhcpOptions", "DescribeNetworkInterfaces",
        "DescribeSecurityGroups", "DescribeSubnets", "DescribeVpcs",
    ]  # fmt: skip
    every = [f"ec2:{name}" for name in names]
    word = action.replace(":", "-")
    assert run(f"behalf-{word}", [*ALL, *every], **vpc)["ProcessingJobStatus"] == "Completed"
    rest = [each for each in every if each != action]
    assert action in run(f"behalf-no-{word}", [*ALL, *rest], **vpc)["FailureReason"]


def test_an_encrypted_volume_needs_its_key(sandbox: Sandbox, run: Job) -> None:
    """SageMaker makes a grant on it."""
    key = sandbox.client("kms").create_key()["KeyMetadata"]["Arn"]
    cluster = {"VolumeKmsKeyId": key}
    assert "kms:CreateGrant" in run("behalf-no-grant", ALL, cluster)["FailureReason"]
    assert run("behalf-grant", [*ALL, "kms:CreateGrant"], cluster)["ProcessingJobStatus"] == "Completed"


@pytest.mark.parametrize("name", ["absent", "nobody", "elsewhere"])
def test_a_role_that_sagemaker_may_not_take_is_refused(sandbox: Sandbox, name: str) -> None:
    """One that does not exist, trusts another service, or trusts it for another account."""
    arn, iam = f"arn:aws:iam::{HOME}:role/behalf-{name}", sandbox.client("iam")
    service = "sagemaker.amazonaws.com" if name == "elsewhere" else "ec2.amazonaws.com"
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    condition = {"Condition": {"StringEquals": {"aws:SourceAccount": "999999999999"}}}
    if name != "absent":
        iam.create_role(RoleName=f"behalf-{name}", AssumeRolePolicyDocument=policy(trust | condition))
    with pytest.raises(ClientError, match=f"ValidationException.*Could not assume role {arn}. Please ensure") as caught:
        container = {"Image": "registry/toy:1"}
        sandbox.client("sagemaker").create_model(
            ModelName=f"behalf-{name}", PrimaryContainer=container, ExecutionRoleArn=arn
        )
    assert "allows principal 'sagemaker.amazonaws.com' to assume the role" in str(caught.value)


@pytest.fixture(scope="module")
def toys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """A sandbox with the toy server, and its bucket."""
    with account(tmp_path_factory.mktemp("behalf"), speed=600) as made:
        place = {"LocationConstraint": REGION}
        made.world.client("s3").create_bucket(Bucket="behalf-toys", CreateBucketConfiguration=place)
        yield made


def test_an_endpoint_reads_its_model_under_its_role(toys: Account) -> None:
    """It fails with a reason that names action and role."""
    role = f"arn:aws:iam::{HOME}:role/behalf-blind"
    make_role(toys.world.client("iam"), role, allow(*LOGS))
    container = {"Image": "registry/toy:1", "ModelDataUrl": "s3://behalf-toys/model.tar.gz"}
    toys.sagemaker.create_model(ModelName="behalf-blind", PrimaryContainer=container, ExecutionRoleArn=role)
    variant = {
        "VariantName": "live",
        "ModelName": "behalf-blind",
        "InitialInstanceCount": 1,
        "InstanceType": "ml.m5.large",
    }
    toys.sagemaker.create_endpoint_config(EndpointConfigName="behalf-blind", ProductionVariants=[variant])
    ended = toys.endpoint("behalf-blind", "behalf-blind")
    assert ended["EndpointStatus"] == "Failed"
    assert all(text in ended["FailureReason"] for text in ("s3://behalf-toys/model.tar.gz", role, "s3:GetObject"))


def test_a_rollbacks_alarms_are_described_under_the_new_fleets_role(toys: Account) -> None:
    """Without permission the update is rolled back before it begins."""
    role = f"arn:aws:iam::{HOME}:role/behalf-deaf"
    make_role(toys.world.client("iam"), role, allow(*LOGS))
    toys.endpoint("behalf-watched", toys.config("behalf-blue", count=2))
    alarm = toys.alarm("behalf-alarm", "behalf-watched", "behalf-green")
    toys.update("behalf-watched", toys.config("behalf-green", count=2, role=role), alarm)
    ended = toys.settled("behalf-watched")
    assert ended["EndpointConfigName"] == "behalf-blue"
    assert all(text in ended["FailureReason"] for text in ("cloudwatch:DescribeAlarms", "behalf-deaf", alarm))


@pytest.fixture
def alarmed(toys: Account) -> Callable[[str], str]:
    """`alarmed(topic)` puts an alarm with that topic into ALARM; what its history says of the action."""

    def told(topic: str) -> str:
        name = toys.alarm("behalf-" + topic.rpartition(":")[2], "nowhere", "none", AlarmActions=[topic])
        toys.cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="test")
        asked = {"AlarmName": name, "HistoryItemType": "Action"}
        (item,) = toys.cloudwatch.describe_alarm_history(**asked)["AlarmHistoryItems"]
        return str(item["HistorySummary"])

    return told


def test_an_alarm_needs_its_topics_policy(toys: Account, alarmed: Callable[[str], str]) -> None:
    """It publishes as a service."""
    sns = toys.world.client("sns")
    topic = sns.create_topic(Name="behalf-topic")["TopicArn"]
    may = {"Effect": "Allow", "Principal": {"Service": "cloudwatch.amazonaws.com"}, "Action": "sns:Publish"}
    other = may | {"Resource": topic, "Condition": {"StringEquals": {"aws:SourceAccount": "999999999999"}}}
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy(other))
    assert "not authorized to perform: sns:Publish" in alarmed(topic)
    own = may | {"Resource": topic, "Condition": {"StringEquals": {"aws:SourceAccount": HOME}}}
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy(own))
    toys.cloudwatch.delete_alarms(AlarmNames=["behalf-behalf-topic"])


def test_an_alarm_needs_its_topics_key(toys: Account, alarmed: Callable[[str], str]) -> None:
    """Its policy must let CloudWatch in, beside the account."""
    sns, kms = toys.world.client("sns"), toys.world.client("kms")
    root = {"Effect": "Allow", "Principal": {"AWS": HOME}, "Action": "kms:*", "Resource": "*"}
    service = {"Service": "cloudwatch.amazonaws.com"}
    use = {"Effect": "Allow", "Principal": service, "Action": ["kms:Decrypt", "kms:GenerateDataKey*"], "Resource": "*"}
    for name, statements in (("shut", [root]), ("open", [root, use])):
        key = kms.create_key(Policy=policy(*statements))["KeyMetadata"]["KeyId"]
        topic = sns.create_topic(Name=f"behalf-{name}", Attributes={"KmsMasterKeyId": key})["TopicArn"]
        summary = alarmed(topic)
        assert ("kms:Decrypt" in summary) == (name == "shut"), summary
        assert summary.startswith("Successfully") == (name == "open"), summary
