"""The candidate as a shadow: for a while it answers copies of the traffic beside the live model, unseen.

A configuration of its own has the live variant and the shadow variant, one of each
(https://docs.aws.amazon.com/sagemaker/latest/dg/model-shadow-deployment.html), and takes all traffic at once,
as nothing changes for a caller. Afterwards the endpoint goes back to the live configuration, so that a canary
that is rolled back later ends where the release began. What both variants have answered is compared by a
processing job, as production's data do not pass through the runner.
"""

import time
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from pipeline import (
    aws,
    canary,
    digest,
    endpoint,
    jobs,
    ledger,
    listing,
    measured,
    names,
    processing,
    settings,
    tags,
    verdict,
)
from pipeline.command import Document
from pipeline.errors import InfrastructureError, UserError
from pipeline.ledger import Record
from pipeline.measured import Metric
from pipeline.policy import Policy
from pipeline.progress import say, waiting
from pipeline.replay import DISTINCT, ROLE
from pipeline.settings import Service

VARIANT = "shadow"
ENTRYPOINT = ("python", "-m", "serving.shadow")
KEPT = ("KmsKeyId", "MetricsConfig")  # of the live configuration, beside variants and data capture
MINUTE = 60
DELIVERY_SECONDS = (
    180  # until captured traffic is in the bucket: "a couple of minutes", dg/model-monitor-data-capture
)
UNSEEN_SECONDS = 60  # for so long after UpdateEndpoint, an endpoint that looks unchanged is no verdict
COUNTED = {"requests": "Invocations", "refused": "Invocation4XXErrors", "failed": "Invocation5XXErrors"}


class NotTakenError(InfrastructureError):
    """AWS returned to the configuration before; the message is its reason."""


def run(record: Record, service: Service, rules: Policy) -> Document:
    """Let the candidate shadow the live configuration for `shadow.seconds`: details["shadow"].

    Run again after a crash it attaches to what is there and listens for the whole time. The endpoint ends on
    `record.config_before`, whatever happens in between. Raises InfrastructureError when it cannot be brought
    there, or somebody else updates it meanwhile.
    """
    found: Document = {"seconds": rules.shadow.seconds, "config": make(record, service, rules), "compared": 0}
    try:
        found |= listen(record, service, rules, found["config"])
        if by := _aborted(record, service):
            return {
                **found,
                "passed": True,
                "sentence": f"{by} aborted the release while the candidate listened",
            }
        found |= compare(record, service, found["config"])
        passed, sentence = decide(found, rules)
    except NotTakenError as error:
        passed, sentence = False, f"the candidate did not start beside the live model: {error}"
    say(f"shadow of {record.config_asked}: {sentence}")
    return {**found, "passed": passed, "sentence": sentence}


def listen(record: Record, service: Service, rules: Policy, config: str) -> Document:
    """What was counted while the endpoint served `config`; it serves the live configuration again.

    Raises NotTakenError when it never did.
    """
    with waiting(f"shadow of {record.release}") as show:
        try:
            show("starting")
            serve(service, config)
            since = time.time()
            show(f"listening for {rules.shadow.seconds} s")
            _hear(record, service, rules.shadow.seconds)
            _still(service, config)
        finally:
            show("ending")
            restore(record, service, config)
        aws.sleep(DELIVERY_SECONDS)
    return {"counted": count(service, config, since)}


def _hear(record: Record, service: Service, seconds: float) -> None:
    """Wait for so many seconds of AWS's time, or until somebody aborts the release."""
    since = time.monotonic()
    while (left := seconds - aws.elapsed(since)) > 0 and not _aborted(record, service):
        aws.sleep(min(left, MINUTE))


def _aborted(record: Record, service: Service) -> str | None:
    """Who aborted the release, by the ledger; None while nobody has."""
    known = ledger.get(service.ledger_table, record.release)
    return known.aborted_by if known else None


