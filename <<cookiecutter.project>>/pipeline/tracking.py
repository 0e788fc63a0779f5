"""MLflow, where a team has a tracking server: the run record, logged there as well.

The record in S3 is the truth and no verb depends on the server. It is asked when MLFLOW_TRACKING_URI is set,
which is MLflow's own variable, and has each candidate as one run however often it is told of it.
"""

import math
import os
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pipeline import names
from pipeline.command import Document
from pipeline.progress import say

URI = "MLFLOW_TRACKING_URI"
# MLflow's own would hold a verb up for minutes when the server is down, print into a verb's JSON, and report
# to its makers
DEFAULTS = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_DISABLE_TELEMETRY": "true",
}
_PASSWORD = re.compile(r"//[^/@\s]+@")  # of an address that an error quotes
TAGS = ("candidate", "commit", "branch", "experiment", "manifest", "image", "model_sha256")


@dataclass(frozen=True)
class Run:
    """A run as MLflow takes it; `started` and `ended` are milliseconds since 1970."""

    parameters: dict[str, str]
    metrics: dict[str, float]
    tags: dict[str, str]
    started: int
    ended: int


def run(record: Document) -> Run:
    """The run that a record describes; without the words of verbs that have not run yet. Pure."""
    parameters = {**record["hyperparameters"], "instance_type": record["instance_type"]}
    measured = {**(record.get("evaluation") or {}).get("metrics", {}), "training_seconds": record["seconds"]}
    tags = {name: record.get(name) for name in TAGS}
    if gate := record.get("gate"):
        tags["gate"] = "passed" if gate["passed"] else "refused"
    if registered := record.get("registered"):
        tags["version"] = registered["version"]
    started = round(datetime.fromisoformat(record["started"]).timestamp() * 1000)
    return Run(
        parameters={name: str(value) for name, value in parameters.items()},
        metrics={name: float(value) for name, value in measured.items() if _finite(value)},
        tags={name: str(value) for name, value in tags.items() if value is not None},
        started=started,
        ended=started + round(record["seconds"] * 1000),
    )


def log(record: Document) -> None:
    """Tell the tracking server of a run, if there is a server; what goes wrong is said and stops nothing."""
    uri = os.environ.get(URI)
    if not uri:
        return
    for name, value in DEFAULTS.items():
        os.environ.setdefault(name, value)
    try:
        from mlflow import MlflowClient
    except ImportError:
        say(
            f"tracking: {URI} is set and MLflow is not installed: install the group mlflow "
            "(uv sync --group mlflow; in a workflow, groups: gate mlflow), or unset the variable"
        )
        return
    candidate = record["candidate"]
    try:
        _send(MlflowClient(tracking_uri=uri), names.project().name, run(record), record)
    except Exception as error:  # whatever the server or its client raises, the verb has done its work
        why = _PASSWORD.sub("//", " ".join(str(error).split())) or type(error).__name__
        say(f"tracking: MLflow did not take {candidate}, the run record in S3 has it: {why[:300]}")
        return
    say(f"tracking: MLflow has {candidate}")


def _send(client: Any, experiment: str, told: Run, record: Document) -> None:
    """Make the candidate's run, or bring the one that is there up to date."""
    from mlflow.entities import Metric, Param, RunTag

    known = client.get_experiment_by_name(experiment)
    place = known.experiment_id if known else client.create_experiment(experiment)
    candidate = told.tags["candidate"]
    there = client.search_runs([place], filter_string=f"tags.candidate = '{candidate}'", max_results=1)
    if there:
        identifier = there[0].info.run_id
    else:
        made = client.create_run(
            place, start_time=told.started, tags={"candidate": candidate}, run_name=candidate
        )
        identifier = made.info.run_id
    client.log_batch(
        identifier,
        metrics=[Metric(name, value, told.ended, 0) for name, value in told.metrics.items()],
        params=[Param(name, value) for name, value in told.parameters.items()],
        tags=[RunTag(name, value) for name, value in told.tags.items()],
    )
    client.log_dict(identifier, record, "run.json")
    client.set_terminated(identifier, "FINISHED", end_time=told.ended)


def _finite(value: Any) -> bool:
    """Whether a metric is a number that a picture can show."""
    return isinstance(value, int | float) and math.isfinite(value)
