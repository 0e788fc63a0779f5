"""One look at production: whose traffic, which job, and what is said where there is neither."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pipeline import aws, jobs, ledger, names, states
from pipeline.monitor import document as documents
from pipeline.monitor.finding import BROKEN, UNKNOWN
from pipeline.monitor.look import look

from .conftest import BUCKET, ROLE, Fleet, keep
from .monitor_sample import document

CONFIG = "flights-production-c"
BELOW = f"capture/{CONFIG}/flights-production/{names.VARIANT}/"


def serve(fleet: Fleet, version: int, *, ended: datetime | None = None) -> None:
    """Production serves a version that was released, and captures."""
    fleet.serve(CONFIG)
    fleet.create_model(
        ModelName="m", ExecutionRoleArn=ROLE, PrimaryContainer={"Image": "repository@sha256:1"}
    )
    variant = {"VariantName": names.VARIANT, "ModelName": "m", "InstanceType": "ml.m5.large"}
    fleet.create_endpoint_config(
        EndpointConfigName=CONFIG,
        ProductionVariants=[{**variant, "InitialInstanceCount": 2, "InitialVariantWeight": 1.0}],
        DataCaptureConfig={
            "EnableCapture": True,
            "InitialSamplingPercentage": 100,
            "DestinationS3Uri": f"s3://{BUCKET}/capture/{CONFIG}",
            "CaptureOptions": [{"CaptureMode": "Input"}],
        },
    )
    at = ended or datetime.now(UTC) - timedelta(hours=1)
    record = ledger.Record(
        release=f"production-v{version}-x",
        environment="production",
        kind="release",
        version=version,
        config_asked=CONFIG,
        model="m",
        state=states.PROMOTED,
        started=at.isoformat(),
        ended=at.isoformat(),
    )
    keep(names.ledger(names.project(), "production"), record)


def capture(cloud: Callable[[str], Any], prefix: str = BELOW) -> None:
    """An object of this moment."""
    key = f"{prefix}{datetime.now(UTC):%Y/%m/%d/%H}/00-00.jsonl"
    cloud("s3").put_object(Bucket=BUCKET, Key=key, Body=b"{}")


@pytest.fixture
def waited(cloud: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every job that is waited for; each leaves a good document. A second has passed since all else."""
    seen: list[str] = []

    def finish(kind: jobs.Kind, name: str) -> None:
        seen.append(name)
        body = json.dumps(document()).encode()
        cloud("s3").put_object(Bucket=BUCKET, Key=documents.key("production", name), Body=body)

    monkeypatch.setattr(jobs, "wait", finish)
    monkeypatch.setattr(aws, "clock", lambda answer: datetime.now(UTC).timestamp() + 1)
    return seen


@pytest.mark.usefixtures("few_resamples")
def test_what_the_live_configuration_captured_is_judged(
    cloud: Callable[[str], Any], fleet: Fleet, register: Callable[..., int], waited: list[str]
) -> None:
    """By a job in the live version's serving image; another configuration's traffic is another's."""
    number = register()
    serve(fleet, number)
    capture(cloud)
    capture(cloud, BELOW.replace(CONFIG, "other"))
    seen = look("production")
    assert (seen.version, seen.config, seen.job) == (number, CONFIG, waited[0])
    made = cloud("sagemaker").describe_processing_job(ProcessingJobName=waited[0])
    assert made["AppSpecification"]["ImageUri"] == "repository@sha256:1"
    [listed] = [one for one in made["ProcessingInputs"] if one["InputName"] == "capture"]
    key = listed["S3Input"]["S3Uri"].removeprefix(f"s3://{BUCKET}/")
    keys = json.loads(cloud("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read())
    assert keys[0] == {"prefix": f"s3://{BUCKET}/{BELOW}"}
    assert len(keys) == 2
    assert seen.document["requests"] == 1400
    assert seen.runbook == "https://github.com/somebody/flights/blob/main/docs/runbook"
    assert seen.values["Requests"] == 1400


@pytest.mark.parametrize(("days", "state"), [(0, UNKNOWN), (30, BROKEN)])
def test_without_a_request_no_job_is_started(
    fleet: Fleet, register: Callable[..., int], waited: list[str], days: int, state: str
) -> None:
    """It would read nothing. What was released a month ago and was asked nothing is nobody's."""
    serve(fleet, register(), ended=datetime.now(UTC) - timedelta(days=days))
    seen = look("production")
    assert (seen.job, waited) == (None, [])
    assert seen.states == {
        "sight": state,
        **dict.fromkeys(["callers", "inputs", "log_loss", "calibration"], UNKNOWN),
    }


@pytest.mark.usefixtures("cloud", "fleet")
def test_before_the_first_release_nobody_can_tell() -> None:
    """And nothing is broken by that."""
    seen = look("production")
    assert set(seen.states.values()) == {UNKNOWN}
    assert seen.findings[0].sentence == ("production serves nothing yet: run `pipeline release production`")


def test_what_somebody_put_there_by_hand_cannot_be_judged(fleet: Fleet) -> None:
    """The ledger knows of which model it is; that nobody can tell is a broken promise."""
    fleet.serve(CONFIG)
    seen = look("production")
    assert seen.broken == ["sight"]
    assert seen.findings[0].sentence == (
        f"production serves {CONFIG}, of which the ledger knows nothing: release a registered version"
    )