def decide(found: Mapping[str, Any], rules: Policy) -> tuple[bool, str]:
    """Whether a shadow was good enough, and one sentence on which numbers. Pure."""
    live, shadow = found["counted"]["live"], found["counted"]["shadow"]
    copies, seconds = shadow["requests"], found["seconds"]
    if not live["requests"]:
        return True, f"no request came in {seconds} s: nothing was compared"
    if not copies:
        return False, f"none of {live['requests']} requests was copied to the candidate"
    bad, before = ((one["refused"] + one["failed"]) / one["requests"] for one in (shadow, live))
    if bad - before > rules.replay.error_rate:
        return False, (
            f"the candidate answered {bad:.2%} of {copies} copies with an error, the live model {before:.2%} "
            f"of its requests: it may be {rules.replay.error_rate:.2%} more (replay.error_rate)"
        )
    if why := found.get("why"):
        return False, f"the answers could not be compared: {why}"
    if found["schema"]:
        return False, f"{found['schema']} of {found['compared']} answers break the candidate's signature"
    told, scores = f"{copies} copies, {found['compared']} compared", found["scores"]
    if scores is None or scores["distinct"] < DISTINCT:
        return True, f"{told}; too few different answers to compare their distribution"
    shift = f"the distance between the two models' answers is {scores['shift']:.3f}"
    if scores["shift"] > rules.replay.score_shift:
        return False, f"{shift}, and may be {rules.replay.score_shift:g} (replay.score_shift)"
    return True, f"{told}; {shift}"


def request(live: Mapping[str, Any], record: Record, service: Service, rules: Policy) -> dict[str, Any]:
    """A CreateEndpointConfig request out of DescribeEndpointConfig's answer on the live one.

    It is named by its content. The shadow's weight beside the live variant's is the share of the requests
    that is copied.
    """
    variant: dict[str, Any] = live["ProductionVariants"][0]
    weight = variant.get("InitialVariantWeight", 1.0)
    shadow = variant | {
        "VariantName": VARIANT,
        "ModelName": record.model,
        "InstanceType": service.instance_type,
        "InitialInstanceCount": 1,
        "InitialVariantWeight": weight * rules.shadow.share,
    }
    variants = {"ProductionVariants": [variant], "ShadowProductionVariants": [shadow]}
    kept = {key: live[key] for key in KEPT if key in live}
    capture = {**live["DataCaptureConfig"], "EnableCapture": True, "InitialSamplingPercentage": 100}
    content = digest.of("shadow", variants, kept, capture, service.capture_s3_uri)
    name = names.release(names.project(), record.environment, content)
    capture["DestinationS3Uri"] = f"{service.capture_s3_uri.rstrip('/')}/{name}"
    return {"EndpointConfigName": name, **variants, "DataCaptureConfig": capture, **kept}


def make(record: Record, service: Service, rules: Policy) -> str:
    """Create the configuration with the shadow, unless it is there; its name."""
    live = aws.client("sagemaker").describe_endpoint_config(EndpointConfigName=record.config_before)
    asked = request(live, record, service, rules)
    name = str(asked["EndpointConfigName"])
    if not endpoint.has_config(name):
        aws.client("sagemaker").create_endpoint_config(**asked, Tags=tags.present(record.environment))
    return name


def end(record: Record, service: Service) -> None:
    """Take away the shadow that a dead process left, if it did: details["shadowing"].

    Raises InfrastructureError; UserError where this role may not, as to what was not promoted.
    """
    left = record.details.get("shadowing")
    if not left or not record.config_before or not endpoint.has_config(record.config_before):
        return
    try:
        restore(record, service, str(left))
    except ClientError as error:
        if error.response["Error"]["Code"] != "AccessDeniedException":
            raise
        again = f"pipeline {record.kind} {record.environment} --version {record.version}"
        raise UserError(
            f"{service.endpoint} still has the candidate of {record.release} as a shadow, which no caller "
            f"sees and this role may not take away, as {record.config_before} is not tagged promoted: run "
            f"`{again}`"
        ) from error


