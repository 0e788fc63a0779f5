"""A retrain that nobody asked for: an alarm starts one, once; a person's goes on always; then machines are stopped.

The scenarios are a story, in order. Named so that pytest comes to it after `test_scheduled_monitor`, with the same
production.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from killable import LONG, until
from pipeline import gate, jobs, names
from pipeline.due import causes, look, triggers
from production import Production

from workflows import events
from workflows.act import Run
from workflows.github import NUMBERS, GitHub
from workflows.monitoring import QUIET, monitor

pytestmark = pytest.mark.slow
STARTS = QUIET | {"start": "success"}
STAYS = {"retrain": "success", "start": "skipped", "tell": "skipped"}
CALLS = {"retrain": "failure", "start": "skipped", "tell": "success"}
MONTHS = ("data/flights/2013-07.parquet", "data/flights/2013-08.parquet")


def retrain(hosted: GitHub, because: str = "") -> Run:
    """Somebody starts it by hand, or a machine for a reason."""
    event = events.dispatch(**({"because": because} if because else {}))
    return hosted.run("retrain.yml", event, GITHUB_RUN_ID=str(next(NUMBERS)))


def claimed(hosted: GitHub) -> dict[str, causes.Trigger]:
    """What was claimed so far, by the object's key."""
    s3, bucket = hosted.production.account.client("s3"), bucket_of(hosted)
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket=bucket, Prefix=triggers.PREFIX).get("Contents", [])]
    return {key: triggers.decode(s3.get_object(Bucket=bucket, Key=key)["Body"].read()) for key in keys}


def bucket_of(hosted: GitHub) -> str:
    """The project's bucket."""
    here = hosted.production.account.client("sts").get_caller_identity()["Account"]
    return names.bucket(hosted.production.project, here)


@pytest.fixture(scope="module")
def quiet(hosted: GitHub, served: Production) -> None:
    """No retrain was started in the last day: the other tests' were, in this account's."""
    for key in claimed(hosted):
        served.account.client("s3").delete_object(Bucket=bucket_of(hosted), Key=key)


@pytest.fixture(scope="module")
def alarm(hosted: GitHub, served: Production, quiet: None) -> Iterator[str]:
    """Production's calibration is worse than promised, and main pins two months more that nobody has trained on."""
    head, cloudwatch = hosted.git("rev-parse", "HEAD"), served.account.client("cloudwatch")
    served.run("pipeline", "data", "add", *MONTHS)
    served.workspace.commit("Add two months")
    hosted.set(issues=[], comments={}, dispatches=[], ended=[])
    name, own = (
        look.alarm_of(served.project, "calibration"),
        {"EndpointName": served.endpoint, "Promise": "calibration"},
    )

    def tell(value: float) -> None:
        data = {"MetricName": "Broken", "Value": value, "Timestamp": datetime.now(UTC)}
        data["Dimensions"] = [{"Name": key, "Value": said} for key, said in own.items()]
        cloudwatch.put_metric_data(Namespace=names.metrics(served.project, "production"), MetricData=[data])

    def state() -> str:
        [found] = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
        return str(found["StateValue"])

    tell(1)
    until(lambda: state() == "ALARM", LONG, "the alarm on calibration")
    yield name
    tell(0)
    hosted.git("reset", "--quiet", "--hard", head)


@pytest.fixture(scope="module")
def hour(hosted: GitHub, alarm: str) -> Run:
    """The first hour in which it sounds."""
    return monitor(hosted)


def test_an_alarm_starts_a_retrain(hosted: GitHub, hour: Run, alarm: str) -> None:
    """The hourly monitor does, in a job that takes no role, and says which alarm and since when."""
    assert hour.results == STARTS, hour.log
    [asked] = hosted.state["dispatches"]
    assert (asked["workflow"], asked["ref"]) == ("retrain.yml", "main")
    assert asked["inputs"]["because"].startswith(f"the alarm `{alarm}` sounds since ")
    assert "**A retrain is due**" in hour.summary


def test_while_it_waits_no_other_is_started(hosted: GitHub, hour: Run) -> None:
    """It is still queued an hour later."""
    again = monitor(hosted)
    assert again.results == STARTS, again.log
    assert len(hosted.state["dispatches"]) == 1
    assert "No retrain is started" in again.summary


@pytest.fixture(scope="module")
def retrained(hosted: GitHub, hour: Run) -> Run:
    """The run that was started."""
    ran = retrain(hosted, hosted.state["dispatches"][0]["inputs"]["because"])
    hosted.set(ended=["retrain.yml"])
    return ran


