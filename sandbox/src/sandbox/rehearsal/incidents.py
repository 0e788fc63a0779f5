"""Incidents that are caused on purpose: what came of each, after how long, and which page says what to do.

Each function is given a rehearsal under traffic and returns what came of it, or raises Failed.
"""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sandbox.rehearsal import damage, monitored, upstream
from sandbox.rehearsal.identity import REGISTRY
from sandbox.rehearsal.life import Life, expect, wait_for
from sandbox.rehearsal.monitored import BROKEN, CALLERS, KEPT, SIGHT, SOON, judged, silent, wait_for_a_window
from sandbox.rehearsal.record import Incident

POINTER = "data/newest.json"
MANY = 4  # times the instances that the traffic needs


def bad_batch(life: Life) -> Incident:
    """A partition full of impossible values is delivered: refused whole, and nothing is trained on it."""
    life.call("pipeline", "data", "check", "--job")
    bad, before = life.scenario.bad_file, _taken(life)
    path = life.file(bad.file)
    damage.plant(path, bad.column, bad.value, int(damage.height(path) * bad.share))
    began = _deliver(life, path)
    refused = life.call("pipeline", "data", "ingest", code=1)
    seconds = life.record.now() - began
    expect(_taken(life) == before, "a refused partition moved the pointer to the newest data, or something was trained")
    why = [rule["sentence"] for one in refused["files"] for rule in one["budgets"] if rule["passed"] is False]
    expect(bool(why), "the partition was refused without a reason")
    life.workspace.restore()
    _deliver(life, path)
    expect(life.call("pipeline", "data", "ingest")["moved"], "the corrected partition was not taken in")
    return Incident(
        cause=f"{bad.column} is {bad.value} in {bad.share:.0%} of the rows of {path.name}, which arrives",
        found=f"Refused: {why[0]}",
        told="`pipeline data ingest` ends with 1, and the workflow opens an issue with its words",
        seconds=seconds,
        page="data-refused",
        first="pipeline data ingest",
    )


def blind(life: Life) -> Incident:
    """Labels stop coming: the monitor says that it is blind, and does not go on saying that all is well."""
    assert life.labeller is not None  # noqa: S101 - only called under traffic
    monitored.live_for_a_window(life)
    judged(life, "With labels", SIGHT, KEPT)
    silent(life, SIGHT)
    life.labeller.pause()
    began, life.changed = life.record.now(), time.time()
    wait_for_a_window(life)
    incident = _found(life, "Without labels", SIGHT, began, cause="whoever writes labels/ stops")
    promise = life.scenario.loop.promise
    seen = life.record.verdicts[-1].states[promise]
    expect(seen != KEPT, f"without a label the monitor says that {promise} is {seen}")
    life.labeller.resume()
    judged(life, "Labels again", SIGHT, KEPT)
    silent(life, SIGHT)
    return incident


def silent_drift(life: Life) -> Incident:
    """The world changes and no request fails: only labels tell that the model is wrong."""
    promise, began = life.scenario.loop.promise, life.record.now()
    monitored.ask(life, life.scenario.loop.drifted)
    wait_for_a_window(life)
    return _found(life, "Silent drift", promise, began, cause="production is asked about months that differ")


def broken_column(life: Life) -> Incident:
    """A column that the model needs arrives empty."""
    column, began = life.scenario.broken_column.column, life.record.now()
    known = damage.questions(life.workspace.folder, life.scenario.traffic)
    monitored.change(life, damage.told(known, column, None))
    monitored.wait_for_a_block(life)
    return _found(life, "A broken column", CALLERS, began, cause=f"{column} arrives empty in every request")


def expensive_endpoint(life: Life) -> Incident:
    """Somebody takes many times the instances that the traffic needs: the monitor's page says what a day costs."""
    name = life.observer.settings("production", "service")["endpoint"]
    sagemaker = life.observer.client("sagemaker", "production")
    before = _cost(life)
    [variant] = sagemaker.describe_endpoint(EndpointName=name)["ProductionVariants"]
    many, began = MANY * variant["CurrentInstanceCount"], life.record.now()
    sagemaker.update_endpoint_weights_and_capacities(
        EndpointName=name,
        DesiredWeightsAndCapacities=[{"VariantName": variant["VariantName"], "DesiredInstanceCount": many}],
    )
    grown = wait_for(lambda: life.observer.live("production").status == "InService", SOON)
    expect(grown, f"the endpoint did not come to have {many} instances")
    after = _cost(life)
    expect(
        after["dollars"] >= MANY * before["dollars"] * 0.9,
        f"{MANY} times the instances cost {after['dollars']} a day, and {before['dollars']} before",
    )
    found = f"US$ {after['dollars']:.2f} a day instead of {before['dollars']:.2f}"
    return Incident(
        cause=f"{name} is given {many} instances instead of {variant['CurrentInstanceCount']}",
        found=f"{found}, for {after['requests']:,.0f} requests",
        told="the monitor's page; on AWS also the account's budget, which counts what is billed",
        seconds=life.record.now() - began,
        page="budget",
        first="pipeline monitor production --html build/monitor/index.html",
    )


INCIDENTS: dict[str, Callable[[Life], Incident]] = {
    "bad-batch": bad_batch,
    "silent-drift": silent_drift,
    "broken-column": broken_column,
    "expensive-endpoint": expensive_endpoint,
}


def step(incident: Callable[[Life], Incident]) -> Callable[[Life], str]:
    """The incident as a step of a rehearsal: what came of it goes into the record."""

    def seen(life: Life) -> str:
        found = incident(life)
        found.name = incident.__name__.replace("_", "-")
        life.record.incidents.append(found)
        return f"{found.cause}: {found.told}, after {found.seconds:.1f} s; {found.found}"

    return seen


def _found(life: Life, title: str, promise: str, began: float, cause: str) -> Incident:
    """The incident in which the monitor finds a promise broken, and its alarm sounds."""
    verdict = judged(life, title, promise, BROKEN)
    name = monitored.sounding(life, promise)
    since = life.observer.sounding("production").get(name, time.time())
    return Incident(
        cause=cause,
        found=verdict.sentence,
        told=f"the alarm {name}",
        seconds=since - life.record.began - began,
        page=f"model-{promise.replace('_', '-')}",
        first="pipeline monitor production --html build/monitor/index.html",
    )


def _deliver(life: Life, path: Path) -> float:
    """Let a partition arrive; seconds since the rehearsal began."""
    assert life.put is not None  # noqa: S101 - only called under traffic
    life.put(f"{upstream.PARTITIONS}/{path.name}", path.read_bytes())
    return life.record.now()


def _taken(life: Life) -> tuple[str, int]:
    """What the newest data is, and how many trainings there were."""
    bucket = life.observer.settings("platform", "storage")["bucket"]
    pointer = json.loads(life.observer.client("s3").get_object(Bucket=bucket, Key=POINTER)["Body"].read())
    trained = life.observer.client("sagemaker", REGISTRY).list_training_jobs()["TrainingJobSummaries"]
    return str(pointer["manifest"]), len(trained)


def _cost(life: Life) -> dict[str, Any]:
    """What the monitor says of the endpoint's machines."""
    system: dict[str, Any] = life.call("pipeline", "monitor", "production")["system"]
    return {name: float(system[name] or 0.0) for name in ("dollars", "requests")}
