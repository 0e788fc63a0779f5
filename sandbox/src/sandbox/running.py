"""One job from Starting to its end: inputs, the container's program, outputs.

The container contract, with $ML_ROOT in the place of /opt/ml: training
https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo.html (and -running-container,
-output); processing https://docs.aws.amazon.com/sagemaker/latest/dg/build-your-own-processing-container.html.
When a job is stopped or its time is over, the program gets SIGTERM and 120 seconds to save what it has
(API_StopTrainingJob); both end as Stopped (API_DescribeTrainingJob, SecondaryStatus).
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

from sandbox import staging, tarball
from sandbox.access.behalf import Denied, Execution
from sandbox.images import Container
from sandbox.logs import LogStream
from sandbox.processes import command, environment
from sandbox.world import World

GRACE = 120.0  # AWS seconds between SIGTERM and SIGKILL of a job
REASON = 1024  # characters of the failure file, and of the exit message, that Describe answers
POLL = 0.05  # real seconds


@dataclass(eq=False)
class Job:
    """A job of either kind ("training-job", "processing-job"), as its request and what became of it."""

    kind: str
    name: str
    arn: str
    request: dict[str, Any]
    container: Container
    execution: Execution
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    started: datetime | None = None
    ended: datetime | None = None
    status: str = "InProgress"
    steps: list[dict[str, Any]] = field(default_factory=list)
    reason: str | None = None
    message: str | None = None
    stop: Event = field(default_factory=Event)

    def enter(self, step: str, message: str) -> None:
        """Begin a secondary status."""
        now = datetime.now(UTC)
        if self.steps:
            self.steps[-1].setdefault("EndTime", now)
        self.steps.append({"Status": step, "StartTime": now, "StatusMessage": message})

    def end(self, status: str, step: str, message: str) -> None:
        """Become Completed, Failed or Stopped, for good."""
        self.enter(step, message)
        self.ended = self.steps[-1]["EndTime"] = datetime.now(UTC)
        self.status = status

    def limit(self) -> float:
        """Its longest runtime, in AWS seconds; a day when the request has none (API_StoppingCondition)."""
        return float(self.request.get("StoppingCondition", {}).get("MaxRuntimeInSeconds", 86400))


class Failure(Exception):
    """The job's program ended with an error; the text is the FailureReason."""


def run(world: World, job: Job) -> None:
    """Carry `job` to its end; never raises, as the job's own record says what went wrong."""
    root = world.folder / "jobs" / job.kind / job.name
    parts = _Training if job.kind == "training-job" else _Processing
    try:
        _carry_out(world, job, parts(world, job, root))
    except Failure as failure:
        job.reason = str(failure)
        job.end("Failed", "Failed", job.reason)
    except (Denied, staging.DownloadFailed, staging.UploadFailed) as failure:
        job.reason = f"ClientError: {failure}"
        job.end("Failed", "Failed", job.reason)
    except Exception as error:
        job.reason = f"InternalServerError: {type(error).__name__}: {error}"
        job.end("Failed", "Failed", job.reason)


def _carry_out(world: World, job: Job, parts: "_Training | _Processing") -> None:
    job.enter("Starting", "Preparing the instances")
    _prepare(job, parts.namespace)
    job.enter("Downloading", "Downloading input data")
    parts.stage()
    late = False
    if not job.stop.is_set():
        late = _execute(world, job, parts)
    job.enter("Uploading", "Uploading what the job made")
    parts.collect()
    if late:
        job.end("Stopped", "MaxRuntimeExceeded", "The job ran longer than MaxRuntimeInSeconds")
    elif job.stop.is_set():
        job.end("Stopped", "Stopped", "The job was stopped")
    else:
        job.end("Completed", "Completed", "The job completed")


def _prepare(job: Job, namespace: str) -> None:
    """What SageMaker does before anything else, under the job's role. Raises Denied."""
    request, execution = job.request, job.execution
    cluster = request.get("ProcessingResources", {}).get("ClusterConfig", {})
    output = request.get("OutputDataConfig") or request.get("ProcessingOutputConfig", {})
    volume = request.get("ResourceConfig", cluster).get("VolumeKmsKeyId")
    execution.pull(
        request.get("AlgorithmSpecification", {}).get("TrainingImage") or request["AppSpecification"]["ImageUri"]
    )
    execution.use_keys(volume=volume, output=output.get("KmsKeyId"))
    execution.join(request.get("VpcConfig") or request.get("NetworkConfig", {}).get("VpcConfig", {}))
    execution.measure(namespace)


def _isolated(job: Job) -> bool:
    network = job.request.get("NetworkConfig", {})
    return bool(job.request.get("EnableNetworkIsolation") or network.get("EnableNetworkIsolation"))


