"""The sample, the job and the decision: what a candidate has to answer before it sees traffic."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from botocore.session import get_session
from botocore.validate import ParamValidator

from pipeline import aws, jobs, names, policy, replay, settings
from pipeline.command import Document
from pipeline.endpoint import Target
from pipeline.registry import Version

from .conftest import BUCKET, JOB, REPOSITORY, TAGS, tags_of

RULES = policy.load(REPOSITORY)
EVALUATION = f"s3://{BUCKET}/evaluations/e/evaluation.json"
VERSION = Version(3, "arn", "Approved", "", "r/serve@sha256:1", f"s3://{BUCKET}/m", evaluation=EVALUATION)
TARGET = Target(3, "model", "config")
LIVE = f"s3://{BUCKET}/capture/production/live"
CAPTURING = {"DataCaptureConfig": {"EnableCapture": True, "DestinationS3Uri": LIVE}}
BELOW = f"capture/production/live/flights-production/{names.VARIANT}/"
GOOD: Document = {
    "ready": True,
    "requests": 2000,
    "sources": {"captured": 1500, "evaluation": 500},
    "skipped": {},
    "statuses": {"200": 2000},
    "errors": 0,
    "schema": 0,
    "failures": [],
    "latency_ms": {"p50": 1.0, "p95": 3.0, "p99": 5.0, "max": 9.0},
    "scores": {
        "captured": {"of": "captured", "answers": 1500, "distinct": 1400, "shift": 0.04},
        "evaluation": {"of": "evaluation", "answers": 500, "distinct": 480, "shift": 0.0},
    },
}


def failed(count: int, status: str = "400", sentence: str = "distance is missing") -> Document:
    """Some requests answered otherwise."""
    said = [{"status": status, "sentence": sentence, "count": count}]
    return {"statuses": {"200": 2000 - count, status: count}, "errors": count, "failures": said}


def scored(**sources: tuple[int, float]) -> Document:
    """The different answers of each source, and their distance."""
    found = sources.items()
    return {"scores": {of: {"of": of, "distinct": distinct, "shift": far} for of, (distinct, far) in found}}


def decide(**more: Any) -> tuple[bool, str]:
    """The decision on a document that is good but for this."""
    return replay.decide(GOOD | more, RULES.replay, RULES.slo)


def test_what_answers_as_before_passes() -> None:
    """The sentence says on how much."""
    told = "2000 requests (1500 captured, 500 of the evaluation), p95 3.0 ms"
    assert decide() == (True, f"{told}; the distance between the answers then and now is 0.040")


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"ready": False, "why": "the server ended"}, "the candidate does not come up: the server ended"),
        ({"requests": 0}, "there is nothing to replay"),
        (failed(3), r"3 of 2000 requests .* 200, at most 0.10% .*: distance is missing"),
        (failed(1, "none", "no answer: timed out"), "1 of 2000 requests got no answer: no answer: timed out"),
        (
            {"schema": 1, "failures": [{"status": "200", "sentence": "2, not 3", "count": 1}]},
            "1 of .*2, not 3",
        ),
        ({"latency_ms": {"p95": 100.1}}, r"took up to 100.1 ms, and may take 100 ms \(slo.latency_p95_ms\)"),
        (
            scored(captured=(50, 0.51), evaluation=(1500, 0.0)),
            r"is 0.510 for those captured, and may be 0.5 \(replay.score_shift\)",
        ),
        (scored(captured=(60, 0.0), evaluation=(50, 0.6)), "is 0.600 for those of the evaluation"),
    ],
)
def test_every_failing_is_refused_with_its_bound(more: Document, sentence: str) -> None:
    """One bad number is enough."""
    passed, said = decide(**more)
    assert not passed
    assert re.search(sentence, said)


@pytest.mark.parametrize(
    "more",
    [failed(2), {"latency_ms": {"p95": 100.0}}, scored(captured=(50, 0.5))],
)
def test_a_bound_is_still_allowed(more: Document) -> None:
    """What is no worse than it."""
    assert decide(**more)[0]


@pytest.mark.parametrize("scores", [{}, scored(captured=(49, 1.0), evaluation=(49, 1.0))])
def test_few_different_answers_are_not_compared(scores: Document) -> None:
    """A client that asks one thing again and again gets another answer from every new model."""
    assert decide(**({"scores": {}} | scores)) == (
        True,
        "2000 requests (1500 captured, 500 of the evaluation), p95 3.0 ms; "
        "too few different answers to compare their distribution",
    )


def test_the_worst_is_what_most_requests_met() -> None:
    """Of two failures."""
    two = [{"status": "400", "sentence": "a", "count": 1}, {"status": "500", "sentence": "b", "count": 2}]
    assert replay.worst({"failures": two}) == "b"
    assert replay.worst(GOOD) is None


# the sample


def put(key: str, size: int = 10) -> None:
    """An object in the bucket."""
    aws.client("s3").put_object(Bucket=BUCKET, Key=key, Body=b"x" * size)


def sample(live: dict[str, Any] | None = CAPTURING, **rules: Any) -> replay.Sample:
    """What is replayed of what the bucket has."""
    bounds = replace(RULES.replay, **rules)
    return replay.sample(VERSION, settings.service("production"), live, bounds)


@pytest.mark.usefixtures("cloud")
def test_the_newest_objects_of_the_live_configuration_are_replayed() -> None:
    """As many as hold enough requests, the last first; not those of another configuration or variant."""
    for place in ("2026/01/31/23/59-1", "2026/02/01/00/01-1", "2026/02/01/00/02-1", "2025/12/31/23/59-1"):
        put(f"{BELOW}{place}.jsonl", replay.BYTES)
    put("capture/production/other/flights-production/live/2026/03/01/00/00.jsonl")
    put("capture/production/live/flights-production/shadow/2026/03/01/00/00.jsonl")
    found = sample(requests=3)
    assert found.captured == (
        "2026/02/01/00/02-1.jsonl",
        "2026/02/01/00/01-1.jsonl",
        "2026/01/31/23/59-1.jsonl",
    )
    assert found.prefix == f"s3://{BUCKET}/{BELOW}"


@pytest.mark.usefixtures("cloud")
def test_of_small_objects_there_is_a_most(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job should not fetch a month of files with one request each."""
    monkeypatch.setattr(replay, "OBJECTS", 2)
    for minute in range(5):
        put(f"{BELOW}2026/02/01/00/0{minute}.jsonl")
    assert len(sample().captured) == 2


