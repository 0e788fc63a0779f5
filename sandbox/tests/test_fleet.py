"""Tests of sandbox.fleet."""

import io
import tarfile
import threading
import time
from collections.abc import Iterator

import pytest
from hosted import ROLE, Account, account

from sandbox import fleet
from sandbox.fleet import Fleet
from sandbox.guardrails import Green


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """An account with a bucket."""
    with account(tmp_path_factory.mktemp("fleet"), 60) as its:
        its.world.client("s3").create_bucket(
            Bucket="models", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
        yield its


def made(aws: Account, mode: str = "good", *, count: int = 1, timeout: int = 60, **container: str) -> Fleet:
    """A fleet that has not started."""
    definition = {"Image": "registry/toy:1", "Environment": {"MODE": mode}} | container
    variant = {
        "VariantName": "live",
        "ModelName": "m",
        "InitialInstanceCount": count,
        "ContainerStartupHealthCheckTimeoutInSeconds": timeout,
    }
    config = {"EndpointConfigName": "c", "ProductionVariants": [variant]}
    return Fleet(aws.world, "e", config, {"m": {"PrimaryContainer": definition, "ExecutionRoleArn": ROLE}})


def archive(aws: Account, name: str) -> str:
    """The URI of a model.tar.gz with one file of that name."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        tar.addfile(tarfile.TarInfo(name))
    aws.world.client("s3").put_object(Bucket="models", Key="model.tar.gz", Body=packed.getvalue())
    return "s3://models/model.tar.gz"


def test_every_instance_is_a_process_of_its_own(aws: Account) -> None:
    """Three instances are three processes on three ports, and none after stop."""
    its = made(aws, count=3)
    its.start()
    instances = its.instances()
    assert (its.stage, len({instance.port for instance in instances})) == (Green.READY, 3)
    assert len({instance.child.pid for instance in instances if instance.child}) == 3
    its.stop()
    assert [instance.child.running for instance in instances if instance.child] == [False] * 3


def test_the_model_is_unpacked(aws: Account) -> None:
    """Each container finds the archive's files in $ML_ROOT/model."""
    its = made(aws, ModelDataUrl=archive(aws, "model.onnx"))
    its.start()
    [instance] = its.instances()
    its.stop()
    folder = aws.world.folder / "endpoints" / "e" / instance.name / "model"
    assert [path.name for path in folder.iterdir()] == ["model.onnx"]


def test_an_archive_cannot_leave_its_folder(aws: Account) -> None:
    """An archive with a path upwards fails the fleet."""
    its = made(aws, ModelDataUrl=archive(aws, "../outside"))
    its.start()
    its.stop()
    assert (its.stage, "outside" in its.failure) == (Green.FAILED, True)


def test_missing_model_data_fails(aws: Account) -> None:
    """A model.tar.gz that isn't there fails the fleet and starts no process."""
    its = made(aws, ModelDataUrl="s3://models/nothing.tar.gz")
    its.start()
    its.stop()
    assert (its.stage, [instance.child for instance in its.instances()]) == (Green.FAILED, [None])


def test_a_container_that_never_answers_fails(aws: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that runs without answering /ping is given up after its time, and ended."""
    monkeypatch.setattr(fleet, "LEAST_START", 0.5)
    monkeypatch.setattr(fleet.Instance, "healthy", lambda _: False)
    its = made(aws, timeout=30)
    its.start()
    its.stop()
    [instance] = its.instances()
    assert (its.stage, instance.child and instance.child.running) == (Green.FAILED, False)


def test_a_fleet_can_be_stopped_while_it_starts(aws: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopping a fleet that is waiting for /ping leaves no process behind."""
    monkeypatch.setattr(fleet.Instance, "healthy", lambda _: False)
    its = made(aws, count=2)
    starting = threading.Thread(target=its.start)
    starting.start()
    time.sleep(0.3)
    its.stop()
    starting.join(timeout=5)
    assert [instance.child.running for instance in its.instances() if instance.child] == [False, False]


def test_stop_waits_for_what_is_in_flight(aws: Account) -> None:
    """A request that is being answered keeps the process alive."""
    its = made(aws)
    its.start()
    its.instances()[0].enter()
    stopping = threading.Thread(target=its.stop)
    stopping.start()
    time.sleep(0.2)
    [instance] = its.instances()
    running = instance.child and instance.child.running
    its.instances()[0].leave()
    stopping.join(timeout=10)
    assert (running, instance.child and instance.child.running) == (True, False)


@pytest.mark.parametrize(
    ("its", "expected"),
    [
        ({}, 60),
        ({"MetricPublishFrequencyInSeconds": 10}, 60),
        ({"EnableEnhancedMetrics": True}, 60),
        ({"EnableEnhancedMetrics": True, "MetricPublishFrequencyInSeconds": 10}, 10),
    ],
)
def test_invocations_are_published_as_the_configuration_says(aws: Account, its: dict[str, int], expected: int) -> None:
    """Every minute, unless enhanced metrics are on and say otherwise."""
    fleet = made(aws)
    fleet.config = {**fleet.config, "MetricsConfig": its}
    assert fleet.published == expected
