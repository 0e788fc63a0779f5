"""A stack is applied to a sandbox, adopted, refused and removed."""

import contextvars
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import ROLE

from sandbox.stacks import apply
from sandbox.stacks.apply import RefusedError
from sandbox.stacks.calls import CallError
from sandbox.stacks.program import SettingsError

# pulumi_aws warns of classes when their module is imported; a failed program leaves coroutines behind
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:pulumi_aws"),
    pytest.mark.filterwarnings("ignore:coroutine:RuntimeWarning"),
]

TOPIC = "aws.sns.Topic('t', name='{name}')\n"
QUEUE = """
["aws:sqs/queue:Queue"]
service = "sqs"
create = [{ operation = "create_queue", rename = { name = "QueueName" } }]
id = "response.QueueUrl"
read = { operation = "get_queue_attributes", members = { QueueUrl = "id" } }
delete = [{ operation = "delete_queue", members = { QueueUrl = "id" } }]
"""
BUCKET = "aws.s3.Bucket('b', bucket='{name}')\n"


class Stack:
    """A stack of one project of its own."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        folder.mkdir(exist_ok=True)
        (folder / "Pulumi.yaml").write_text(f"name: {name}\nruntime: python\n")
        (folder / "Pulumi.dev.yaml").write_text("config:\n  aws:region: eu-west-1\n")

    def up(self, source: str) -> dict[str, Any]:
        """Apply `source`; `{name}` in it is the project's name."""
        text = "import pulumi\nimport pulumi_aws as aws\n" + source.replace("{name}", self.name)
        (self.folder / "__main__.py").write_text(text)
        return contextvars.copy_context().run(apply.up, self.folder, "dev")

    def destroy(self, unprotect: bool = False) -> list[str]:
        """What was removed."""
        return apply.destroy(self.folder, "dev", unprotect)["deleted"]