def serve(service: Service, config: str) -> None:
    """Bring the endpoint to `config`, unless it is there or on its way. Raises NotTakenError.

    What is under way already is waited for first.
    """
    if _settled(service)["EndpointConfigName"] == config:
        return
    aws.client("sagemaker").update_endpoint(**canary.at_once(service.endpoint, config))
    asked = time.monotonic()
    while (described := _settled(service))["EndpointConfigName"] != config:
        if aws.elapsed(asked) > UNSEEN_SECONDS:
            why = described.get("FailureReason", "AWS says no reason")
            raise NotTakenError(f"{service.endpoint} did not take {config}: {why}")
        aws.poll()


def restore(record: Record, service: Service, config: str) -> None:
    """Bring the endpoint from `config` back to the live configuration; leave it where somebody else took it.

    Raises InfrastructureError.
    """
    try:
        if _settled(service)["EndpointConfigName"] == config:
            serve(service, str(record.config_before))
    except NotTakenError as error:
        raise InfrastructureError(f"the candidate still shadows {record.config_before}: {error}") from error


def _settled(service: Service) -> dict[str, Any]:
    """DescribeEndpoint, once nothing is under way."""
    since = time.monotonic()
    while True:
        described = endpoint.there(service.endpoint)
        if described["EndpointStatus"] not in verdict.BUSY:
            return described
        if aws.elapsed(since) > canary.longest(0, 0):
            raise InfrastructureError(
                f"{service.endpoint} is still {verdict.stage(described)}: run the verb again"
            )
        aws.poll()


def _still(service: Service, config: str) -> None:
    described = endpoint.describe(service.endpoint) or {}
    if described.get("EndpointConfigName") != config or described["EndpointStatus"] != "InService":
        raise InfrastructureError(f"{service.endpoint} left {config} while the candidate was listening")


def count(service: Service, config: str, since: float) -> dict[str, dict[str, int]]:
    """Requests, and those answered with 4xx and 5xx, of both variants since a POSIX stamp."""
    variants, own = {"live": names.VARIANT, "shadow": VARIANT}, ("EndpointName", service.endpoint)
    metrics = {
        f"{variant} {key}": Metric(
            "AWS/SageMaker", metric, (own, ("VariantName", name), ("EndpointConfigName", config)), "Sum"
        )
        for variant, name in variants.items()
        for key, metric in COUNTED.items()
    }
    found = measured.read(metrics, since=since - MINUTE / aws.SPEED, now=time.time(), period=MINUTE)
    return {
        variant: {key: round(sum(found[f"{variant} {key}"].values())) for key in COUNTED}
        for variant in variants
    }


def compare(record: Record, service: Service, config: str) -> Document:
    """shadow.json of a processing job in the candidate's image. Raises InfrastructureError when it fails."""
    container = aws.client("sagemaker").describe_model(ModelName=record.model)["PrimaryContainer"]
    captured = f"{service.capture_s3_uri.rstrip('/')}/{config}/{service.endpoint}"
    with aws.acting(names.REGISTRY, ROLE):
        storage, inputs = settings.storage(), {"model": (container["ModelDataUrl"], "S3Prefix")}
        for folder, variant in (("live", names.VARIANT), ("shadow", VARIANT)):
            if not _any(prefix := f"{captured}/{variant}/"):
                return {
                    "captured": {folder: 0},
                    "compared": 0,
                    "joined_by": None,
                    "schema": 0,
                    "scores": None,
                }
            inputs[folder] = (prefix, "S3Prefix")

        def asked(name: str) -> dict[str, Any]:
            job, prefix = settings.job("replay"), f"replays/{name}"
            return processing.request(name, container["Image"], ENTRYPOINT, inputs, prefix, job, storage)

        content = digest.of("shadow", record.release, inputs, container["Image"])
        name = processing.start(jobs.REPLAY, content, storage.bucket, _key, asked)
        jobs.wait(jobs.REPLAY, name)
        document: Document = jobs.left(storage.bucket, _key(name))
    return {**document, "job": name}


def _any(prefix: str) -> bool:
    bucket, key = listing.place(prefix)
    return bool(aws.client("s3").list_objects_v2(Bucket=bucket, Prefix=key, MaxKeys=1).get("Contents"))


def _key(name: str) -> str:
    return f"replays/{name}/shadow.json"
