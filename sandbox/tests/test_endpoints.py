"""Tests of sandbox.endpoints: endpoints that live, and updates under guardrails, at 300 times AWS's pace."""

import time
import zlib
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hosted import Account, account


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """An account."""
    with account(tmp_path_factory.mktemp("endpoints"), 300) as its:
        yield its


@pytest.fixture
def name(aws: Account, request: pytest.FixtureRequest) -> Iterator[str]:
    """An endpoint of two instances that serves configuration `NAME-old`."""
    named = f"e{zlib.crc32(request.node.name.encode())}"
    assert aws.endpoint(named, aws.config(f"{named}-old", count=2))["EndpointStatus"] == "InService"
    yield named
    aws.settled(named)
    aws.sagemaker.delete_endpoint(EndpointName=named)


def test_a_new_endpoint_serves(aws: Account, name: str) -> None:
    """Once InService it answers, and describes its configuration and instances."""
    its = aws.describe(name)
    [variant] = its["ProductionVariants"]
    assert aws.invoke(name) == its["EndpointConfigName"] == f"{name}-old"
    assert (variant["CurrentInstanceCount"], variant["CurrentWeight"]) == (2, 1.0)
    assert "PendingDeploymentSummary" not in its


def test_an_endpoint_that_cannot_start_fails(aws: Account) -> None:
    """A container that ends makes the endpoint Failed, with AWS's reason; it can be deleted."""
    its = aws.endpoint("broken", aws.config("broken", "crash"))
    assert (its["EndpointStatus"], "did not pass the ping health check" in its["FailureReason"]) == (
        "Failed",
        True,
    )
    aws.sagemaker.delete_endpoint(EndpointName="broken")


def test_an_endpoint_without_its_image_fails(aws: Account) -> None:
    """An image that doesn't exist is the endpoint's failure reason, not CreateModel's."""
    its = aws.endpoint("imageless", aws.config("imageless", image="registry/none:1"))
    assert (its["EndpointStatus"], "registry/none:1 not found" in its["FailureReason"]) == ("Failed", True)
    aws.sagemaker.delete_endpoint(EndpointName="imageless")


def test_a_good_canary_is_promoted_without_a_failed_request(aws: Account, name: str) -> None:
    """Traffic moves to the new configuration and nobody notices."""
    new = aws.config(f"{name}-new", count=2)
    with aws.traffic(name) as got:
        aws.update(name, new, aws.alarm(f"{name}-errors", name, new))
        its = aws.settled(name)
    assert (its["EndpointStatus"], its["EndpointConfigName"]) == ("InService", new)
    assert set(got) == {f"{name}-old", new}


def test_a_bad_canary_is_rolled_back(aws: Account, name: str) -> None:
    """The alarm on the new configuration sends all traffic back, and the old configuration is described."""
    new = aws.config(f"{name}-bad", "bad", count=2)
    with aws.traffic(name) as got:
        aws.update(name, new, aws.alarm(f"{name}-errors", name, new), wait=1200)
        its = aws.settled(name)
    assert (its["EndpointStatus"], its["EndpointConfigName"]) == ("InService", f"{name}-old")
    assert f"alarm {name}-errors is in ALARM" in its["FailureReason"]
    assert got["500"] > 0
    assert Counter(aws.invoke(name) for _ in range(20)) == {f"{name}-old": 20}


def test_the_canary_gets_its_share(aws: Account, name: str) -> None:
    """One instance of four means a quarter of the requests, while the canary bakes."""
    aws.world.hosting.draws.seed(5)
    new = aws.config(f"{name}-quarter", count=4)
    aws.update(name, new, wait=3600)
    aws.pending(name, "Baking")
    share = sum(aws.invoke(name) == new for _ in range(300)) / 300
    assert aws.describe(name)["PendingDeploymentSummary"]["ProductionVariants"][0]["CurrentInstanceCount"] == 1
    assert share == pytest.approx(0.25, abs=0.06)


def test_the_pending_summary(aws: Account, name: str) -> None:
    """While it bakes, the old configuration is described and the new one is pending."""
    new = aws.config(f"{name}-new", count=2)
    aws.update(name, new)
    summary, its = aws.pending(name, "Baking"), aws.describe(name)
    assert (its["EndpointStatus"], its["EndpointConfigName"]) == ("Updating", f"{name}-old")
    assert (summary["EndpointConfigName"], summary["ProductionVariants"][0]["DesiredInstanceCount"]) == (
        new,
        2,
    )


