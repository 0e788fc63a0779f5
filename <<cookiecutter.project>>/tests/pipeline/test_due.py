"""`pipeline due` in an account: what it looks at, what it claims, and what a workflow is told."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline import aws, bucket, evaluate, gate, history, manifest, newest, objects, record
from pipeline.__main__ import run
from pipeline.due import person, triggers
from pipeline.due.causes import CALL, RETRAIN, Cause, Facts

from .conftest import BUCKET, pinned

ALARM = "flights-production-model-calibration"
RUNS = "https://github.com/somebody/flights/actions/runs/"
FIRST = pinned()


@pytest.fixture
def production(cloud: Callable[[str], Any], project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Production serves version 1, trained on the newest data that has passed; nothing runs in a workflow."""
    policy = project / "policy.toml"
    policy.write_text(policy.read_text().replace('follow = "pinned"', 'follow = "newest"'))
    container = {"Image": "repository@sha256:1", "ModelDataUrl": f"s3://{BUCKET}/model.tar.gz"}
    cloud("sagemaker").create_model_package(
        ModelPackageGroupName="flights",
        ModelApprovalStatus="Approved",
        InferenceSpecification={
            "Containers": [container],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["application/json"],
        },
        CustomerMetadataProperties={"train_image": "image", "manifest": FIRST.sha256},
    )
    (project / "data").mkdir()
    (project / "data" / "manifest.json").write_bytes(FIRST.content)
    passes(FIRST)
    monkeypatch.setattr(aws, "observer", lambda environment: aws.client)
    serves = evaluate.Champion(1, "model-1", container["ModelDataUrl"], "image")
    monkeypatch.setattr(evaluate, "champion", lambda: serves)
    for name in ("GITHUB_ACTIONS", "GITHUB_EVENT_NAME", "GITHUB_RUN_ID"):
        monkeypatch.delenv(name, raising=False)


def passes(data: manifest.Manifest) -> None:
    """It has passed the contract, and is the newest."""
    bucket.write(data)
    assert newest.move(data)


def newer(days: int, sha: str = "c") -> manifest.Manifest:
    """Data with so many days of newer rows."""
    last = datetime(2013, 3, 31, tzinfo=UTC) + timedelta(days=days)
    return pinned("data/2.parquet", sha256=sha * 64, to=last.isoformat())


def sound(name: str = ALARM) -> None:
    """An alarm of production sounds."""
    aws.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Namespace="flights/production",
        MetricName="Broken",
        Statistic="Maximum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
    )
    aws.client("cloudwatch").set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="a test")


@pytest.fixture
def due(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, dict[str, Any]]]:
    """Run the verb; exit code and JSON."""

    def ask(*words: str) -> tuple[int, dict[str, Any]]:
        capsys.readouterr()
        code = run(["due", *words, "--json"])
        document: dict[str, Any] = json.loads(capsys.readouterr().out)
        return code, document

    return ask


Due = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def workflow(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str, int], Path]:
    """Be in a workflow run of an event; returns the file of the step's outputs."""

    def begin(event: str, number: int) -> Path:
        told = {"SERVER_URL": "https://github.com", "REPOSITORY": "somebody/flights", "RUN_ID": str(number)}
        told |= {"EVENT_NAME": event, "OUTPUT": str(tmp_path / f"outputs-{number}")}
        for name, value in told.items():
            monkeypatch.setenv(f"GITHUB_{name}", value)
        return tmp_path / f"outputs-{number}"

    return begin


Begin = Callable[[str, int], Path]


@pytest.mark.usefixtures("production")
def test_nothing_is_due_where_nothing_has_changed(due: Due) -> None:
    """And nothing is written."""
    code, document = due("--claim")
    assert (code, document["due"], document["answer"], document["cause"]) == (0, False, "nothing", None)
    assert triggers.newest() == []


@pytest.mark.usefixtures("production")
def test_new_data_is_due(due: Due) -> None:
    """Rows that are newer than the champion's, by the manifests in the bucket; looking claims nothing."""
    passes(newer(7))
    code, document = due()
    assert (code, document["due"], document["cause"]["kind"]) == (0, True, "data")
    assert "7.0 days of newer rows" in document["why"]
    assert (document["claimed"], triggers.newest()) == (False, [])


@pytest.mark.usefixtures("production")
def test_what_the_last_candidate_was_trained_on_is_not_new(due: Due) -> None:
    """Its run record says what that was; an experiment's does not count."""
    passes(newer(7))
    record.add("flights-experiment-1", manifest=newer(7).sha256)
    assert due()[1]["due"]
    record.add("flights-train-1", manifest=newer(7).sha256)
    assert not due()[1]["due"]


