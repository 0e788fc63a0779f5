"""An experiment through the SageMaker Python SDK, on what `pipeline train` trains with.

From the project's folder, signed in to its registry account, after `pipeline data push`:

    uv run --project docs/sdk -m docs.sdk.train

Everything comes from where the verbs have it: the job's definition from the platform stack's parameters, the
data from the manifest, the image from ECR. Change what `trainer` asks for, or use it in a notebook. What it
trains is an experiment without a run record, so nobody can register it: bring what works into model/.
"""

import os

from pipeline import image, jobs, names, newest, settings, tags, tree
from pipeline.errors import explain
from pipeline.train import hyperparameters

# Before the SDK is imported: it makes clients while it is, and needs to know where.
os.environ["AWS_DEFAULT_REGION"] = names.project().region
# It would refuse the project's training role, which may do nothing to networks outside of its own.
os.environ["SAGEMAKER_VALIDATE_ROLE"] = "false"

from sagemaker.core.helper.session_helper import Session
from sagemaker.core.shapes import S3DataSource, StoppingCondition, Tag
from sagemaker.core.training.configs import Compute, InputData, Networking, OutputDataConfig
from sagemaker.train import ModelTrainer

# The SDK reports every call to its makers unless it is told not to.
QUIET = {"SchemaVersion": "1.0", "SageMaker": {"PythonSDK": {"Modules": {"TelemetryOptOut": True}}}}


def trainer() -> ModelTrainer:
    """A trainer that asks for the job that `pipeline train --experiment` asks for."""
    project, root = names.project(), names.root()
    job, storage = settings.job("train"), settings.storage()
    labels = tags.of(project, names.REGISTRY, tree.read(root).commit) | {"experiment": "true"}
    models = f"s3://{storage.bucket}/models"
    return ModelTrainer(
        sagemaker_session=Session(default_bucket=storage.bucket, sagemaker_config=QUIET),
        base_job_name=f"{project.name}-{jobs.EXPERIMENT.word}",  # the SDK appends the time
        training_image=image.ensure("train").uri,  # it has its entry point, so there is no source_code here
        hyperparameters=hyperparameters(root),
        input_data_config=[pinned(newest.trained_on(root).uri(storage.bucket))],
        output_data_config=OutputDataConfig(s3_output_path=models, kms_key_id=storage.kms_key_arn),
        role=job.role_arn,
        compute=machine(job),
        networking=Networking(
            subnets=list(job.subnets) or None,
            security_group_ids=list(job.security_groups) or None,
            enable_network_isolation=True,
        ),
        stopping_condition=longest(job),
        tags=[Tag(key=key, value=value) for key, value in labels.items()],
    )


def pinned(uri: str) -> InputData:
    """The files of a manifest in S3, and no others."""
    source = S3DataSource(
        s3_data_type="ManifestFile", s3_uri=uri, s3_data_distribution_type="FullyReplicated"
    )
    return InputData(channel_name="data", data_source=source)


def machine(job: settings.Job) -> Compute:
    """What the platform stack says that training runs on."""
    return Compute(
        instance_type=job.instance_type,
        instance_count=job.instance_count,
        volume_size_in_gb=job.volume_gb,
        volume_kms_key_id=job.kms_key_arn,
        enable_managed_spot_training=job.spot,
    )


def longest(job: settings.Job) -> StoppingCondition:
    """How long it may take, and how long it may wait for spot capacity."""
    if not job.spot:
        return StoppingCondition(max_runtime_in_seconds=job.max_runtime_seconds)
    wait = job.max_wait_seconds or job.max_runtime_seconds
    return StoppingCondition(max_runtime_in_seconds=job.max_runtime_seconds, max_wait_time_in_seconds=wait)


if __name__ == "__main__":
    try:
        trainer().train()
    except Exception as error:
        if (stop := explain(error)) is None:
            raise
        raise SystemExit(f"train: {stop}") from None