def test_green_that_never_starts_rolls_back(aws: Account, name: str) -> None:
    """A new container that ends leaves the endpoint on the old configuration; no request reaches it."""
    with aws.traffic(name) as got:
        aws.update(name, aws.config(f"{name}-crash", "crash", count=2))
        its = aws.settled(name)
    assert (its["EndpointStatus"], its["EndpointConfigName"]) == ("InService", f"{name}-old")
    assert "did not pass the ping health check" in its["FailureReason"]
    assert set(got) == {f"{name}-old"}


def test_a_bake_shorter_than_the_alarms_window_promotes(aws: Account, name: str) -> None:
    """The trap: a bake of 30 s ends before an alarm of 2 x 60 s can fire; the broken model is promoted."""
    new = aws.config(f"{name}-bad", "bad", count=2)
    with aws.traffic(name):
        aws.update(name, new, aws.alarm(f"{name}-errors", name, new), wait=30, final=0)
        its = aws.settled(name)
    assert its["EndpointConfigName"] == new


def test_without_alarms_a_broken_model_is_promoted(aws: Account, name: str) -> None:
    """No alarms, no automatic rollback (dg/deployment-guardrails-configuration)."""
    new = aws.config(f"{name}-bad", "bad", count=2)
    with aws.traffic(name):
        aws.update(name, new)
        its = aws.settled(name)
    assert its["EndpointConfigName"] == new


def test_an_alarm_in_alarm_at_the_start_rolls_back(aws: Account, name: str) -> None:
    """An alarm that is already in ALARM ends the update in the first moment of its bake."""
    new = aws.config(f"{name}-new", count=2)
    stuck = aws.alarm(f"{name}-stuck", name, new, TreatMissingData="breaching")
    while not aws.world.alarms.in_alarm([stuck]):
        time.sleep(0.02)
    aws.update(name, new, stuck, wait=3600)
    its = aws.settled(name)
    assert (its["EndpointStatus"], its["EndpointConfigName"]) == ("InService", f"{name}-old")


def test_a_second_update_is_refused(aws: Account, name: str) -> None:
    """While an update is under way neither another update nor a deletion is taken."""
    new = aws.config(f"{name}-new", count=2)
    aws.update(name, new)
    with pytest.raises(ClientError, match="Cannot update in-progress endpoint"):
        aws.update(name, new)
    with pytest.raises(ClientError, match="Cannot update in-progress endpoint"):
        aws.sagemaker.delete_endpoint(EndpointName=name)


def test_the_stages_of_a_canary(aws: Account, name: str) -> None:
    """A client that only describes can tell every stage, the canary's bake from the final one by its capacity."""
    seen: list[tuple[str, str, int]] = []
    aws.update(name, aws.config(f"{name}-new", count=2), wait=300, final=300)
    while (its := aws.describe(name))["EndpointStatus"] == "Updating":
        [variant] = its["PendingDeploymentSummary"]["ProductionVariants"]
        for status in variant["VariantStatus"]:
            stage = (status["Status"], status["StatusMessage"].partition(" ")[0], variant["CurrentInstanceCount"])
            seen += [stage] if stage not in seen else []
    assert [stage for stage in seen if stage[0] != "ActivatingTraffic"] == [
        ("Creating", "Launching", 0),
        ("Baking", "Baking", 1),
        ("Baking", "Baking", 2),
    ]


def test_a_live_configuration_may_be_deleted(aws: Account, name: str) -> None:
    """AWS lets it happen: the endpoint serves on and names it, but cannot be updated until it is made again."""
    old, new = f"{name}-old", aws.config(f"{name}-new", count=2)
    its = aws.sagemaker.describe_endpoint_config(EndpointConfigName=old)
    aws.sagemaker.delete_endpoint_config(EndpointConfigName=old)
    assert aws.invoke(name) == aws.describe(name)["EndpointConfigName"] == old
    with pytest.raises(ClientError, match=f'Could not find endpoint configuration ".*{old}"'):
        aws.update(name, new)
    assert aws.describe(name)["EndpointStatus"] == "InService"
    aws.sagemaker.create_endpoint_config(EndpointConfigName=old, ProductionVariants=its["ProductionVariants"])
    aws.update(name, new, wait=0, final=0)
    assert aws.settled(name)["EndpointConfigName"] == new


