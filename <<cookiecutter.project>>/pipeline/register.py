"""`pipeline register`: put what the gate has passed into the model registry."""

from typing import Any

import click

from pipeline import (
    aws,
    card,
    digest,
    evaluate,
    gate,
    image,
    pair,
    record,
    registry,
    settings,
    tracking,
    tree,
)
from pipeline import train as training
from pipeline.card.facts import Facts
from pipeline.command import Answer, Document, verb
from pipeline.errors import RefusalError


def refusal(verdict: Document | None, champion: Document | None, served: bool = False) -> str | None:
    """Why a candidate cannot be registered; None when it can. Pure.

    What production serves already, `served`, was compared with the champion before it.
    """
    if verdict is None:
        return "the gate has not been asked about this candidate: run `pipeline gate`"
    if not verdict["passed"]:
        failed = ", ".join(rule["rule"] for rule in gate.refusing(verdict))
        return f"the gate refused this candidate ({failed}): train another one"
    if verdict["champion"] != champion and not served:
        return (
            "production has changed since the gate compared this candidate with it: run `pipeline gate` again"
        )
    return None


def properties(candidate: training.Candidate, verdict: Document, commit: str, **more: str) -> dict[str, str]:
    """CustomerMetadataProperties: what it was made of. Values have 1 to 256 characters (API shape)."""
    scored = verdict["evaluations"]["candidate"]
    return {
        **{name: registry.text(value) for name, value in more.items()},
        "train_job": candidate.job,
        "train_image": candidate.train_image,
        "manifest": candidate.manifest.sha256,
        "model_sha256": scored["model_sha256"],
        "commit": commit,
        **{name: f"{value:.6f}" for name, value in scored["metrics"].items() if value is not None},
    }


def request(
    group: str,
    candidate: training.Candidate,
    serve_image: str,
    verdict: Document,
    commit: str,
    **more: str,
) -> dict[str, Any]:
    """A CreateModelPackage request; `more` are properties. AWS takes no tags for a version (API, Tags).

    The token is the pair's, so that two who register it at once make one version (API, ClientToken).
    """
    report = {"ContentType": "application/json", "S3Uri": verdict["evaluation_uri"]}
    return {
        "ModelPackageGroupName": group,
        "ClientToken": digest.of(candidate.model_data, serve_image)[: pair.TOKEN_LENGTH],
        "ModelPackageDescription": f"{candidate.job} at commit {commit[:12]}",
        "ModelApprovalStatus": "Approved",
        "InferenceSpecification": {
            "Containers": [{"Image": serve_image, "ModelDataUrl": candidate.model_data}],
            "SupportedContentTypes": ["application/json", "text/csv"],
            "SupportedResponseMIMETypes": ["application/json"],
        },
        "MetadataProperties": {"CommitId": commit, "GeneratedBy": candidate.job},
        "ModelMetrics": {"ModelQuality": {"Statistics": report}},
        "CustomerMetadataProperties": properties(candidate, verdict, commit, **more),
    }


@verb("register", "pipeline register --json")
@click.option(
    "--model-of", "number", type=click.IntRange(1), metavar="VERSION", help="Take that version's model."
)
def command(number: int | None) -> Answer:
    """Register the candidate of the present tree as an approved version, if the gate has passed it.

    A version is a pair: the trained model and the serving image of the same tree. Registering the same pair
    again gives the same version. It carries a model card (`pipeline card`), and both images are tagged
    registered-VERSION, which ECR's lifecycle spares. A tree that only allows experiments is refused, and so
    is a model whose run record would not let somebody make it again.

    With --model-of the pair is the model of an approved VERSION and this tree's serving image: a patch needs
    no training. The gate, which looks at models, is not asked; the release replays the pair and bakes it.
    """
    state = tree.read()
    if why := state.why_experiment:
        raise RefusalError(f"an experiment cannot be registered: {why}")
    commit = state.commit or ""
    version = pair.register(number, commit) if number else _candidate(commit)
    if version.status == "Rejected":
        raise RefusalError(
            f"version {version.number} is this candidate and was rejected: {version.status_reason}"
        )
    made = version.properties
    for kept in (version.image, made["train_image"]):
        image.keep(kept, f"registered-{version.number}")
    document = {
        "version": version.number,
        "arn": version.arn,
        "candidate": made["train_job"],
        "model_of": int(made["model_of"]) if "model_of" in made else None,
        "status": version.status,
        "card": made.get("card"),
    }
    served = f", the model of version {made['model_of']} in another image" if "model_of" in made else ""
    line = f"{made['train_job']} is version {version.number}{served}, {version.status}."
    waits = registry.unreleased(version)
    next_ = "" if waits else f" It is at stage {version.stage}: nothing is left to release."
    outputs = {"version": str(version.number) if waits else ""}
    return Answer(document, [line], outputs=outputs, summary=f"**register**: {line}{next_}")


def _candidate(commit: str) -> registry.Version:
    """The version of the present tree's candidate, made unless it is there. Raises RefusalError."""
    candidate = training.candidate()
    run = record.read(candidate.job)
    if why := record.refusal(run, candidate.experiment):
        raise RefusalError(why)
    verdict, live = gate.read(candidate.job), evaluate.champion()
    if why := refusal(verdict, evaluate.shown(live), evaluate.serves(live, candidate)):
        raise RefusalError(why)
    serve_image, group = image.ensure("serve").uri, settings.registry().model_package_group
    version = registry.find(group, candidate.model_data, serve_image)
    if version is None:
        version = create(group, candidate, serve_image, card.facts(run or {}, verdict or {}), commit)
    if version.status != "Rejected":
        by = version.properties.get("by")
        told = {"version": version.number, "arn": version.arn, "at": version.created, "by": by}
        tracking.log(record.add(candidate.job, registered=told))
    return version


def create(
    group: str, candidate: training.Candidate, serve_image: str, facts: Facts, commit: str
) -> registry.Version:
    """Write the card, and make the version that carries it."""
    by = aws.caller()
    links = {
        "card": card.keep(facts),
        "record": f"s3://{settings.storage().bucket}/{record.key(candidate.job)}",
    }
    made = request(group, candidate, serve_image, facts.verdict, commit, by=by, **links)
    sagemaker, about = aws.client("sagemaker"), card.for_package(facts, links["card"], by)
    arn = sagemaker.create_model_package(**made, ModelCard=about)["ModelPackageArn"]
    return registry.parse(sagemaker.describe_model_package(ModelPackageName=arn))
