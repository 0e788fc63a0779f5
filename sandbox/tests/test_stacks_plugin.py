"""The provider's process, and the protocol's own forms."""

import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from sandbox.stacks.kinds import KINDS
from sandbox.stacks.plugin import Servicer

URN = "urn:pulumi:dev::toy::mlops:index:Part$aws:sns/topic:Topic::t"
UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


class Aborted(Exception):
    """What gRPC raises."""


def caller(name: str) -> Any:
    """A connection."""

    def abort(code: Any, text: str) -> None:
        raise Aborted(text)

    return SimpleNamespace(peer=lambda: name, abort=abort)


@pytest.fixture
def servicer(sandbox: Any, monkeypatch: pytest.MonkeyPatch) -> Servicer:
    """The protocol's methods over the shared sandbox."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, sandbox.environment[name])
    return Servicer(KINDS, sandbox.url)


def configure(servicer: Servicer, peer: str, region: str) -> None:
    """What the engine says first on a connection."""
    servicer.Configure(provider_pb2.ConfigureRequest(variables={"aws:config:region": region}), caller(peer))


def test_each_connection_has_its_region(servicer: Servicer) -> None:
    """Two providers of one program are one process."""
    configure(servicer, "a", "eu-west-1")
    configure(servicer, "b", "eu-central-1")
    asked = provider_pb2.InvokeRequest(tok="aws:index/getRegion:getRegion")
    answers = [servicer.Invoke(asked, caller(peer)) for peer in ("a", "b")]
    assert [getattr(answer, "return")["region"] for answer in answers] == ["eu-west-1", "eu-central-1"]


def test_an_unknown_question_is_refused_by_name(servicer: Servicer) -> None:
    """Never a made-up answer."""
    configure(servicer, "a", "eu-west-1")
    with pytest.raises(Aborted, match="aws:ec2/getVpc:getVpc is not in the sandbox"):
        servicer.Invoke(provider_pb2.InvokeRequest(tok="aws:ec2/getVpc:getVpc"), caller("a"))


def test_what_is_not_known_yet_travels_as_the_protocol_has_it(servicer: Servicer) -> None:
    """Both ways."""
    configure(servicer, "a", "eu-west-1")
    request = provider_pb2.CreateRequest(urn=URN, preview=True)
    request.properties.update({"name": "t", "kmsMasterKeyId": UNKNOWN_TEXT})
    answer = servicer.Create(request, caller("a"))
    assert dict(answer.properties) == {"name": "t", "kmsMasterKeyId": UNKNOWN_TEXT, "arn": UNKNOWN_TEXT}


def test_a_mistake_is_a_failed_check(servicer: Servicer) -> None:
    """Which the engine reports at preview, on the resource."""
    configure(servicer, "a", "eu-west-1")
    request = provider_pb2.CheckRequest(urn=URN)
    request.news.update({"nam": "t"})
    (failure,) = servicer.Check(request, caller("a")).failures
    assert failure.reason == "nam has no place in create_topic: no such property"


def test_the_process_prints_its_port_and_serves(sandbox: Any) -> None:
    """The engine attaches to it."""
    command = [sys.executable, "-m", "sandbox", "provider"]
    process = subprocess.Popen(command, env=sandbox.environment, stdout=subprocess.PIPE, text=True)
    try:
        with grpc.insecure_channel(f"127.0.0.1:{int(process.stdout.readline())}") as channel:
            stub = provider_pb2_grpc.ResourceProviderStub(channel)
            stub.Configure(provider_pb2.ConfigureRequest(variables={"aws:config:region": "eu-west-1"}))
            asked = provider_pb2.InvokeRequest(tok="aws:index/getCallerIdentity:getCallerIdentity")
            assert getattr(stub.Invoke(asked), "return")["accountId"] == "123456789012"
    finally:
        process.terminate()
        process.wait(timeout=10)


def test_the_process_ends_with_its_parent(sandbox: Any) -> None:
    """An engine that was killed stops nothing."""
    parent = f"import subprocess, sys; subprocess.Popen([{sys.executable!r}, '-m', 'sandbox', 'provider'])"
    script = f"{parent}; sys.stdin.read()"
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        env=sandbox.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert int(process.stdout.readline())
    process.kill()
    process.wait()
    assert process.stdout.read() == ""  # ends when the provider, which shares it, has ended
