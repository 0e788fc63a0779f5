"""Small programs under the real Pulumi command: errors, secrets, and a project's own kinds of resources."""

import pytest
from engine import Account, Engine

pytestmark = pytest.mark.slow
WORD = "open-sesame-4711"
TRUST = """\
{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
]}
"""
QUEUE = """\
queue = aws.sqs.Queue("queue", name="own", visibility_timeout_seconds=SECONDS)
pulumi.export("url", queue.url)
"""


def test_an_error_in_the_middle_resumes(engine: Engine) -> None:
    """What was made before the error stays made; the next run makes the rest."""
    source = (
        "first = aws.sns.Topic('first', name='middle')\n"
        "aws.cloudwatch.Dashboard('second', dashboard_name='middle', dashboard_body='BODY',"
        " opts=pulumi.ResourceOptions(depends_on=[first]))"
    )
    assert "Body is invalid JSON" in engine.toy("middle", source.replace("BODY", "no json")).up(fails=True)
    stack = engine.toy("middle", source.replace("BODY", '{"widgets": []}'))
    assert [(urn.rpartition("::")[2], step) for urn, step in stack.preview().items()] == [("second", "create")]
    stack.up()
    stack.unchanged("--refresh")
    stack.destroy()


def test_an_endpoint_that_fails_is_kept_and_can_be_removed(engine: Engine) -> None:
    """It is there, on AWS and in the state, though it never came into service."""
    sagemaker = engine.account.client("sagemaker")
    iam, image = engine.account.client("iam"), "123456789012.dkr.ecr.eu-west-1.amazonaws.com/none:1"
    role = iam.create_role(RoleName="broken", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    variant = {"VariantName": "v", "ModelName": "broken", "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
    sagemaker.create_model(ModelName="broken", PrimaryContainer={"Image": image}, ExecutionRoleArn=role)
    sagemaker.create_endpoint_config(EndpointConfigName="broken", ProductionVariants=[variant])
    stack = engine.toy("broken", "aws.sagemaker.Endpoint('e', name='broken', endpoint_config_name='broken')")
    stack.up(fails=True)
    (endpoint,) = [one for one in stack.resources() if one["type"] == "aws:sagemaker/endpoint:Endpoint"]
    assert (endpoint["id"], bool(endpoint["initErrors"])) == ("broken", True)
    stack.destroy()
    assert sagemaker.list_endpoints(NameContains="broken")["Endpoints"] == []
    sagemaker.delete_endpoint_config(EndpointConfigName="broken")
    sagemaker.delete_model(ModelName="broken")
    iam.delete_role(RoleName="broken")


def test_what_somebody_removed_is_made_again(engine: Engine) -> None:
    """A refresh sees that it is gone, and that something else about another was changed."""
    source = (
        "aws.ssm.Parameter('gone', name='/drift/gone', type='String', value='1')\n"
        "aws.ssm.Parameter('changed', name='/drift/changed', type='String', value='1')"
    )
    stack, ssm = engine.toy("drift", source), engine.account.client("ssm")
    stack.up()
    ssm.delete_parameter(Name="/drift/gone")
    ssm.put_parameter(Name="/drift/changed", Value="2", Overwrite=True)
    stack.up("--refresh")
    found = ssm.get_parameters_by_path(Path="/drift")["Parameters"]
    assert {one["Name"]: one["Value"] for one in found} == {"/drift/changed": "1", "/drift/gone": "1"}
    stack.destroy()


def test_a_mistake_is_refused_at_preview(engine: Engine) -> None:
    """Before anything is made, in words that name it."""
    stack = engine.toy("mistake", "aws.iam.Role('r', name='r' * 65, assume_role_policy='{}')")
    assert "length less than or equal to 64" in stack("preview", fails=True)
    engine.toy("mistake", "aws.s3.BucketVersioning('b', bucket='b', versioning_configuration={'status': 'On'})")
    assert "enum value set" in stack("preview", fails=True)
    engine.toy("mistake", "aws.ec2.Vpc('v', cidr_block='10.0.0.0/16')")
    assert "aws:ec2/vpc:Vpc is not in the sandbox" in stack("preview", fails=True)


def test_no_secret_is_readable_in_the_state(engine: Engine) -> None:
    """It reaches the account, and the state keeps it under the stack's key."""
    source = (
        "secret = pulumi.Config().require_secret('word')\n"
        "aws.ssm.Parameter('p', name='/secret', type='SecureString', value=secret)\n"
        "pulumi.export('word', secret)"
    )
    stack = engine.toy("secret", source)
    stack("config", "set", "--secret", "word", WORD)
    stack.up()
    value = engine.account.client("ssm").get_parameter(Name="/secret", WithDecryption=True)["Parameter"]["Value"]
    assert value == WORD
    kept = b"".join(file.read_bytes() for file in (engine.programs / "backend").rglob("*") if file.is_file())
    assert b"secret" in kept
    assert WORD.encode() not in kept
    stack.destroy()


def test_a_project_adds_a_kind_of_its_own(engine: Engine) -> None:
    """A row in infra/kinds.toml: the Pulumi command makes, changes and removes the resource."""
    stack = engine.toy("own", QUEUE.replace("SECONDS", "30"))
    stack.up()
    url = stack.outputs()["url"]
    engine.toy("own", QUEUE.replace("SECONDS", "60"))
    assert set(stack.preview().values()) == {"update"}
    stack.up()
    sqs = engine.account.client("sqs")
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])["Attributes"]
    assert attributes == {"VisibilityTimeout": "60"}
    stack.destroy()
    assert sqs.list_queues().get("QueueUrls", []) == []


def test_the_sandbox_takes_a_projects_own_kind_too(engine: Engine) -> None:
    """The same row, without the Pulumi command."""
    stack = engine.toy("own", QUEUE.replace("SECONDS", "30"))
    words = [str(stack.folder), "--stack", "dev"]
    account: Account = engine.account
    assert account.sandbox("up", *words)["created"] == ["queue own"]
    assert len(account.client("sqs").list_queues()["QueueUrls"]) == 1
    assert account.sandbox("destroy", *words)["deleted"] == ["queue own"]


def test_the_provider_serves_no_real_account(engine: Engine) -> None:
    """It stands where the real provider would."""
    environment = dict(engine.account.environment)
    try:
        engine.account.environment["AWS_ENDPOINT_URL"] = "https://sts.eu-west-1.amazonaws.com"
        refused = engine.account.command("sandbox", "provider", fails=True)
    finally:
        engine.account.environment.update(environment)
    assert "no sandbox on this machine" in refused.stderr
    assert refused.returncode == 2
