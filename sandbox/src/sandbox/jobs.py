"""Training and processing jobs: their operations and records.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html: a name is unique in the
account and region, and taken for good (ResourceInUse). A job that is not there is a ValidationException
"Requested resource not found.", whatever the model of the API says
(https://github.com/boto/boto3/issues/2808). Not here, and refused: several instances, Pipe and FastFile mode,
continuous upload, compression other than gzip.
"""

import threading
from datetime import UTC, datetime
from typing import Any

from sandbox.access import behalf
from sandbox.images import Container
from sandbox.pages import page
from sandbox.running import Job, artifact, run
from sandbox.world import ApiError, World

Answer = dict[str, Any]
TRAINING, PROCESSING = "training-job", "processing-job"
_LOCAL = "/opt/ml/processing/"


class Jobs:
    """All jobs, by kind and name."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._jobs: dict[tuple[str, str], Job] = {}
        self._lock = threading.Lock()
        world.on_stop(self.close)

    def begin(self, kind: str, name: str, request: Answer, container: Container) -> Job:
        """Start a job under its role.

        Raises ApiError ResourceInUse when the name was ever used, ValidationException when SageMaker cannot take
        the role.
        """
        arn = self._world.arn("sagemaker", f"{kind}/{name}")
        job = Job(kind, name, arn, request, container, behalf.take(self._world, request["RoleArn"], arn))
        with self._lock:
            if (kind, name) in self._jobs:
                noun = kind.split("-", 1)[0].capitalize()
                raise ApiError(
                    "ResourceInUse",
                    f"{noun} job names must be unique within an AWS account and region, {job.arn} exists",
                )
            self._jobs[kind, name] = job
        threading.Thread(target=run, args=(self._world, job), daemon=True).start()
        return job

    def get(self, kind: str, name: str) -> Job:
        """The job. Raises ApiError ValidationException."""
        job = self._jobs.get((kind, name))
        if job is None:
            raise ApiError("ValidationException", "Requested resource not found.")
        return job

    def all(self, kind: str) -> list[Job]:
        """All jobs of `kind`."""
        with self._lock:
            return [job for (of, _), job in self._jobs.items() if of == kind]

    def close(self) -> None:
        """Ask all jobs to end."""
        for job in self._jobs.values():
            job.stop.set()


def attach(world: World) -> None:
    """Hang `world.jobs`."""
    world.jobs = Jobs(world)


def _require(given: Any, only: str, what: str) -> None:
    if given not in (None, only):
        raise ApiError("NotInSandbox", f"{what} {given} is not in the sandbox, only {only} is")


def _create_training(world: World, request: Answer) -> Answer:
    algorithm, resources = request.get("AlgorithmSpecification", {}), request.get("ResourceConfig", {})
    if "TrainingImage" not in algorithm:
        raise ApiError(
            "NotInSandbox",
            "a training job without AlgorithmSpecification.TrainingImage is not in the sandbox",
        )
    _require(str(resources.get("InstanceCount", 1)), "1", "ResourceConfig.InstanceCount")
    _require(request["OutputDataConfig"].get("CompressionType"), "GZIP", "OutputDataConfig.CompressionType")
    for channel in request.get("InputDataConfig", ()):
        _require(channel.get("InputMode", algorithm["TrainingInputMode"]), "File", "InputMode")
        if "S3DataSource" not in channel["DataSource"]:
            raise ApiError("NotInSandbox", "a channel without S3DataSource is not in the sandbox")
        _data_type(channel["DataSource"]["S3DataSource"])
    container = world.images.unpack(algorithm["TrainingImage"])
    job = world.jobs.begin(TRAINING, request["TrainingJobName"], _kept(request), container)
    return {"TrainingJobArn": job.arn}


def _create_processing(world: World, request: Answer) -> Answer:
    _require(str(request["ProcessingResources"]["ClusterConfig"]["InstanceCount"]), "1", "InstanceCount")
    for source in request.get("ProcessingInputs", ()):
        if "S3Input" not in source:
            raise ApiError("NotInSandbox", "a processing input without S3Input is not in the sandbox")
        _require(source["S3Input"].get("S3InputMode"), "File", "S3InputMode")
        _data_type(source["S3Input"])
        _local_path(source["S3Input"])
    for output in request.get("ProcessingOutputConfig", {}).get("Outputs", ()):
        if "S3Output" not in output:
            raise ApiError("NotInSandbox", "a processing output without S3Output is not in the sandbox")
        _require(output["S3Output"]["S3UploadMode"], "EndOfJob", "S3UploadMode")
        _local_path(output["S3Output"])
    container = world.images.unpack(request["AppSpecification"]["ImageUri"])
    job = world.jobs.begin(PROCESSING, request["ProcessingJobName"], _kept(request), container)
    return {"ProcessingJobArn": job.arn}


def _kept(request: Answer) -> Answer:
    return {name: value for name, value in request.items() if name != "Tags"}


def _data_type(source: Answer) -> None:
    if source["S3DataType"] not in ("S3Prefix", "ManifestFile"):
        raise ApiError("NotInSandbox", f"S3DataType {source['S3DataType']} is not in the sandbox")


def _local_path(place: Answer) -> None:
    if not place.get("LocalPath", "").startswith(_LOCAL) or ".." in place["LocalPath"]:
        raise ApiError("ValidationException", f"LocalPath must be an absolute path under {_LOCAL}")


def _times(job: Job) -> Answer:
    end = job.ended or datetime.now(UTC)
    times: Answer = {
        "CreationTime": job.created,
        "LastModifiedTime": job.steps[-1]["StartTime"] if job.steps else end,
    }
    started = {} if job.started is None else {"StartTime": job.started}
    return times | started | ({} if job.ended is None else {"EndTime": job.ended})


def _status(job: Job) -> str:
    return "Stopping" if job.status == "InProgress" and job.stop.is_set() else job.status


def _describe_training(world: World, request: Answer) -> Answer:
    job: Job = world.jobs.get(TRAINING, request["TrainingJobName"])
    times = _times(job)
    if "StartTime" in times:
        times["TrainingStartTime"] = times.pop("StartTime")
    if "EndTime" in times:
        times["TrainingEndTime"] = times.pop("EndTime")
    answer = job.request | times
    if job.started and job.ended:
        seconds = max(1, round(world.clock.aws((job.ended - job.started).total_seconds())))
        answer |= {"TrainingTimeInSeconds": seconds, "BillableTimeInSeconds": seconds}
    if job.reason:
        answer["FailureReason"] = job.reason
    return answer | {
        "TrainingJobArn": job.arn,
        "TrainingJobStatus": _status(job),
        "SecondaryStatus": job.steps[-1]["Status"] if job.steps else "Pending",
        "SecondaryStatusTransitions": job.steps,
        "ModelArtifacts": {"S3ModelArtifacts": artifact(job)},
    }


def _describe_processing(world: World, request: Answer) -> Answer:
    job: Job = world.jobs.get(PROCESSING, request["ProcessingJobName"])
    times = _times(job)
    if "StartTime" in times:
        times["ProcessingStartTime"] = times.pop("StartTime")
    if "EndTime" in times:
        times["ProcessingEndTime"] = times.pop("EndTime")
    texts = {"FailureReason": job.reason, "ExitMessage": job.message}
    return (
        job.request
        | times
        | {name: text for name, text in texts.items() if text}
        | {"ProcessingJobArn": job.arn, "ProcessingJobStatus": _status(job)}
    )


def _stop(world: World, kind: str, name: str) -> Answer:
    job: Job = world.jobs.get(kind, name)
    if job.status != "InProgress":
        raise ApiError(
            "ValidationException",
            f"The request was rejected because the {kind.replace('-', ' ')} is in status {job.status}.",
        )
    job.stop.set()
    return {}


def _list(world: World, request: Answer, kind: str, noun: str) -> Answer:
    rows = []
    for job in world.jobs.all(kind):
        times = _times(job)
        end = {f"{noun[:-3]}EndTime": times["EndTime"]} if job.ended else {}
        row = {f"{noun}Name": job.name, f"{noun}Arn": job.arn, f"{noun}Status": _status(job)}
        rows.append(row | end | {name: times[name] for name in ("CreationTime", "LastModifiedTime")})
    found = page(rows, request, name=f"{noun}Name", status=f"{noun}Status", order="Descending")
    return {f"{noun}Summaries": found.pop("rows"), **found}


OPERATIONS = {
    "sagemaker.CreateProcessingJob": _create_processing,
    "sagemaker.CreateTrainingJob": _create_training,
    "sagemaker.DescribeProcessingJob": _describe_processing,
    "sagemaker.DescribeTrainingJob": _describe_training,
    "sagemaker.ListProcessingJobs": lambda world, request: _list(world, request, PROCESSING, "ProcessingJob"),
    "sagemaker.ListTrainingJobs": lambda world, request: _list(world, request, TRAINING, "TrainingJob"),
    "sagemaker.StopProcessingJob": lambda world, request: _stop(world, PROCESSING, request["ProcessingJobName"]),
    "sagemaker.StopTrainingJob": lambda world, request: _stop(world, TRAINING, request["TrainingJobName"]),
}