@pytest.mark.usefixtures("production")
def test_an_alarm_of_production_is_due(due: Due) -> None:
    """By its name; another one's alarm is nobody's business here."""
    passes(newer(1))
    sound("flights-production-model-inputs")
    sound("flights-production-slo-burn-fast")
    assert not due()[1]["due"]
    sound()
    found = due()[1]
    assert (found["due"], found["cause"]["kind"]) == (True, "calibration")
    assert f"`{ALARM}` sounds since" in found["why"]


@pytest.mark.usefixtures("production")
def test_an_alarm_that_is_calm_is_not(due: Due) -> None:
    """Nor one that has no data."""
    passes(newer(1))
    sound()
    for state in ("OK", "INSUFFICIENT_DATA"):
        aws.client("cloudwatch").set_alarm_state(AlarmName=ALARM, StateValue=state, StateReason="a test")
        assert not due()[1]["due"]


@pytest.mark.usefixtures("production")
def test_what_git_pins_is_what_is_trained_on_where_that_is_followed(project: Path, due: Due) -> None:
    """Newer data in the bucket helps nobody then, and the call says so."""
    policy = project / "policy.toml"
    policy.write_text(policy.read_text().replace('follow = "newest"', 'follow = "pinned"'))
    passes(newer(30))
    sound()
    document = due()[1]
    assert document["answer"] == "person"
    assert 'write follow = "newest"' in document["next"]


@pytest.mark.usefixtures("production")
def test_a_claim_says_who_when_and_which_run(due: Due, workflow: Begin) -> None:
    """As one object, named by its cause; the next step of the workflow is told to go on."""
    passes(newer(7))
    outputs = workflow("workflow_dispatch", 7)
    code, document = due("--claim", "--because", "new data")
    assert (code, document["due"], document["claimed"]) == (0, True, True)
    [one] = triggers.newest()
    assert (one.kind, one.answer, one.run, one.tries) == ("data", "retrain", f"{RUNS}7", 1)
    assert one.by == aws.caller()
    assert triggers.key(one.digest) == document["cause"]["trigger"]
    assert "due<<" in outputs.read_text()
    assert "\ntrue\n" in outputs.read_text()


@pytest.mark.usefixtures("production")
def test_one_cause_starts_one_retrain(due: Due, workflow: Begin) -> None:
    """The second run does not go on; the first one does, when it is run again."""
    passes(newer(7))
    workflow("workflow_dispatch", 7)
    assert due("--claim", "--because", "new data")[1]["due"]
    workflow("workflow_dispatch", 8)
    code, document = due("--claim", "--because", "new data")
    assert (code, document["due"]) == (0, False)
    assert len(triggers.newest()) == 1
    workflow("workflow_dispatch", 7)
    assert due("--claim", "--because", "new data")[1]["due"]


@pytest.mark.usefixtures("production")
def test_who_is_overtaken_does_not_go_on(due: Due, monkeypatch: pytest.MonkeyPatch) -> None:
    """S3 refuses the second of two writes that saw nothing there."""
    passes(newer(7))
    monkeypatch.setattr(objects, "write", lambda key, content, unchanged: False)
    code, document = due("--claim")
    assert (code, document["due"], document["claimed"]) == (0, False, False)
    assert document["why"].endswith("another run has claimed it")


@pytest.mark.usefixtures("production")
def test_a_person_is_called_once(due: Due, workflow: Begin) -> None:
    """By a step that fails with the reasons; a week later it is said, and nobody is called again."""
    sound()
    assert due()[1]["due"]  # the workflow that this starts calls
    outputs = workflow("workflow_dispatch", 7)
    code, document = due("--claim", "--because", "an alarm")
    assert (code, document["due"], document["answer"]) == (1, False, "person")
    told = outputs.read_text()
    assert "why<<" in told
    assert "**What to do**: see why no newer data has passed (`pipeline data ingest`)." in told
    workflow("schedule", 8)
    code, document = due("--claim")
    assert code == 0
    assert "a person was called for it" in document["why"]
    assert len(triggers.newest()) == 1


def verdicts(count: int) -> None:
    """The gate has refused so many candidates."""
    for number in range(count):
        aws.client("s3").put_object(
            Bucket=BUCKET,
            Key=gate.key(f"flights-train-{number}"),
            Body=json.dumps({"passed": False}).encode(),
        )


