"""What a candidate answers to requests that production has answered, before it sees any traffic.

A processing job in the candidate's own serving image sends them; the release decides by what it found. They
are the newest that the live configuration captured, filled up with rows of the candidate's evaluation.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pipeline import aws, digest, jobs, listing, names, processing, settings
from pipeline.command import Document
from pipeline.endpoint import Target
from pipeline.policy import Policy
from pipeline.progress import say
from pipeline.registry import Version
from pipeline.sections import Replay, Slo
from pipeline.settings import Service

ROLE = "examine"  # of the registry's account, where models, images and captured traffic are
ENTRYPOINT = ("python", "-m", "serving.replay")
SAMPLES = "replays/samples/"
BYTES = 16_384  # of a captured request, generously: one row takes a tenth
OBJECTS = 1000  # a file holds what came within a minute or so; of little traffic, this is most of a day
ANSWER_SECONDS = 60  # SageMaker's own bound: .../latest/APIReference/API_runtime_InvokeEndpoint.html
LEAST_SECONDS = 10  # of ours, where AWS's time runs faster
WORDS = {"captured": "captured", "evaluation": "of the evaluation"}
NOTHING: Document = {"ready": True, "requests": 0, "errors": 0}
DISTINCT = 50  # values: of fewer, every new model has another distribution


@dataclass(frozen=True)
class Sample:
    """What is replayed: captured objects below a prefix (S3 URI, with `/`), and the evaluation's requests."""

    prefix: str
    captured: tuple[str, ...]
    evaluation: str | None

    @property
    def manifest(self) -> list[Any]:
        """The captured objects as AWS's ManifestFile (API shape S3DataSource)."""
        return [{"prefix": self.prefix}, *self.captured]

    @property
    def digest(self) -> str:
        """What the sample is called."""
        return digest.of(self.manifest, self.evaluation)


def decide(document: Document, rules: Replay, slo: Slo) -> tuple[bool, str]:
    """Whether a candidate has passed its replay, and one sentence on which numbers. Pure."""
    if not document["ready"]:
        return False, f"the candidate does not come up: {document['why']}"
    requests, errors = document["requests"], document["errors"]
    if not requests:
        return False, (
            "there is nothing to replay, neither captured traffic nor rows of the evaluation: train again, "
            "which evaluates anew"
        )
    if lost := document["statuses"].get("none"):
        return False, f"{lost} of {requests} requests got no answer: {worst(document)}"
    if errors > rules.error_rate * requests:
        return False, (
            f"{errors} of {requests} requests were answered otherwise than with 200, at most "
            f"{rules.error_rate:.2%} may be (replay.error_rate): {worst(document)}"
        )
    if document["schema"]:
        return False, f"{document['schema']} of {requests} answers break the signature: {worst(document)}"
    p95 = document["latency_ms"]["p95"]
    if p95 > slo.latency_p95_ms:
        return False, (
            f"95 of 100 requests took up to {p95:.1f} ms, and may take {slo.latency_p95_ms:g} ms "
            "(slo.latency_p95_ms)"
        )
    told = ", ".join(f"{count} {WORDS[source]}" for source, count in document["sources"].items())
    told = f"{requests} requests ({told}), p95 {p95:.1f} ms"
    scores = [one for one in document["scores"].values() if one["distinct"] >= DISTINCT]
    if not scores:
        return True, f"{told}; too few different answers to compare their distribution"
    furthest = max(scores, key=lambda one: float(one["shift"]))
    shift = f"the distance between the answers then and now is {furthest['shift']:.3f}"
    if furthest["shift"] > rules.score_shift:
        of = WORDS[furthest["of"]]
        return False, f"{shift} for those {of}, and may be {rules.score_shift:g} (replay.score_shift)"
    return True, f"{told}; {shift}"


def worst(document: Document) -> str | None:
    """The failure that most requests met; None without one."""
    failures = document.get("failures")
    return max(failures, key=lambda one: one["count"])["sentence"] if failures else document.get("why")


