"""Candidate and champion are scored by jobs of the same shape, each in its own image."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.session import get_session
from botocore.validate import ParamValidator

from pipeline import evaluate, ledger, manifest, settings
from pipeline.errors import UserError

from .conftest import BUCKET, JOB

PINNED = manifest.Manifest(b'{"files": []}')
NAME = evaluate.name_digest("s3://model", "sha", "image")


@pytest.mark.parametrize(
    "other",
    [("s3://other", "sha", "image"), ("s3://model", "other", "image"), ("s3://model", "sha", "other")],
)
def test_the_name_changes_with_each_input(other: tuple[str, str, str]) -> None:
    """Model, data or image: other numbers, another job."""
    assert evaluate.name_digest(*other) != NAME


def test_the_request_has_the_shape_of_the_api() -> None:
    """botocore's own service model finds nothing wrong."""
    storage, job = settings.Storage(bucket=BUCKET), settings.Job(**JOB)  # type: ignore[arg-type]
    made = evaluate.request("flights-evaluate-0", "s3://b/model.tar.gz", "image", PINNED, job, storage)
    shape = get_session().get_service_model("sagemaker").operation_model("CreateProcessingJob").input_shape
    assert ParamValidator().validate(made, shape).generate_report() == ""


@pytest.fixture
def live(cloud: Callable[[str], Any], register: Callable[..., int], monkeypatch: pytest.MonkeyPatch) -> int:
    """Production serves config-1; the registry has one version."""
    monkeypatch.setattr("pipeline.endpoint.describe", lambda name: {"EndpointConfigName": "config-1"})
    return register()


@pytest.mark.usefixtures("cloud")
def test_before_the_first_release_there_is_no_champion() -> None:
    """The base rate is all there is to beat."""
    assert evaluate.champion() is None


def test_the_champion_is_what_production_serves(live: int) -> None:
    """Its version and its training image come from ledger and registry."""
    record = ledger.Record(
        release="r",
        environment="production",
        kind="release",
        version=live,
        config_asked="config-1",
        model="model-1",
    )
    ledger.save("flights-production-releases", record)
    found = evaluate.champion()
    assert found == evaluate.Champion(live, "model-1", f"s3://{BUCKET}/one.tar.gz", "repository@sha256:2")


@pytest.mark.usefixtures("live")
def test_a_configuration_that_the_ledger_does_not_know_stops_the_gate() -> None:
    """Comparing with nothing would let every candidate through."""
    with pytest.raises(UserError, match="serves config-1, which the ledger does not know"):
        evaluate.champion()
