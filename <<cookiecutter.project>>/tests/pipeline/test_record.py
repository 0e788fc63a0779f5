"""A run's record says how its model can be made again, and loses nothing that is written into it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from pipeline import aws, record, tree
from pipeline.errors import InfrastructureError

from .conftest import BUCKET

JOB = "flights-train-0123456789ab"
BEGAN = datetime(2026, 1, 5, 12, tzinfo=UTC)
DESCRIBED = {
    "TrainingJobName": JOB,
    "AlgorithmSpecification": {"TrainingImage": "repository@sha256:1"},
    "HyperParameters": {"trees": "100", "seed": "13"},
    "ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 2},
    "TrainingStartTime": BEGAN,
    "TrainingEndTime": BEGAN + timedelta(seconds=90),
    "ModelArtifacts": {"S3ModelArtifacts": f"s3://{BUCKET}/models/{JOB}/output/model.tar.gz"},
}
HERE = {
    "experiment": False,
    "lock_sha256": "1" * 64,
    "manifest": "2" * 64,
    "libraries": {"numpy": "2.4"},
    "model_sha256": "3" * 64,
}
MAIN = tree.Tree("c" * 40, dirty=False, branch="main")
WHOLE = record.of(DESCRIBED, MAIN, {"ml.m5.xlarge": 0.23}, **HERE)


def test_a_run_that_can_be_made_again_can_be_registered() -> None:
    """Nothing is missing from what `train` writes."""
    assert record.missing(WHOLE) == []
    assert record.refusal(WHOLE, experiment=False) is None


@pytest.mark.parametrize("name", record.REQUIRED)
def test_a_record_that_lacks_something_is_refused_by_its_name(name: str) -> None:
    """Absent and empty are alike."""
    for document in ({**WHOLE, name: None}, {key: value for key, value in WHOLE.items() if key != name}):
        assert f"the run record lacks {name}:" in str(record.refusal(document, experiment=False))


@pytest.mark.parametrize(
    ("document", "experiment", "sentence"),
    [
        (None, False, "has no run record: run `pipeline train`"),
        (WHOLE, True, "was trained as an experiment"),
        (None, True, "was trained as an experiment"),
        ({**WHOLE, "experiment": True}, False, "was trained as an experiment"),
        ({**WHOLE, "dirty": True}, False, "changes that no commit has"),
        ({key: value for key, value in WHOLE.items() if key != "dirty"}, False, "changes that no commit has"),
    ],
)
def test_what_nobody_could_make_again_is_refused(document: Any, experiment: bool, sentence: str) -> None:
    """The job's name alone is enough, whatever the record says."""
    assert sentence in str(record.refusal(document, experiment))


def test_the_cost_is_that_of_all_instances_for_the_seconds_that_are_billed() -> None:
    """Spot capacity bills fewer than it trains."""
    billed = record.of({**DESCRIBED, "BillableTimeInSeconds": 36}, MAIN, {"ml.m5.xlarge": 0.25}, **HERE)
    assert (WHOLE["seconds"], WHOLE["cost_usd"]) == (90, 0.0115)
    assert (billed["seconds"], billed["cost_usd"]) == (90, 0.005)


def test_the_start_is_in_utc() -> None:
    """boto3 gives stamps in the machine's own zone, and runs are sorted by them."""
    here = BEGAN.astimezone(timezone(timedelta(hours=5)))
    assert (
        record.of({**DESCRIBED, "TrainingStartTime": here}, MAIN, {}, **HERE)["started"] == WHOLE["started"]
    )


def test_an_instance_type_without_a_price_has_no_cost_and_is_registered_all_the_same() -> None:
    """A number that nobody wrote down is not made up."""
    unknown = record.of(DESCRIBED, MAIN, {}, **HERE)
    assert unknown["cost_usd"] is None
    assert record.refusal(unknown, experiment=False) is None


@pytest.mark.usefixtures("cloud")
def test_a_section_is_added_to_what_is_there() -> None:
    """And takes the place of an older one of its name."""
    assert record.read(JOB) is None
    record.add(JOB, **WHOLE)
    record.add(JOB, gate={"passed": False})
    record.add(JOB, gate={"passed": True})
    assert record.read(JOB) == {**WHOLE, "gate": {"passed": True}}


class Others:
    """S3, where somebody else writes the same object just before each of the next `times` writes."""

    def __init__(self, real: Any, times: int) -> None:
        """Begin without having written."""
        self.real, self.times = real, times

    def __getattr__(self, name: str) -> Any:
        """Any other operation."""
        return getattr(self.real, name)

    def put_object(self, **asked: Any) -> Any:
        """Be overtaken, then write."""
        if self.times:
            self.times -= 1
            place = {"Bucket": asked["Bucket"], "Key": asked["Key"]}
            body = json.dumps({**(record.read(JOB) or {}), f"other{self.times}": True}).encode()
            self.real.put_object(**place, Body=body)
        return self.real.put_object(**asked)


@pytest.fixture
def others(cloud: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """A function that lets others write before the next writes."""

    def overtake(times: int) -> None:
        real = aws.client
        fake = Others(real("s3"), times)
        monkeypatch.setattr(aws, "client", lambda service: fake if service == "s3" else real(service))

    return overtake


@pytest.mark.parametrize("first", [None, {"gate": {"passed": True}}])
def test_what_another_writes_meanwhile_is_kept(others: Callable[[int], None], first: Any) -> None:
    """Whether there was a record before or not."""
    if first:
        record.add(JOB, **first)
    others(2)
    record.add(JOB, registered={"version": 1})
    expected = {**(first or {}), "other1": True, "other0": True, "registered": {"version": 1}}
    assert record.read(JOB) == expected


def test_whoever_is_always_overtaken_says_so(others: Callable[[int], None]) -> None:
    """Rather than never to end."""
    others(100)
    with pytest.raises(InfrastructureError, match="run the verb again"):
        record.add(JOB, registered={"version": 1})