@pytest.mark.usefixtures("cloud")
def test_without_traffic_there_are_the_rows_of_the_evaluation() -> None:
    """Before the first release, and where nothing is captured; a version without any has nothing."""
    assert sample(live=None) == replay.Sample("", (), None)
    put("evaluations/e/requests.jsonl")
    requests = f"s3://{BUCKET}/evaluations/e/requests.jsonl"
    assert sample(live=None) == replay.Sample("", (), requests)
    assert sample(live={"EndpointStatus": "InService"}).captured == ()
    assert sample() == replay.Sample(f"s3://{BUCKET}/{BELOW}", (), requests)


def test_the_request_has_the_shape_of_the_api() -> None:
    """botocore's own service model finds nothing wrong; the limits are those of the policy."""
    found = replay.Sample(f"{LIVE}/", ("a.jsonl",), f"s3://{BUCKET}/evaluations/e/requests.jsonl")
    storage, job = settings.Storage(bucket=BUCKET), settings.Job(**JOB)  # type: ignore[arg-type]
    made = replay.request("flights-replay-0", VERSION, found, RULES, job, storage)
    shape = get_session().get_service_model("sagemaker").operation_model("CreateProcessingJob").input_shape
    assert ParamValidator().validate(made, shape).generate_report() == ""
    assert made["AppSpecification"]["ImageUri"] == VERSION.image
    assert made["AppSpecification"]["ContainerEntrypoint"][3:5] == ["--requests", "2000"]
    kinds = {one["InputName"]: one["S3Input"]["S3DataType"] for one in made["ProcessingInputs"]}
    assert kinds == {"model": "S3Prefix", "requests": "ManifestFile", "evaluation": "S3Prefix"}


