"""`pipeline train`: a training job named by image, data and hyperparameters."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline import aws, digest, image, jobs, manifest, names, policy, settings, tags, tree
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


def hyperparameters(root: Path) -> dict[str, str]:
    """model/hyperparameters.toml as SageMaker takes it: text (API shape HyperParameters)."""
    return {
        key: str(value)
        for key, value in tomllib.loads((root / "model/hyperparameters.toml").read_text()).items()
    }


def name_digest(train_tag: str, manifest_sha: str, parameters: dict[str, str]) -> str:
    """What a training job's name stands for; equal digests mean the same model, byte for byte."""
    return digest.of("train", train_tag, manifest_sha, parameters)


def candidate() -> Candidate:
    """The model trained from the present tree. Raises UserError when there is none."""
    root = names.root()
    pinned = manifest.read(root)
    name, found = jobs.newest(jobs.TRAINING, _digest(root, pinned), _has_model)
    described = jobs.describe(jobs.TRAINING, name) if found else None
    if described is None or described["TrainingJobStatus"] != "Completed":
        raise UserError("this tree has no trained model: run `pipeline train` first")
    return _of(described, pinned)


def train() -> tuple[Candidate, bool]:
    """Push data, ensure the images, train; the second value says whether an earlier job was attached to."""
    root = names.root()
    policy.load()  # the gate's mistake costs no training
    push.push()
    train_image = image.ensure("train").uri
    pinned = manifest.read(root)
    name, attached = jobs.newest(jobs.TRAINING, _digest(root, pinned), _has_model)
    if attached:
        say(f"train: attached to {name}")
    else:
        aws.client("sagemaker").create_training_job(
            **request(
                name,
                train_image,
                pinned,
                hyperparameters(root),
                settings.job("train"),
                settings.storage(),
            ),
            Tags=tags.present(names.REGISTRY, experiment=_experiment(tree.read(root))),
        )
    image.ensure("serve")  # needed by `register`; built while the job runs
    return _of(jobs.wait(jobs.TRAINING, name), pinned), attached


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


def _has_model(name: str) -> bool:
    """Whether a completed job's model is still in the bucket; a teardown empties it, the name stays taken."""
    return jobs.exists(settings.storage().bucket, f"models/{name}/output/model.tar.gz")


def _of(described: dict[str, Any], pinned: manifest.Manifest) -> Candidate:
    return Candidate(
        described["TrainingJobName"],
        described["ModelArtifacts"]["S3ModelArtifacts"],
        pinned,
        described["AlgorithmSpecification"]["TrainingImage"],
    )


def _experiment(state: tree.Tree) -> str:
    """The value of the tag that says whether what a job makes can be registered."""
    return "true" if state.why_experiment else "false"


@verb("train", "pipeline train --json")
def command() -> Answer:
    """Train on the pinned data, unless that has been done.

    Also does what `pipeline data push` and `pipeline image` do, so that this verb suffices. The job's name is
    the hash of training image, manifest and hyperparameters: a job of that name which runs or is completed is
    attached to, a failed one is followed by the next attempt. A tree with uncommitted changes trains as an
    experiment.
    """
    why = tree.read().why_experiment
    if why:
        say(f"train: this is an experiment, it cannot be registered: {why}")
    made, attached = train()
    document = {
        "candidate": made.job,
        "attached": attached,
        "model_data": made.model_data,
        "manifest": made.manifest.sha256,
    }
    return Answer(
        document, [f"{made.job} {'was trained already' if attached else 'is trained'}: {made.model_data}"]
    )