def test_it_trains_and_goes_through_the_gate(retrained: Run) -> None:
    """As any other."""
    steps = retrained.jobs["retrain"].steps
    assert (steps["due"], steps["train"]) == ("success", "success"), retrained.log
    assert steps["gate"] in ("success", "failure")
    assert "**A retrain is due**: the alarm " in retrained.summary


def test_its_claim_says_who_and_which_run(hosted: GitHub, retrained: Run, alarm: str) -> None:
    """As one object of the bucket."""
    [claim] = [one for one in claimed(hosted).values() if one.kind == "calibration"]
    assert claim.subject.startswith(alarm)
    assert "ci-retrain" in claim.by
    assert f"/{hosted.repository}/actions/runs/" in str(claim.run)


def test_an_hour_later_none_is_started(hosted: GitHub, retrained: Run) -> None:
    """The alarm sounds still: it was answered, and the next retrain of a machine has to wait."""
    asked = len(hosted.state["dispatches"])
    ran = monitor(hosted)
    assert ran.results == QUIET, ran.log
    assert len(hosted.state["dispatches"]) == asked
    assert "a retrain was started for it on " in ran.summary


def test_a_second_run_for_the_same_alarm_does_nothing(hosted: GitHub, retrained: Run) -> None:
    """Whoever starts it: an event of AWS's comes at the same time as the monitor's hour."""
    ran = retrain(hosted, "the same alarm, from elsewhere")
    assert ran.results == STAYS, ran.log
    assert "changed" not in ran.jobs["retrain"].steps or ran.jobs["retrain"].steps["changed"] == "skipped"


def test_a_person_goes_on_always(hosted: GitHub, retrained: Run) -> None:
    """Right after a machine's: the next step is asked."""
    ran = retrain(hosted)
    assert ran.jobs["retrain"].steps["changed"] == "success", ran.log
    assert "**A retrain is due**: a person started it." in ran.summary


# three refusals


@pytest.fixture(scope="module")
def refused(hosted: GitHub, retrained: Run) -> Iterator[Run]:
    """The gate has refused three candidates since a person looked, and a machine starts a retrain."""
    s3, bucket, project = hosted.production.account.client("s3"), bucket_of(hosted), hosted.production.project
    keys = [gate.key(names.job(project, jobs.TRAINING.word, digit * 12)) for digit in "abc"]
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=json.dumps({"passed": False}).encode())
    hosted.set(issues=[], comments={})
    yield retrain(hosted, "new data")
    for key in keys:
        s3.delete_object(Bucket=bucket, Key=key)


def test_three_refusals_call_a_person(hosted: GitHub, refused: Run) -> None:
    """By an issue with the reasons; nothing is trained."""
    assert refused.results == CALLS, refused.log
    assert refused.jobs["retrain"].steps["due"] == "failure"
    [issue] = hosted.state["issues"]
    assert issue["title"] == "The unattended retrain"
    assert "the gate has refused 3 candidates in a row" in issue["body"]


def test_a_person_is_called_once(hosted: GitHub, refused: Run) -> None:
    """The next machine does nothing, and says why."""
    ran = retrain(hosted, "new data")
    assert ran.results == STAYS, ran.log
    assert "a person was called on " in ran.summary
    assert hosted.state["comments"] == {}


def test_until_a_person_has_started_one(hosted: GitHub, refused: Run) -> None:
    """From then on the count begins anew."""
    ran = retrain(hosted)
    assert ran.jobs["retrain"].steps["due"] == "success", ran.log
    assert "candidates in a row" not in monitor(hosted).summary


# data that is refused


@pytest.fixture(scope="module")
def broken(hosted: GitHub, alarm: str) -> Iterator[None]:
    """What arrives is no file of rows."""
    s3, bucket = hosted.production.account.client("s3"), bucket_of(hosted)
    key = "incoming/2013-09.parquet"
    s3.put_object(Bucket=bucket, Key=key, Body=b"no rows at all")
    hosted.set(issues=[], comments={})
    yield
    s3.delete_object(Bucket=bucket, Key=key)


def test_refused_data_has_an_issue_of_its_own_and_stops_nothing(hosted: GitHub, broken: None) -> None:
    """Staging and production are looked after, and it is asked whether a retrain is due; the next hour adds to it."""
    first, second = monitor(hosted), monitor(hosted)
    for ran in (first, second):
        assert ran.results == QUIET | {"data": "failure", "tell": "success"}, ran.log
        assert "**reconcile** production: nothing to do, no release is open." in ran.summary
    [issue] = hosted.state["issues"]
    assert issue["title"] == "New data"
    assert len(hosted.state["comments"][str(issue["number"])]) == 1
