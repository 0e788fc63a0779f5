"""Tests of sandbox.faults: rules on calls, on clocks, on sessions and on metrics; fleets have theirs."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.error import HTTPError

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError
from conftest import policy, until
from hosted import Account, account
from injected import client, page, put


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """A sandbox at 60 times AWS's pace."""
    with account(tmp_path_factory.mktemp("faults"), 60) as its:
        yield its


@pytest.fixture
def aws(running: Account) -> Iterator[Account]:
    """The sandbox, without a rule before and after the test."""
    put(running, [])
    yield running
    page(running, "DELETE")


def code(call: Callable[[], Any]) -> str:
    """The error code that a call ends with."""
    with pytest.raises(ClientError) as refused:
        call()
    return str(refused.value.response["Error"]["Code"])


CALLS: list[tuple[str, str, Callable[[Any], Any]]] = [
    ("sagemaker.ListModels", "sagemaker", lambda its: its.list_models()),  # ours, JSON
    ("cloudwatch.DescribeAlarms", "cloudwatch", lambda its: its.describe_alarms()),
    ("dynamodb.ListTables", "dynamodb", lambda its: its.list_tables()),  # moto's, JSON
    ("sns.ListTopics", "sns", lambda its: its.list_topics()),  # query
    ("sts.GetCallerIdentity", "sts", lambda its: its.get_caller_identity()),
    ("s3.ListBuckets", "s3", lambda its: its.list_buckets()),  # XML
    (
        "sagemaker-runtime.InvokeEndpoint",
        "sagemaker-runtime",
        lambda its: its.invoke_endpoint(EndpointName="e", Body=b""),
    ),
]


@pytest.mark.parametrize(("operation", "service", "call"), CALLS)
def test_an_error_in_every_protocol(aws: Account, operation: str, service: str, call: Callable[[Any], Any]) -> None:
    """The client sees code, message and status of the rule, and each is counted."""
    put(aws, [{"operation": operation, "do": "error", "code": "Throttling", "message": "slow down", "status": 429}])
    with pytest.raises(ClientError, match="slow down") as refused:
        call(client(aws, service))
    answer: dict[str, Any] = {**refused.value.response}
    assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == ("Throttling", 429)
    assert page(aws)[0]["hits"] == 1


@pytest.mark.parametrize(("operation", "service", "call"), CALLS)
def test_unreachable_in_every_protocol(aws: Account, operation: str, service: str, call: Callable[[Any], Any]) -> None:
    """The connection is closed without an answer."""
    put(aws, [{"operation": operation, "do": "unreachable"}])
    with pytest.raises(ConnectionClosedError):
        call(client(aws, service))


@pytest.mark.parametrize(("when", "expected"), [("before", False), ("after", True)])
def test_an_answer_is_lost(aws: Account, when: str, expected: bool) -> None:
    """The client learns nothing, whether its call was carried out or not."""
    put(aws, [{"operation": "ssm.PutParameter", "do": "unreachable", "when": when}])
    with pytest.raises(ConnectionClosedError):
        client(aws, "ssm").put_parameter(Name=f"lost-{when}", Value="made", Type="String")
    assert made(aws, f"lost-{when}") == expected


def test_a_pattern_is_for_the_service_alone(aws: Account) -> None:
    """`dynamodb.*` takes every call of that service away and none of another's."""
    put(aws, [{"operation": "dynamodb.*", "do": "error", "code": "InternalServerError", "status": 500}])
    assert code(client(aws, "dynamodb").list_tables) == "InternalServerError"
    assert client(aws, "sagemaker").list_models()["Models"] == []


def failing(aws: Account, count: int) -> list[bool]:
    """Which of so many calls fail."""
    its, failed = client(aws, "sagemaker"), []
    for _ in range(count):
        try:
            its.list_models()
            failed.append(False)
        except ClientError:
            failed.append(True)
    return failed


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ({}, [True, True, True, True]),
        ({"nth": 2}, [False, True, False, False]),
        ({"times": 2}, [True, True, False, False]),
        ({"nth": 2, "times": 2}, [False, True, True, False]),
    ],
)
def test_which_occurrences(aws: Account, bounds: dict[str, int], expected: list[bool]) -> None:
    """`nth` is the first that fails, `times` how many do."""
    put(aws, [{"operation": "sagemaker.ListModels", "do": "error", "code": "X", **bounds}])
    assert failing(aws, 4) == expected
    assert page(aws)[0]["hits"] == 4


