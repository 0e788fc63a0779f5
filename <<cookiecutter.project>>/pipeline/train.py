"""`pipeline train`: a training job named by image, data and hyperparameters."""

import hashlib
import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from pipeline import (
    archive,
    digest,
    image,
    jobs,
    manifest,
    names,
    newest,
    policy,
    record,
    sections,
    settings,
    tags,
    tree,
)
from pipeline.command import Answer, verb
from pipeline.data import push
from pipeline.errors import UserError
from pipeline.progress import say


@dataclass(frozen=True)
class Candidate:
    """A model that has been trained, and what it was made of."""

    job: str
    model_data: str
    manifest: manifest.Manifest
    train_image: str
    experiment: bool = False


def hyperparameters(root: Path) -> dict[str, str]:
    """model/hyperparameters.toml as text, which SageMaker takes (API: HyperParameters). Raises UserError."""
    name = "model/hyperparameters.toml"
    try:
        values = tomllib.loads((root / name).read_text())
    except ValueError as error:  # not TOML, or not even text
        raise UserError(f"{name} is not TOML: {error}") from error
    return {key: str(value) for key, value in values.items()}


def name_digest(train_tag: str, manifest_sha: str, parameters: dict[str, str]) -> str:
    """What a training job's name stands for; equal digests mean the same model, byte for byte."""
    return digest.of("train", train_tag, manifest_sha, parameters)


def candidate() -> Candidate:
    """The model trained from the present tree. Raises UserError when there is none.

    An experiment's only where the tree allows no other; the workflows' role cannot even look at one.
    """
    root = names.root()
    pinned = newest.trained_on(root)
    kinds = (jobs.TRAINING, jobs.EXPERIMENT) if tree.read(root).why_experiment else (jobs.TRAINING,)
    for kind in kinds:
        name, found = jobs.newest(kind, _digest(root, pinned), has_model)
        described = jobs.describe(kind, name) if found else None
        if described and described["TrainingJobStatus"] == "Completed":
            return _of(described, pinned, kind)
    raise UserError("this tree has no trained model: run `pipeline train` first")


def train(state: tree.Tree, *, experiment: bool = False) -> tuple[Candidate, bool]:
    """Push data, ensure the images, train, and write the run record.

    The second value says whether an earlier job was attached to.
    """
    root, kind = names.root(), jobs.EXPERIMENT if experiment else jobs.TRAINING
    promises = policy.load()  # first, because the gate's mistake should cost no training
    if promises.data.follow == sections.PINNED:  # the newest is in the bucket already
        push.push()
    pinned = newest.trained_on(root)
    train_image = image.ensure("train").uri
    job, storage = settings.job("train"), settings.storage()
    labels = tags.of(names.project(), names.REGISTRY, state.commit) | {"experiment": str(experiment).lower()}

    def made(name: str) -> dict[str, Any]:
        parameters = hyperparameters(root)
        asked = request(name, train_image, pinned, parameters, job, storage)
        return {**asked, "Tags": tags.pairs(labels)}

    name, attached = jobs.start(kind, _digest(root, pinned), has_model, made)
    if attached:
        say(f"train: attached to {name}")
    if not experiment:
        image.ensure("serve")  # needed by `register`; built while the job runs
    described = jobs.wait(kind, name)
    if "candidate" not in (record.read(name) or {}):  # a later verb may have written its section already
        more = _known_here(root, pinned, described)
        record.add(name, **record.of(described, state, promises.costs, experiment=experiment, **more))
    return _of(described, pinned, kind), attached