def test_a_rollback_does_not_need_the_old_configuration(aws: Account, name: str) -> None:
    """Its fleet still runs: traffic goes back to it, under the name of a configuration that is gone."""
    aws.update(name, aws.config(f"{name}-crash", "crash", count=2))
    aws.sagemaker.delete_endpoint_config(EndpointConfigName=f"{name}-old")
    assert aws.settled(name)["EndpointConfigName"] == aws.invoke(name) == f"{name}-old"


def test_another_variant_name_is_refused(aws: Account, name: str) -> None:
    """A configuration with other variants can't replace this one, and nothing is pending."""
    other = aws.config(f"{name}-other", count=2, variant="AllTraffic")
    with pytest.raises(ClientError, match="AllTraffic; they must be those of the endpoint: live"):
        aws.update(name, other)
    assert aws.describe(name)["EndpointStatus"] == "InService"


def test_a_variant_that_scales_keeps_its_instance_type(aws: Account, name: str) -> None:
    """Another type is refused until the variant is no scalable target any more; another model is not."""
    scaling = aws.world.client("application-autoscaling")
    target = {
        "ServiceNamespace": "sagemaker",
        "ResourceId": f"endpoint/{name}/variant/live",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }
    scaling.register_scalable_target(**target, MinCapacity=2, MaxCapacity=4)
    larger = aws.config(f"{name}-larger", count=2, instance="ml.m5.xlarge")

    with pytest.raises(ClientError, match=r"ValidationException.* live are registered as scalable targets"):
        aws.update(name, larger)
    assert aws.describe(name)["EndpointStatus"] == "InService"
    aws.update(name, aws.config(f"{name}-new", count=2), wait=0, final=0)
    assert aws.settled(name)["EndpointConfigName"] == f"{name}-new"
    scaling.deregister_scalable_target(**target)
    aws.update(name, larger, wait=0, final=0)
    assert aws.settled(name)["EndpointConfigName"] == larger


def test_an_unknown_alarm_is_refused(aws: Account, name: str) -> None:
    """An alarm that doesn't exist could never roll back."""
    with pytest.raises(ClientError, match="nobody do not exist"):
        aws.update(name, aws.config(f"{name}-new", count=2), "nobody")


def test_an_unknown_configuration_is_refused(aws: Account, name: str) -> None:
    """UpdateEndpoint to a configuration that is not there fails in AWS's words."""
    with pytest.raises(ClientError, match="Could not find endpoint configuration"):
        aws.update(name, "nobody")


def test_a_name_is_taken_once(aws: Account, name: str) -> None:
    """A second endpoint of the name is refused."""
    with pytest.raises(ClientError, match="Cannot create already existing endpoint"):
        aws.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=f"{name}-old")


def test_retained_properties(aws: Account, name: str) -> None:
    """RetainAllVariantProperties keeps the instance count, and data capture unless it is excluded."""
    capture = {
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": "s3://bucket/capture",
        "CaptureOptions": [{"CaptureMode": "Input"}],
    }
    new = aws.config(f"{name}-new", count=1, DataCaptureConfig=capture)
    kept: dict[str, Any] = {"RetainAllVariantProperties": True}
    kept["ExcludeRetainedVariantProperties"] = [{"VariantPropertyType": "DataCaptureConfig"}]
    aws.update(name, new, wait=0, final=0, **kept)
    its = aws.settled(name)
    assert its["ProductionVariants"][0]["CurrentInstanceCount"] == 2
    assert its["DataCaptureConfig"]["DestinationS3Uri"] == "s3://bucket/capture"


def test_processes_come_and_go(aws: Account, name: str) -> None:
    """During an update both fleets run, afterwards one."""

    def running() -> int:
        return sum(str(child["name"]).startswith(f"{name}/") for child in aws.world.processes.list())

    counts = [running()]
    aws.update(name, aws.config(f"{name}-new", count=2))
    aws.pending(name, "Baking")
    counts.append(running())
    aws.settled(name)
    assert [*counts, running()] == [2, 4, 2]


def test_a_deleted_endpoint_leaves_nothing(aws: Account) -> None:
    """DeleteEndpoint ends the processes and the traffic."""
    aws.endpoint("short", aws.config("short"))
    aws.sagemaker.delete_endpoint(EndpointName="short")
    with pytest.raises(ClientError, match="Could not find endpoint"):
        aws.describe("short")
    assert not [child for child in aws.world.processes.list() if str(child["name"]).startswith("short/")]
    assert aws.invoke("short") == "ValidationError"
