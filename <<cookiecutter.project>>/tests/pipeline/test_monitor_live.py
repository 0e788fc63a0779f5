"""The verb against a running sandbox: real requests, real capture, the job in the serving image."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from model import features
from model.contract import LABEL
from pipeline import names
from pipeline.__main__ import run

from . import live as running
from .conftest import PROJECT, REPOSITORY, evaluation
from .live import BUCKET, ENDPOINT, Live

ROWS, SECONDS = 20, 12  # of a request, and of traffic
SHORTER = {
    "block_minutes = 1440": "block_minutes = 1",  # a second of ours
    "window_blocks = 14": "window_blocks = 120",
    "minimum_rows = 500": "minimum_rows = 100",
    "label_hours = 72": "label_hours = 0.03",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose days are seconds."""
    path = tmp_path_factory.mktemp("monitored") / "flights"
    path.mkdir()
    (path / "project.toml").write_text(PROJECT)
    policy = (REPOSITORY / "policy.toml").read_text()
    for old, new in SHORTER.items():
        assert old in policy
        policy = policy.replace(old, new)
    (path / "policy.toml").write_text(policy)
    return path


@pytest.fixture(scope="module")
def live(folder: Path, trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """An account whose production serves a released version."""
    state = tmp_path_factory.mktemp("account") / "s"
    with running.serving(folder, trained, state, "live") as (account, image):
        release(account, image)
        yield account


def release(account: Live, image: str) -> None:
    """Registry and ledger know what is live, and what it was worth."""
    key = "evaluations/e/evaluation.json"
    document = json.dumps(evaluation(days=14, rows=2800)).encode()
    account.client("s3").put_object(Bucket=BUCKET, Key=key, Body=document)
    sagemaker = account.client("sagemaker")
    sagemaker.create_model_package_group(ModelPackageGroupName="flights")
    statistics = {"ContentType": "application/json", "S3Uri": f"s3://{BUCKET}/{key}"}
    sagemaker.create_model_package(
        ModelPackageGroupName="flights",
        ModelApprovalStatus="Approved",
        InferenceSpecification={
            "Containers": [{"Image": image, "ModelDataUrl": f"s3://{BUCKET}/models/model.tar.gz"}],
            "SupportedContentTypes": ["application/json"],
            "SupportedResponseMIMETypes": ["application/json"],
        },
        ModelMetrics={"ModelQuality": {"Statistics": statistics}},
    )
    table = names.ledger(names.project(), "production")
    account.client("dynamodb").create_table(
        TableName=table,
        KeySchema=[{"AttributeName": "release", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "release", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    now = datetime.now(UTC).isoformat()
    record = {"release": "production-v1-x", "environment": "production", "kind": "release", "model": "live"}
    record |= {"config_asked": "live", "state": "PROMOTED", "started": now, "ended": now}
    item = {key: {"S": value} for key, value in record.items()} | {"version": {"N": "1"}}
    account.client("dynamodb").put_item(TableName=table, Item=item)


def ask(account: Live, rows: list[dict[str, Any]], truth: list[bool]) -> None:
    """Some seconds of requests, each labelled at once."""
    runtime, s3 = account.client("sagemaker-runtime"), account.client("s3")
    until, number = time.monotonic() + SECONDS, 0
    while time.monotonic() < until:
        at = number * ROWS % (len(rows) - ROWS)
        body = json.dumps({"instances": rows[at : at + ROWS]}).encode()
        runtime.invoke_endpoint(
            EndpointName=ENDPOINT, Body=body, ContentType="application/json", InferenceId=f"r-{number}"
        )
        came = ",".join(str(int(one)) for one in truth[at : at + ROWS])
        line = {
            "groundTruthData": {"data": came, "encoding": "CSV"},
            "eventMetadata": {"eventId": f"r-{number}"},
            "eventVersion": "0",
        }
        key = f"labels/production/{datetime.now(UTC):%Y/%m/%d/%H}/{number}.jsonl"
        s3.put_object(Bucket=BUCKET, Key=key, Body=json.dumps(line).encode())
        number += 1
        time.sleep(0.15)


def monitored(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    """What the verb prints."""
    code = run(["monitor", "production", "--json", *words])
    told = capsys.readouterr()
    assert code == 0, told
    found: dict[str, Any] = json.loads(told.out)
    return found


def test_what_was_asked_is_read_joined_and_judged(
    live: Live, folder: Path, flights: pl.DataFrame, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything was asked nobody can tell; then each promise has a verdict, a page, and a metric."""
    before = monitored(capsys)
    assert (before["job"], set(before["states"].values())) == (None, {"unknown"})

    some = flights.filter(pl.col(LABEL).is_not_null()).gather_every(3).head(2000)
    rows = some.select(features.COLUMNS).fill_nan(None).to_dicts()
    ask(live, rows, some[LABEL].to_list())
    time.sleep(4)  # capture writes once a minute of AWS's time; the last labels are due

    page = folder / "build" / "index.html"
    found = monitored(capsys, "--html", str(page))
    document = found["document"]
    assert document["rows"] == document["requests"] * ROWS > 300
    assert sum(one["labelled"] for one in document["blocks"]) == document["rows"]
    assert "unknown" not in found["states"].values(), found["findings"]
    assert found["states"]["sight"] == "kept", found["findings"]
    assert found["values"]["LabelShare"] == 1.0
    assert page.read_text().startswith("<!doctype html>")
    listed = live.client("cloudwatch").list_metrics(Namespace="flights/production", MetricName="Broken")
    promises = {
        each["Value"] for one in listed["Metrics"] for each in one["Dimensions"] if each["Name"] == "Promise"
    }
    assert promises == set(found["states"])