@pytest.fixture
def stack(sandbox: Any, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """A stack named after the test."""
    for name, value in sandbox.environment.items():
        if name.startswith(("AWS_", "SANDBOX_")):
            monkeypatch.setenv(name, value)
    return Stack(tmp_path / "program", request.node.name.removeprefix("test_").replace("_", "-")[:40])


def topics(client: Callable[..., Any], stack: Stack) -> int:
    """How many topics have the stack's name."""
    return sum(one["TopicArn"].endswith(f":{stack.name}") for one in client("sns").list_topics()["Topics"])


def test_what_is_absent_is_created(stack: Stack, client: Callable[..., Any]) -> None:
    """On AWS, too."""
    assert stack.up(TOPIC)["created"] == [f"topic {stack.name}"]
    assert topics(client, stack) == 1


def test_what_is_unchanged_is_adopted(stack: Stack) -> None:
    """A second run makes nothing, and what is new is added."""
    stack.up(TOPIC)
    again = stack.up(TOPIC + "aws.sns.Topic('more', name='{name}-more')\n")
    assert (again["created"], again["adopted"]) == ([f"topic {stack.name}-more"], [f"topic {stack.name}"])


def test_what_is_gone_is_made_again(stack: Stack, client: Callable[..., Any]) -> None:
    """Somebody has deleted it since."""
    source = "aws.ssm.Parameter('p', name='/{name}', type='String', value='x')"
    stack.up(source)
    client("ssm").delete_parameter(Name=f"/{stack.name}")
    assert stack.up(source)["created"] == [f"parameter /{stack.name}"]
    assert client("ssm").get_parameter(Name=f"/{stack.name}")["Parameter"]["Value"] == "x"
    assert stack.up(source)["created"] == []


def test_what_never_got_ready_is_made_again(stack: Stack, client: Callable[..., Any]) -> None:
    """The failed one goes first: AWS gives a name once."""
    sagemaker = client("sagemaker")
    image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/none:1"
    variant = {"VariantName": "v", "ModelName": stack.name, "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
    sagemaker.create_model(ModelName=stack.name, PrimaryContainer={"Image": image}, ExecutionRoleArn=ROLE)
    sagemaker.create_endpoint_config(EndpointConfigName=stack.name, ProductionVariants=[variant])
    source = "aws.sagemaker.Endpoint('e', name='{name}', endpoint_config_name='{name}')"
    for _ in range(2):
        with pytest.raises(CallError, match=f"endpoint {stack.name}: (?!.*existing)"):
            stack.up(source)
    assert stack.destroy() == [f"endpoint {stack.name}"]


def test_a_projects_own_kind_is_made(stack: Stack, client: Callable[..., Any]) -> None:
    """By the row in kinds.toml beside the program, or a folder up."""
    source = "aws.sqs.Queue('q', name='{name}')"
    with pytest.raises(CallError, match=r"sqs/queue:Queue is not in the sandbox: write its row in infra/kinds\.toml"):
        stack.up(source)
    (stack.folder.parent / "kinds.toml").write_text(QUEUE)
    assert stack.up(source)["created"] == [f"queue {stack.name}"]
    assert len(client("sqs").list_queues(QueueNamePrefix=stack.name)["QueueUrls"]) == 1
    assert stack.destroy() == [f"queue {stack.name}"]


def test_what_changed_is_refused(stack: Stack) -> None:
    """The sentence names resource and property."""
    stack.up(TOPIC)
    with pytest.raises(RefusedError, match=r"topic .*: tags changed; this needs the Pulumi command"):
        stack.up("aws.sns.Topic('t', name='{name}', tags={'a': 'b'})")


def test_what_is_ignored_may_change(stack: Stack) -> None:
    """Another owner moves it."""
    source = "aws.sns.Topic('t', name='{name}', tags={'a': 'B'}, opts=pulumi.ResourceOptions(ignore_changes=['tags']))"
    stack.up(source)
    assert stack.up(source.replace("'B'", "'C'"))["adopted"] == [f"topic {stack.name}"]


def test_one_key_of_a_property_may_be_ignored(stack: Stack) -> None:
    """The others are compared."""
    ignored = "opts=pulumi.ResourceOptions(ignore_changes=['tags[\"a\"]'])"
    source = "aws.sns.Topic('t', name='{name}', tags={'a': 'B', 'z': 'Y'}, " + ignored + ")"
    stack.up(source)
    assert stack.up(source.replace("'B'", "'C'"))["adopted"] == [f"topic {stack.name}"]
    with pytest.raises(RefusedError, match="tags changed"):
        stack.up(source.replace("'Y'", "'X'"))


def test_what_left_the_program_is_refused(stack: Stack, client: Callable[..., Any]) -> None:
    """And is still there."""
    stack.up(TOPIC)
    with pytest.raises(RefusedError, match="left the program; this needs the Pulumi command"):
        stack.up("")
    assert topics(client, stack) == 1


def test_two_resources_of_one_name_are_refused(stack: Stack) -> None:
    """As the Pulumi command refuses a duplicate URN."""
    with pytest.raises(RefusedError, match="registered twice"):
        stack.up(TOPIC + TOPIC)


def test_an_error_keeps_what_was_made(stack: Stack) -> None:
    """The next run goes on from there."""
    source = (
        "t = aws.sns.Topic('t', name='{name}')\n"
        "aws.cloudwatch.Dashboard('d', dashboard_name='{name}', dashboard_body='BODY',"
        " opts=pulumi.ResourceOptions(depends_on=[t]))"
    )
    with pytest.raises(CallError, match=f"dashboard {stack.name}: "):
        stack.up(source.replace("BODY", "no json"))
    again = stack.up(source.replace("BODY", '{"widgets": []}'))
    assert (again["created"], again["adopted"]) == ([f"dashboard {stack.name}"], [f"topic {stack.name}"])


def test_a_destroy_removes_in_reverse(stack: Stack, client: Callable[..., Any]) -> None:
    """What was made last goes first, and nothing is left."""
    stack.up(
        "key = aws.kms.Key('k', deletion_window_in_days=7)\n"
        "aws.kms.Alias('a', name='alias/{name}', target_key_id=key.key_id)"
    )
    assert stack.destroy() == [f"alias alias/{stack.name}", "key k"]
    assert stack.destroy() == []
    aliases = client("kms").list_aliases()["Aliases"]
    assert [one for one in aliases if one["AliasName"] == f"alias/{stack.name}"] == []


def test_what_is_gone_already_is_no_error(stack: Stack, client: Callable[..., Any]) -> None:
    """Somebody was faster."""
    stack.up("aws.ssm.Parameter('p', name='/{name}', type='String', value='x')")
    client("ssm").delete_parameter(Name=f"/{stack.name}")
    assert stack.destroy() == [f"parameter /{stack.name}"]


def test_what_is_protected_stays(stack: Stack, client: Callable[..., Any]) -> None:
    """Nothing is removed before it is refused."""
    stack.up(TOPIC + "aws.sns.Topic('p', name='{name}-p', opts=pulumi.ResourceOptions(protect=True))\n")
    with pytest.raises(RefusedError, match=r"topic .*-p is protected: say --unprotect"):
        stack.destroy()
    assert topics(client, stack) == 1
    assert len(stack.destroy(unprotect=True)) == 2


def test_unprotect_lifts_a_tables_own_protection(stack: Stack) -> None:
    """AWS refuses to delete it before."""
    stack.up(
        "aws.dynamodb.Table('t', name='{name}', hash_key='id', attributes=[{'name': 'id', 'type': 'S'}],"
        " billing_mode='PAY_PER_REQUEST', deletion_protection_enabled=True,"
        " opts=pulumi.ResourceOptions(protect=True))"
    )
    assert stack.destroy(unprotect=True) == [f"table {stack.name}"]


def test_a_bucket_with_objects_stays(stack: Stack, client: Callable[..., Any]) -> None:
    """As on AWS."""
    stack.up(BUCKET)
    client("s3").put_object(Bucket=stack.name, Key="a", Body=b"a")
    with pytest.raises(CallError, match=f"bucket {stack.name}: it still holds objects"):
        stack.destroy()


def test_a_stack_reads_anothers_outputs(stack: Stack, tmp_path: Path) -> None:
    """Once that one is up."""
    other = Stack(tmp_path / "other", f"{stack.name}-other")
    source = f"pulumi.export('got', pulumi.StackReference('organization/{other.name}/dev').require_output('x'))"
    with pytest.raises(CallError, match=f"the stack {other.name}/dev is not up"):
        stack.up(source)
    other.up("pulumi.export('x', 'y')")
    assert stack.up(source)["outputs"] == {"got": "y"}


def test_a_program_looks_up_parameters(stack: Stack, client: Callable[..., Any]) -> None:
    """None at first, which is no error."""
    source = "pulumi.export('found', aws.ssm.get_parameters_by_path(path='/{name}').values)"
    assert stack.up(source)["outputs"] == {"found": []}
    client("ssm").put_parameter(Name=f"/{stack.name}/a", Value="1", Type="String")
    assert stack.up(source)["outputs"] == {"found": ["1"]}


def test_an_unknown_lookup_is_refused_by_name(stack: Stack) -> None:
    """Never a made-up answer."""
    with pytest.raises(CallError, match="getAvailabilityZones is not in the sandbox"):
        stack.up("aws.get_availability_zones()")


def test_a_lookup_that_fails_is_the_programs_to_handle(stack: Stack) -> None:
    """As with the real engine."""
    source = """
try:
    aws.iam.get_policy(arn='arn:aws:iam::123456789012:policy/absent')
except Exception as error:
    raise pulumi.RunError(f'no boundary: {error}')
"""
    with pytest.raises(SettingsError, match="no boundary: NoSuchEntity"):
        stack.up(source)


@pytest.mark.parametrize("url", ["", "https://sns.eu-west-1.amazonaws.com"])
def test_nothing_is_applied_anywhere_but_here(stack: Stack, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """The address must be this machine's."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    with pytest.raises(SettingsError, match="no sandbox on this machine"):
        stack.up(TOPIC)