def gate(
    version: Version, target: Target, service: Service, rules: Policy, live: dict[str, Any] | None
) -> Document:
    """Replay a version before it becomes `target`; `live` is DescribeEndpoint, None before the first release.

    The job is named by model, image and requests. Raises InfrastructureError when it fails.
    """
    with aws.acting(names.REGISTRY, ROLE):
        storage = settings.storage()
        found = sample(version, service, live, rules.replay)
        if live and not found.captured:
            say(f"replay: {service.endpoint} has captured nothing, so rows of the evaluation are replayed")
        name, document = None, NOTHING
        if found.captured or found.evaluation:
            name = start(version, found, rules, storage)
            jobs.wait(jobs.REPLAY, name)
            document = jobs.left(storage.bucket, key(name))
    passed, sentence = decide(document, rules.replay, rules.slo)
    say(f"replay for {target.config}: {sentence}")
    return {**document, "passed": passed, "sentence": sentence, "worst": worst(document), "job": name}


def sample(version: Version, service: Service, live: dict[str, Any] | None, rules: Replay) -> Sample:
    """The newest objects that the live configuration has captured, and what fills them up."""
    evaluation = None
    if version.evaluation:
        beside = f"{version.evaluation.rpartition('/')[0]}/requests.jsonl"
        bucket, at = listing.place(beside)
        evaluation = beside if jobs.exists(bucket, at) else None
    to = (live or {}).get("DataCaptureConfig", {}).get("DestinationS3Uri")
    if to is None:
        return Sample("", (), evaluation)
    prefix = f"{to.rstrip('/')}/{service.endpoint}/{names.VARIANT}/"
    return Sample(prefix, tuple(_enough(prefix, rules.requests)), evaluation)


def _enough(prefix: str, requests: int) -> Iterator[str]:
    """Keys below `prefix` of the newest objects, until they hold so many requests.

    Year, month, day, hour and minute are in the key:
    https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html.
    """
    bucket, start = listing.place(prefix)
    left = requests * BYTES
    for number, one in enumerate(listing.newest(bucket, start)):
        if left <= 0 or number == OBJECTS:
            return
        left -= one["Size"]
        yield one["Key"].removeprefix(start)


def start(version: Version, found: Sample, rules: Policy, storage: settings.Storage) -> str:
    """The name of a job that runs or has run for this model, this image and these requests."""
    if found.captured:
        aws.client("s3").put_object(
            Bucket=storage.bucket, Key=_listed(found), Body=json.dumps(found.manifest).encode()
        )

    def asked(name: str) -> dict[str, Any]:
        return request(name, version, found, rules, settings.job("replay"), storage)

    content = digest.of("replay", version.model_data, version.image, found.digest, rules.replay.requests)
    return processing.start(jobs.REPLAY, content, storage.bucket, key, asked)


def request(
    name: str,
    version: Version,
    found: Sample,
    rules: Policy,
    job: settings.Job,
    storage: settings.Storage,
) -> dict[str, Any]:
    """A CreateProcessingJob request: the model and the requests in, no network, one document out."""
    inputs = {"model": (version.model_data, "S3Prefix")}
    if found.captured:
        inputs["requests"] = (f"s3://{storage.bucket}/{_listed(found)}", "ManifestFile")
    if found.evaluation:
        inputs["evaluation"] = (found.evaluation, "S3Prefix")
    bounds = {
        "--requests": rules.replay.requests,
        "--startup-seconds": _ours(rules.canary.startup_seconds),
        "--answer-seconds": _ours(ANSWER_SECONDS),
    }
    entrypoint = [*ENTRYPOINT, *(str(word) for pair in bounds.items() for word in pair)]
    return processing.request(name, version.image, entrypoint, inputs, f"replays/{name}", job, storage)


def _ours(seconds: float) -> float:
    """Seconds of AWS's time as a program without AWS counts them."""
    return max(seconds / aws.SPEED, min(seconds, LEAST_SECONDS))


def _listed(found: Sample) -> str:
    return f"{SAMPLES}{found.digest}.json"


def key(name: str) -> str:
    """Where the document of a job is in the bucket."""
    return f"replays/{name}/replay.json"