def _execute(world: World, job: Job, parts: "_Training | _Processing") -> bool:
    """Run the program; True when its time was over. Raises Failure when it ended with an error."""
    job.enter("Training" if job.kind == "training-job" else "Processing", "The program runs")
    job.started = datetime.now(UTC)
    stream = LogStream(job.execution, parts.log_group, f"{job.name}/algo-1-{int(time.time())}")
    role = {} if _isolated(job) else job.execution.environment()
    env = environment(world, role, job.container.env, job.request.get("Environment", {}), parts.variables())
    words = command(parts.command())
    child = world.processes.start(job.kind, job.name, words, cwd=job.container.workdir, env=env, log=stream)
    until = time.monotonic() + world.clock.real(job.limit())
    late = False
    while not child.ended.wait(POLL):
        late = time.monotonic() > until
        if late or job.stop.is_set():
            job.enter("Stopping", "The program was told to end")
            world.processes.stop(child, GRACE)
    parts.read_messages()
    if child.code and not late and not job.stop.is_set():
        raise Failure(parts.failure(child.code))
    return late


def _text(file: Path) -> str:
    return file.read_text(errors="replace")[:REASON].strip() if file.is_file() else ""


def _folders(root: Path, *names: str) -> None:
    for name in names:
        (root / name).mkdir(parents=True, exist_ok=True)


def _json(file: Path, content: Any) -> None:
    file.write_text(json.dumps(content, default=str))


@dataclass
class _Training:
    world: World
    job: Job
    root: Path
    log_group = namespace = "/aws/sagemaker/TrainingJobs"

    def stage(self) -> None:
        _folders(self.root, "input/config", "input/data", "model", "output/data")
        config = self.root / "input" / "config"
        channels = self.job.request.get("InputDataConfig", ())
        _json(config / "hyperparameters.json", self.job.request.get("HyperParameters", {}))
        _json(config / "resourceconfig.json", {"current_host": "algo-1", "hosts": ["algo-1"]})
        _json(config / "inputdataconfig.json", {channel["ChannelName"]: channel for channel in channels})
        for channel in channels:
            source = channel["DataSource"]["S3DataSource"]
            folder = self.root / "input" / "data" / channel["ChannelName"]
            staging.fetch(self.job.execution, source["S3Uri"], source["S3DataType"], folder)

    def command(self) -> list[str]:
        algorithm = self.job.request["AlgorithmSpecification"]
        arguments = algorithm.get("ContainerArguments")
        if "ContainerEntrypoint" in algorithm:
            return [*algorithm["ContainerEntrypoint"], *(arguments or ())]
        return [*self.job.container.entrypoint, *(arguments or ["train"])]  # docker run IMAGE train

    def variables(self) -> Mapping[str, str]:
        job = self.job
        return {"ML_ROOT": str(self.root), "TRAINING_JOB_NAME": job.name, "TRAINING_JOB_ARN": job.arn}

    def read_messages(self) -> None:
        """A training job has none: what it says goes into the failure file."""

    def failure(self, code: int) -> str:
        return f"AlgorithmError: {_text(self.root / 'output' / 'failure')}, exit code: {code}"

    def collect(self) -> None:
        config = self.job.request["OutputDataConfig"]
        for folder, uri in (
            (self.root / "model", artifact(self.job)),
            (self.root / "output" / "data", _extra(self.job)),
        ):
            if any(folder.iterdir()):
                staging.put(self.job.execution, tarball.pack(folder), uri, config.get("KmsKeyId"))


@dataclass
class _Processing:
    world: World
    job: Job
    root: Path
    log_group = namespace = "/aws/sagemaker/ProcessingJobs"

    def stage(self) -> None:
        _folders(self.root, "config", "output", "processing")
        _json(self.root / "config" / "processingjobconfig.json", self.job.request)
        _json(self.root / "config" / "resourceconfig.json", {"current_host": "algo-1", "hosts": ["algo-1"]})
        for source in (given["S3Input"] for given in self.job.request.get("ProcessingInputs", ())):
            staging.fetch(self.job.execution, source["S3Uri"], source["S3DataType"], self._local(source["LocalPath"]))
        for output in self._outputs():
            self._local(output["LocalPath"]).mkdir(parents=True, exist_ok=True)

    def command(self) -> list[str]:
        application, container = self.job.request["AppSpecification"], self.job.container
        arguments = application.get("ContainerArguments")
        if "ContainerEntrypoint" in application:
            return [*application["ContainerEntrypoint"], *(arguments or ())]
        return [*container.entrypoint, *(arguments or container.cmd)]

    def variables(self) -> Mapping[str, str]:
        return {"ML_ROOT": str(self.root)}

    def read_messages(self) -> None:
        self.job.message = _text(self.root / "output" / "message") or None

    def failure(self, code: int) -> str:
        return f"AlgorithmError: See job logs for more information, exit code: {code}"

    def collect(self) -> None:
        kms_key = self.job.request.get("ProcessingOutputConfig", {}).get("KmsKeyId")
        for output in self._outputs():
            staging.store(self.job.execution, self._local(output["LocalPath"]), output["S3Uri"], kms_key)

    def _outputs(self) -> list[dict[str, Any]]:
        outputs = self.job.request.get("ProcessingOutputConfig", {}).get("Outputs", ())
        return [output["S3Output"] for output in outputs if "S3Output" in output]

    def _local(self, path: str) -> Path:
        return self.root / path.removeprefix("/opt/ml/")


def artifact(job: Job) -> str:
    """Where the model of a training job is, or will be."""
    return f"{job.request['OutputDataConfig']['S3OutputPath'].rstrip('/')}/{job.name}/output/model.tar.gz"


def _extra(job: Job) -> str:
    return artifact(job).replace("/model.tar.gz", "/output.tar.gz")
