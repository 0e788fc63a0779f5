"""The job that reads what was captured: what it is asked, and that the same is asked once."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.session import get_session
from botocore.validate import ParamValidator

from pipeline import aws, jobs, settings
from pipeline.monitor import document, job
from pipeline.monitor.window import Files, Span, Window
from pipeline.registry import Version

from .conftest import BUCKET, JOB, TAGS, tags_of
from .monitor_sample import RULES

EVALUATION = f"s3://{BUCKET}/evaluations/e/evaluation.json"
VERSION = Version(3, "arn", "Approved", "", "r/serve@sha256:1", f"s3://{BUCKET}/m", evaluation=EVALUATION)
CAPTURED = Files(f"s3://{BUCKET}/capture/c/", (("2026/03/02/00/a.jsonl", '"1"'),), 1, 5.0)
NONE = Files(f"s3://{BUCKET}/labels/production/")
SPAN = Span(1_772_409_600.0, 1_773_576_000.5, 86_400.0)
WINDOW = Window(SPAN, CAPTURED, NONE)
STORAGE = settings.Storage(bucket=BUCKET)


def request(window: Window = WINDOW, version: Version = VERSION) -> dict[str, Any]:
    """What SageMaker is asked."""
    definition = settings.Job(**JOB)  # type: ignore[arg-type]
    return job.request("flights-monitor-0", "production", version, window, RULES, definition, STORAGE)


def test_the_request_has_the_shape_of_the_api() -> None:
    """botocore's own service model finds nothing wrong."""
    made = request()
    shape = get_session().get_service_model("sagemaker").operation_model("CreateProcessingJob").input_shape
    assert ParamValidator().validate(made, shape).generate_report() == ""
    assert made["AppSpecification"]["ImageUri"] == VERSION.image
    [output] = made["ProcessingOutputConfig"]["Outputs"]
    assert output["S3Output"]["S3Uri"] == f"s3://{BUCKET}/monitoring/production/flights-monitor-0"


def test_the_program_is_told_the_windows_time_and_the_policys_numbers() -> None:
    """Stamps, and seconds of its own clock."""
    words = request()["AppSpecification"]["ContainerEntrypoint"]
    assert words[:3] == ["python", "-m", "serving.monitor"]
    assert dict(zip(words[3::2], words[4::2], strict=True)) == {
        "--since": "2026-03-02T00:00:00.000+00:00",
        "--now": "2026-03-15T12:00:00.500+00:00",
        "--block-seconds": "86400.0",
        "--season-days": str(RULES.season_days),
        "--permutations": "999",
    }


@pytest.mark.parametrize(
    ("labels", "version", "inputs"),
    [
        (NONE, VERSION, {"model", "capture", "evaluation"}),
        (CAPTURED, VERSION, {"model", "capture", "labels", "evaluation"}),
        (NONE, Version(3, "arn", "Approved", "", "i", f"s3://{BUCKET}/m"), {"model", "capture"}),
    ],
)
def test_what_there_is_not_is_no_input(labels: Files, version: Version, inputs: set[str]) -> None:
    """AWS refuses an input without an object."""
    made = request(Window(SPAN, CAPTURED, labels), version)
    assert {one["InputName"] for one in made["ProcessingInputs"]} == inputs


@pytest.fixture
def waited(cloud: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Every job that is waited for; each leaves a document."""
    seen: list[dict[str, Any]] = []

    def finish(kind: jobs.Kind, name: str) -> None:
        seen.append(cloud("sagemaker").describe_processing_job(ProcessingJobName=name))
        body = json.dumps({"requests": len(seen)}).encode()
        cloud("s3").put_object(Bucket=BUCKET, Key=document.key("production", name), Body=body)

    monkeypatch.setattr(jobs, "wait", finish)
    return seen


def test_two_monitors_at_once_end_with_one_job(waited: list[dict[str, Any]]) -> None:
    """Named by what it reads; `now` has moved on meanwhile, and changes nothing."""
    name, found = job.run("production", VERSION, WINDOW, RULES)
    later = Window(Span(SPAN.since, SPAN.now + 5, SPAN.block_seconds), CAPTURED, NONE)
    assert job.run("production", VERSION, later, RULES)[0] == name
    assert {one["ProcessingJobName"] for one in waited} == {name}
    assert name.startswith("flights-monitor-")
    assert found == {"requests": 1}
    assert tags_of(waited[0]["ProcessingJobArn"]) == {**TAGS, "environment": "platform"}
    [listed] = [one for one in waited[0]["ProcessingInputs"] if one["InputName"] == "capture"]
    key = listed["S3Input"]["S3Uri"].removeprefix(f"s3://{BUCKET}/")
    assert json.loads(aws.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()) == CAPTURED.manifest
    assert key.startswith("monitoring/production/samples/")


@pytest.mark.parametrize(
    "other",
    [
        Window(SPAN, CAPTURED, CAPTURED),
        Window(Span(SPAN.since + 86_400, SPAN.now, 86_400.0), CAPTURED, NONE),
        Window(SPAN, Files(CAPTURED.prefix, (("2026/03/02/00/a.jsonl", '"2"'),), 1, 5.0), NONE),
    ],
)
@pytest.mark.usefixtures("waited")
def test_other_objects_or_another_window_are_another_job(other: Window) -> None:
    """New labels above all."""
    assert job.run("production", VERSION, other, RULES)[0] != job.run("production", VERSION, WINDOW, RULES)[0]