def test_rules_end_after_their_time(aws: Account) -> None:
    """Two minutes of AWS's time are two seconds here."""
    put(aws, [{"operation": "sagemaker.ListModels", "do": "error", "code": "X", "seconds": 120}])
    assert failing(aws, 1) == [True]
    until(lambda: page(aws)[0]["over"], 5.0)
    assert failing(aws, 1) == [False]


def role(aws: Account, name: str) -> Any:
    """A session of a new role that may do everything."""
    iam = aws.world.client("iam")
    anybody = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "sts:AssumeRole"}
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(anybody))["Role"]["Arn"]
    every = policy({"Effect": "Allow", "Action": "*", "Resource": "*"})
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=every)
    given = client(aws, "sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
    return {"key": given["AccessKeyId"], "token": given["SessionToken"]}


@pytest.mark.parametrize("pattern", ["arn:aws:iam::*:role/{}", "*:assumed-role/{}/*"])
def test_a_rule_is_for_its_caller(aws: Account, pattern: str) -> None:
    """It finds a role by its ARN or its session's, and lets others pass."""
    name = f"caller-{abs(hash(pattern))}"
    its = role(aws, name)
    put(aws, [{"operation": "sagemaker.*", "do": "error", "code": "X", "caller": pattern.format(name)}])
    assert code(client(aws, "sagemaker", **its).list_models) == "X"
    assert failing(aws, 1) == [False]


def test_the_sandbox_itself_meets_no_fault(aws: Account) -> None:
    """What AWS does inside is not disturbed by a rule for everybody."""
    put(aws, [{"operation": "*", "do": "error", "code": "X"}])
    assert aws.sagemaker.list_models()["Models"] == []


MAKE = """
import sys
from sandbox.world import connect
connect(sys.argv[1], "eu-west-1", "ssm").put_parameter(Name=sys.argv[2], Value="made", Type="String")
print("answered", flush=True)
"""


def making(aws: Account, name: str) -> subprocess.Popen[str]:
    """A program that makes a parameter, once the sandbox holds its request."""
    program = subprocess.Popen(
        [sys.executable, "-c", MAKE, aws.world.url, name], stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    until(lambda: page(aws)[0]["held"], 20.0)
    return program


def made(aws: Account, name: str) -> bool:
    """Whether there is that parameter."""
    return bool(aws.world.client("ssm").get_parameters(Names=[name])["Parameters"])


@pytest.mark.parametrize(("when", "expected"), [("before", False), ("after", True)])
def test_a_client_is_killed_while_it_is_held(aws: Account, when: str, expected: bool) -> None:
    """A request that was held before it was carried out never is; one that was held after has been."""
    put(aws, [{"operation": "ssm.PutParameter", "do": "hold", "when": when}])
    program = making(aws, f"killed-{when}")
    assert made(aws, f"killed-{when}") == expected
    program.send_signal(signal.SIGKILL)
    assert program.communicate() == ("", None)
    until(lambda: page(aws)[0]["held"] == [])
    assert made(aws, f"killed-{when}") == expected


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("path", ["", "/mine"])
def test_what_is_held_goes_on_when_the_rule_is_lifted(aws: Account, when: str, path: str) -> None:
    """DELETE of all rules, or of the one, lets the client have its answer."""
    put(aws, [{"name": "mine", "operation": "ssm.PutParameter", "do": "hold", "when": when}])
    name = f"lifted-{when}{path.replace('/', '-')}"
    program = making(aws, name)
    assert page(aws, "DELETE", path) == []
    assert program.communicate(timeout=10)[0] == "answered\n"
    assert made(aws, name)


def test_what_is_held_is_told(aws: Account) -> None:
    """Operation and caller of each held request stand in its rule."""
    put(aws, [{"operation": "sagemaker.List*", "do": "hold"}])
    caller = threading.Thread(target=client(aws, "sagemaker").list_models)
    caller.start()
    [held] = until(lambda: page(aws)[0]["held"])
    assert (held["operation"], held["caller"]) == ("sagemaker.ListModels", "arn:aws:iam::123456789012:root")
    assert page(aws, "DELETE") == []
    caller.join(timeout=5)
    assert not caller.is_alive()


def test_a_refused_call_is_held_too(aws: Account) -> None:
    """After it was refused, and before the client learns so."""
    put(aws, [{"operation": "sagemaker.DescribeModel", "do": "hold", "when": "after", "seconds": 20}])
    began = time.monotonic()
    assert code(lambda: client(aws, "sagemaker").describe_model(ModelName="nobody")) == "ValidationException"
    assert time.monotonic() - began > 0.3


def test_a_rule_is_added_by_its_name(aws: Account) -> None:
    """PUT of one leaves the others, and begins its own count again."""
    put(aws, [{"name": "one", "operation": "sagemaker.ListModels", "do": "error", "code": "X", "times": 1}])
    assert failing(aws, 2) == [True, False]
    page(aws, "PUT", "/two", {"operation": "sagemaker.ListTags", "do": "error", "code": "X"})
    assert [(rule["name"], rule["hits"]) for rule in page(aws)] == [("one", 2), ("two", 0)]
    page(aws, "PUT", "/one", {"operation": "sagemaker.ListModels", "do": "error", "code": "X", "times": 1})
    assert failing(aws, 2) == [True, False]


@pytest.mark.parametrize(
    ("rules", "why"),
    [
        ({"do": "error"}, "must be a list of rules"),
        (["error"], "must be an object whose `do` is one of error, hold"),
        ([{"do": "explode"}], "whose `do` is one of"),
        ([{"do": "error", "code": "X"}], "error needs operation"),
        ([{"do": "hold", "operation": "s3.*", "code": "X"}], "hold has no code"),
        ([{"do": "hold", "operation": "s3.*", "when": "during"}], "when must be before or after"),
        ([{"do": "hold", "operation": "sagemaker.UpdateEndpont"}], "no operation sagemaker.UpdateEndpont"),
        ([{"do": "hold", "operation": "s3.*", "nth": 0}], "nth is 0, it must be a number from 1"),
        ([{"do": "errors", "share": "half"}], 'share is "half"'),
        ([{"do": "errors", "config": 7}], "config must be text"),
        ([{"do": "clock"}], "clock needs shift"),
        ([{"do": "hold", "operation": "s3.*"}, {"do": "hold", "operation": "s3.*"}], "two rules have the same name"),
    ],
)
def test_a_rule_that_would_do_nothing_is_refused(aws: Account, rules: Any, why: str) -> None:
    """The sentence says what is wrong, and the rules there were stay."""
    page(aws, "PUT", "/kept", {"do": "starved"})
    with pytest.raises(HTTPError) as refused:
        put(aws, rules)
    assert (refused.value.code, why in json.load(refused.value)["message"]) == (400, True)
    assert [rule["name"] for rule in page(aws)] == ["kept"]


def test_sessions_end(aws: Account) -> None:
    """A role's credentials are expired at once; new ones and an administrator's are good."""
    its, other = role(aws, "ending"), role(aws, "staying")
    put(aws, [{"do": "sessions", "caller": "*:role/ending"}])
    assert page(aws)[0]["hits"] == 1
    assert code(client(aws, "sagemaker", **its).list_models) == "ExpiredTokenException"
    assert code(client(aws, "s3", **its).list_buckets) == "ExpiredToken"
    assert client(aws, "sagemaker", **other).list_models()["Models"] == []
    arn = "arn:aws:iam::123456789012:role/ending"
    again = client(aws, "sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
    new = {"key": again["AccessKeyId"], "token": again["SessionToken"]}
    assert client(aws, "sagemaker", **new).list_models()["Models"] == []