def request(
    name: str,
    image_uri: str,
    pinned: manifest.Manifest,
    parameters: dict[str, str],
    job: settings.Job,
    storage: settings.Storage,
) -> dict[str, Any]:
    """A CreateTrainingJob request: pinned files only, no network for the container."""
    kms = {"KmsKeyId": storage.kms_key_arn} if storage.kms_key_arn else {}
    volume = {"VolumeKmsKeyId": job.kms_key_arn} if job.kms_key_arn else {}
    longest = {"MaxRuntimeInSeconds": job.max_runtime_seconds}
    if job.spot:  # AWS: at least the run time (API shape StoppingCondition)
        longest["MaxWaitTimeInSeconds"] = job.max_wait_seconds or job.max_runtime_seconds
    source = {
        "S3DataType": "ManifestFile",
        "S3Uri": pinned.uri(storage.bucket),
        "S3DataDistributionType": "FullyReplicated",
    }
    return {
        "TrainingJobName": name,
        "AlgorithmSpecification": {"TrainingImage": image_uri, "TrainingInputMode": "File"},
        "RoleArn": job.role_arn,
        "HyperParameters": parameters,
        "InputDataConfig": [{"ChannelName": "data", "DataSource": {"S3DataSource": source}}],
        "OutputDataConfig": {"S3OutputPath": f"s3://{storage.bucket}/models", **kms},
        "ResourceConfig": {
            "InstanceType": job.instance_type,
            "InstanceCount": job.instance_count,
            "VolumeSizeInGB": job.volume_gb,
            **volume,
        },
        "StoppingCondition": longest,
        "EnableManagedSpotTraining": job.spot,
        "EnableNetworkIsolation": True,
        **job.vpc,
    }


def _digest(root: Path, pinned: manifest.Manifest) -> str:
    return name_digest(image.tag(root, "train"), pinned.sha256, hyperparameters(root))


def has_model(name: str) -> bool:
    """Whether a completed job's model is still in the bucket; a teardown empties it, the name stays taken."""
    return jobs.exists(settings.storage().bucket, f"models/{name}/output/model.tar.gz")


def _known_here(root: Path, pinned: manifest.Manifest, described: dict[str, Any]) -> dict[str, Any]:
    """What the record says and AWS does not know: lock file, data, and what the model says of itself."""
    files = archive.read(described["ModelArtifacts"]["S3ModelArtifacts"])
    return {
        "lock_sha256": digest.of_file(root / "uv.lock"),
        "manifest": pinned.sha256,
        "libraries": json.loads(files["signature.json"])["training"].get("libraries", {}),
        "model_sha256": hashlib.sha256(files["model.onnx"]).hexdigest(),
    }


def _of(described: dict[str, Any], pinned: manifest.Manifest, kind: jobs.Kind) -> Candidate:
    return Candidate(
        described["TrainingJobName"],
        described["ModelArtifacts"]["S3ModelArtifacts"],
        pinned,
        described["AlgorithmSpecification"]["TrainingImage"],
        experiment=kind is jobs.EXPERIMENT,
    )


def _try(state: tree.Tree) -> Answer:
    """An experiment on this machine."""
    from pipeline import experiment

    made, attached = experiment.local(names.root(), state)
    metrics = made["evaluation"]["metrics"].items()
    numbers = ", ".join(f"{name} {value:.4f}" for name, value in metrics if value is not None)
    was = "was tried already" if attached else "is tried"
    return Answer({**made, "attached": attached}, [f"{made['candidate']} {was}: {numbers}"])


@verb("train", "pipeline train --experiment --local")
@click.option("--experiment", is_flag=True, help="Train from any tree; it is never registered.")
@click.option("--local", is_flag=True, help="An experiment on this machine, which needs no credentials.")
def command(experiment: bool, local: bool) -> Answer:
    """Train on the pinned data, unless that has been done.

    Also does what `pipeline data push` and `pipeline image` do, so that this verb suffices. The job's name is
    the hash of training image, manifest and hyperparameters: a job of that name which runs or is completed is
    attached to, a failed one is followed by the next attempt. Uncommitted changes and branches other than
    main are refused, but for an experiment. One on this machine also evaluates, into build/experiments.
    """
    state = tree.read()
    if local and not experiment:
        raise UserError("what is trained on this machine is an experiment: write --experiment --local")
    if state.why_experiment and not experiment:
        raise UserError(f"{state.why_experiment}; or try it with `pipeline train --experiment`")
    if local:
        return _try(state)
    made, attached = train(state, experiment=experiment)
    document = {
        "candidate": made.job,
        "experiment": experiment,
        "attached": attached,
        "model_data": made.model_data,
        "manifest": made.manifest.sha256,
    }
    done = "was trained already" if attached else "is trained"
    summary = f"**train**: `{made.job}` {done} on manifest `{made.manifest.sha256[:12]}`."
    return Answer(document, [f"{made.job} {done}: {made.model_data}"], summary=summary)