@pytest.mark.usefixtures("production")
def test_three_refusals_in_a_row_stop_machines_until_a_person_starts_one(due: Due, workflow: Begin) -> None:
    """Whatever sounds meanwhile."""
    passes(newer(7))
    verdicts(2)
    assert due()[1]["answer"] == "retrain"
    verdicts(3)
    workflow("schedule", 7)
    code, document = due("--claim")
    assert (code, document["cause"]["kind"]) == (1, "refusals")
    assert "the gate has refused 3 candidates in a row" in document["why"]
    workflow("schedule", 8)
    code, document = due("--claim")
    assert (code, document["due"], document["answer"]) == (0, False, "wait")
    workflow("workflow_dispatch", 9)
    assert due("--claim")[1]["due"]


def unseen() -> None:
    """What must not be looked at."""
    pytest.fail("a person's run does not depend on what production serves")


@pytest.mark.parametrize("event", ["push", "workflow_dispatch"])
@pytest.mark.usefixtures("production")
def test_a_persons_run_goes_on_always(
    event: str, due: Due, workflow: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Right after another one, and where nothing of production can be seen; it is written down."""
    monkeypatch.setattr(evaluate, "champion", unseen)
    for number in (7, 8):
        workflow(event, number)
        code, document = due("--claim", "--because", "")
        assert (code, document["due"]) == (0, True)
    assert [one.run for one in triggers.newest()] == [f"{RUNS}8", f"{RUNS}7"]
    assert due("--claim")[1]["due"]  # run again


@pytest.mark.usefixtures("production")
def test_every_week_the_workflow_looks(due: Due, workflow: Begin) -> None:
    """Where no cause is open it goes on, as a merge may have been left undone; any newer data is a cause."""
    workflow("schedule", 7)
    code, document = due("--claim")
    assert (code, document["due"], document["answer"]) == (0, True, "nothing")
    passes(newer(1))
    document = due("--claim")[1]
    assert (document["due"], document["cause"]["kind"], document["claimed"]) == (True, "data", True)


@pytest.mark.usefixtures("production")
def test_a_week_does_not_go_on_while_another_retrain_is_young(due: Due, workflow: Begin) -> None:
    """What that one makes is not known yet."""
    workflow("push", 7)
    due("--claim")
    passes(newer(1))
    workflow("schedule", 8)
    code, document = due("--claim")
    assert (code, document["due"], document["answer"]) == (0, False, "wait")


def test_without_a_stack_of_production_it_says_what_to_do(
    cloud: Callable[[str], Any], due: Due, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no role to look with."""
    monkeypatch.setattr(aws, "observer", lambda environment: None)
    code, document = due()
    assert code == 2
    assert "apply the service stack of production first" in document["error"]


@pytest.mark.parametrize(
    ("event", "because", "said"),
    [
        ("push", "", "a person merged"),
        ("workflow_dispatch", "", "a person started it"),
        ("workflow_dispatch", " ", "a person started it"),
        ("workflow_dispatch", "an alarm", None),
        ("schedule", "", None),
        (None, "", None),
    ],
)
def test_who_started_a_run(event: str | None, because: str, said: str | None) -> None:
    """A machine says why."""
    assert person(event, because) == said


# triggers

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
CAUSE = Cause(kind="data", subject="a", answer=RETRAIN, what="there is new data")
FACTS = Facts(now=NOW)


@pytest.mark.usefixtures("cloud")
def test_a_dead_claim_is_taken_over_once() -> None:
    """Counted, so that a retrain which dies each time ends."""
    assert triggers.claim(CAUSE, "one", FACTS)
    later = Facts(now=NOW + timedelta(hours=5))
    assert triggers.claim(CAUSE, "two", FACTS) is None
    second = triggers.claim(CAUSE, "two", later)
    assert (second and second.tries, second and second.by) == (2, "two")
    last = Facts(now=NOW + timedelta(hours=50))
    assert triggers.claim(CAUSE, "three", last) is None


@pytest.mark.usefixtures("cloud")
def test_a_call_and_a_retrain_for_the_same_cause_are_two() -> None:
    """Either may happen once."""
    assert triggers.claim(CAUSE, "one", FACTS)
    call = Cause(kind="data", subject="a", answer=CALL, what="nothing is newer")
    assert triggers.claim(call, "one", FACTS)


@pytest.mark.usefixtures("production")
def test_the_history_says_what_was_started_and_why(due: Due) -> None:
    """Beside verdicts, versions and releases."""
    passes(newer(7))
    due("--claim")
    [one] = [event for event in history.of_platform(20) if event.what == "retrain started"]
    assert "7.0 days of newer rows" in one.why