# the whole


@pytest.fixture
def asked(cloud: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Every job that is waited for; each leaves a good document."""
    waited: list[dict[str, Any]] = []

    def finish(kind: jobs.Kind, name: str) -> None:
        waited.append(cloud("sagemaker").describe_processing_job(ProcessingJobName=name))
        body = json.dumps(GOOD).encode()
        cloud("s3").put_object(Bucket=BUCKET, Key=f"replays/{name}/replay.json", Body=body)

    monkeypatch.setattr(jobs, "wait", finish)
    return waited


def gate(version: Version = VERSION, live: dict[str, Any] | None = CAPTURING) -> Document:
    """The verb's question."""
    return replay.gate(version, TARGET, settings.service("production"), RULES, live)


def test_a_job_answers_and_its_document_is_kept(asked: list[dict[str, Any]]) -> None:
    """Named by its content: the same question is asked once. The sample is a list of keys."""
    put(f"{BELOW}2026/02/01/00/01.jsonl")
    found, again = gate(), gate()
    assert found == again
    assert (found["passed"], found["worst"], found["requests"]) == (True, None, 2000)
    [name] = {one["ProcessingJobName"] for one in asked}
    assert found["job"] == name
    assert name.startswith("flights-replay-")
    assert tags_of(asked[0]["ProcessingJobArn"]) == {**TAGS, "environment": "platform"}
    inputs = {one["InputName"]: one["S3Input"]["S3Uri"] for one in asked[0]["ProcessingInputs"]}
    key = inputs["requests"].removeprefix(f"s3://{BUCKET}/")
    listed = json.loads(aws.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read())
    assert listed == [{"prefix": f"s3://{BUCKET}/{BELOW}"}, "2026/02/01/00/01.jsonl"]


@pytest.mark.parametrize("other", [{"image": "r/serve@sha256:2"}, {"model_data": f"s3://{BUCKET}/n"}])
def test_another_image_or_model_is_another_job(asked: list[dict[str, Any]], other: dict[str, str]) -> None:
    """Either may change alone."""
    put(f"{BELOW}2026/02/01/00/01.jsonl")
    assert gate()["job"] != gate(replace(VERSION, **other))["job"]


def test_newer_traffic_is_another_job(asked: list[dict[str, Any]]) -> None:
    """The sample is part of the name."""
    put(f"{BELOW}2026/02/01/00/01.jsonl")
    before = gate()["job"]
    put(f"{BELOW}2026/02/01/00/02.jsonl")
    assert gate()["job"] != before


def test_an_endpoint_that_captured_nothing_is_told(
    asked: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    """And the evaluation's rows are replayed in its traffic's place."""
    put("evaluations/e/requests.jsonl")
    assert gate()["passed"]
    assert "flights-production has captured nothing" in capsys.readouterr().err
    assert [one["InputName"] for one in asked[0]["ProcessingInputs"]] == ["model", "evaluation"]


def test_nothing_to_replay_is_refused_without_a_job(asked: list[dict[str, Any]]) -> None:
    """What was asked nothing has proved nothing."""
    found = gate(live=None)
    assert (found["passed"], found["job"], asked) == (False, None, [])


@pytest.mark.parametrize(("speed", "expected"), [(1.0, "480.0"), (60.0, "10")])
def test_the_limits_are_in_the_programs_own_time(
    monkeypatch: pytest.MonkeyPatch, speed: float, expected: str
) -> None:
    """It knows nothing of how fast AWS's time runs; a busy machine is given ten seconds."""
    monkeypatch.setattr(aws, "SPEED", speed)
    storage, job = settings.Storage(bucket=BUCKET), settings.Job(**JOB)  # type: ignore[arg-type]
    made = replay.request("name", VERSION, replay.Sample("", (), None), RULES, job, storage)
    words = made["AppSpecification"]["ContainerEntrypoint"]
    assert words[words.index("--startup-seconds") + 1] == expected
