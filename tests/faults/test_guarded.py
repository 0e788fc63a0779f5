"""Nobody judges, or an alarm is not what it should be: the candidate goes back, or does not even begin."""

import time
from pathlib import Path

import pytest
from killable import LONG, until
from production import Production

pytestmark = pytest.mark.slow
BACK = 60.0  # seconds until a candidate that nobody judges must be gone: window, evaluation, traffic, other tests
MADE = ("ActionsEnabled", "AlarmActions", "EvaluationPeriods", "DatapointsToAlarm", "Threshold")
MADE += ("AlarmName", "ComparisonOperator", "TreatMissingData", "Metrics")  # of what DescribeAlarms says


def test_a_release_without_a_fault_is_promoted(ready: Production) -> None:
    """Otherwise the tests below would prove nothing; proved by traffic, and no request fails."""
    before, since = ready.live(), time.time()
    ended = ready.release().end()
    assert (ended.code, ended.document["verdict"]) == (0, "promoted"), ended
    assert ready.in_order(before).details["plan"]["proves"]
    assert ready.failed(since) == 0


def test_a_dead_releases_candidate_goes_back_by_itself(ready: Production) -> None:
    """Killed while it bakes, and nobody reconciles: the heartbeat's alarm is all there is. The ledger is told later."""
    before, since = ready.live(), time.time()
    running = ready.under("canary")
    running.kill()
    until(lambda: ready.settled() and ready.live() == before, BACK, "the old configuration by itself")
    assert ready.locked()
    record = ready.reconciled(before)
    assert (record.state, record.cause) == ("rolled_back", "heartbeat")
    assert ready.failed(since) == 0


def test_without_the_heartbeats_alarm_it_stays(ready: Production) -> None:
    """The test above can fail: with that alarm taken out of the update, the unjudged candidate goes live."""
    file = ready.workspace.folder / "pipeline" / "canary.py"
    take_out(file, '[{"AlarmName": alarm} for alarm in alarms]', 'if "heartbeat" not in alarm')
    try:
        before = ready.live()
        running = ready.under("canary")
        asked = ready.asked()
        running.kill()
        until(lambda: ready.settled() and ready.live() != before, BACK, "a candidate that stays")
    finally:
        ready.workspace.restore()
    assert ready.live() == asked
    assert ready.reconciled(before).state == "promoted"


def take_out(file: Path, comprehension: str, condition: str) -> None:
    """Add a condition to a list in a source file, which must have it once."""
    text = file.read_text()
    assert text.count(comprehension) == 1, f"{file.name} has no {comprehension}"
    file.write_text(text.replace(comprehension, f"{comprehension[:-1]} {condition}]"))


def test_a_judge_that_stops_writing_is_no_judge(ready: Production) -> None:
    """Its process lives and CloudWatch takes nothing from it: the release ends, and says why."""
    before = ready.live()
    running = ready.under("canary")
    ready.fault(do="error", operation="cloudwatch.PutMetricData", code="InternalServiceFault", status=500)
    ended = running.end()
    assert (ended.code, ended.document["cause"]) == (11, "heartbeat"), ended
    assert ready.in_order(before).state == "rolled_back"


def test_credentials_that_expire_during_the_bake_take_it_back(ready: Production) -> None:
    """The process cannot even say so; whoever comes next closes the ledger."""
    before = ready.live()
    running = ready.under("canary", **ready.session("ci-release-production"))
    ready.fault(do="sessions", caller="*ci-release-production*")
    ended = running.end()
    assert ended.code == 20, ended
    record = ready.reconciled(before)
    assert (record.state, record.cause) == ("rolled_back", "heartbeat")


def test_a_broken_candidate_is_judged(ready: Production) -> None:
    """It passes every check before traffic, and fails what production begins to send: the judge takes it back."""
    before, since = ready.live(), time.time()
    running = ready.release(ready.broken)
    try:
        until(lambda: ready.has_come_to("canary"), LONG, "a release that bakes")
        ready.newcomers(0.5)
        ended = running.end()
    finally:
        ready.newcomers(0.0)
    assert (ended.code, ended.document["cause"]) == (10, "judge"), ended
    assert ready.in_order(before).state == "rolled_back"
    failed = [request for request in ready.requests(since) if request.failed]
    assert {request.model for request in failed} == {ready.records()[0].model}
    assert 0 < len(failed) < 120  # of some 400: a quarter of the traffic, until the old one answers alone again


@pytest.mark.parametrize("signal", ["reject", "heartbeat", "errors"])
def test_an_alarm_that_is_deleted_takes_it_back(ready: Production, signal: str) -> None:
    """What nobody guards does not stay, whichever alarm it was."""
    before = ready.live()
    running = ready.under("canary")
    ready.account.client("cloudwatch").delete_alarms(AlarmNames=[ready.alarm(signal)["AlarmName"]])
    ended = running.end()
    assert ended.document["verdict"] == "rolled_back", ended
    assert ready.in_order(before).state == "rolled_back"


def test_an_alarm_that_is_in_alarm_already_lets_nothing_begin(ready: Production) -> None:
    """AWS would take the candidate back at once, for nothing that it did: somebody else says no all the time."""
    before = ready.live()
    ready.fault(do="hold", operation="cloudwatch.PutMetricAlarm", when="after", nth=1)
    running = ready.release()
    until(ready.held, LONG, "the first alarm held")
    alarm = ready.alarm("reject")
    ready.lift()
    said = {"MetricName": alarm["MetricName"], "Dimensions": alarm["Dimensions"], "Value": 1.0, "StorageResolution": 1}
    cloudwatch = ready.account.client("cloudwatch")
    while running.process.poll() is None:
        cloudwatch.put_metric_data(Namespace=alarm["Namespace"], MetricData=[said])
        time.sleep(0.05)
    ended = running.end()
    assert ended.code == 20, ended
    record = ready.in_order(before)
    assert record.state == "failed" and "reject" in str(record.reason)
    assert "stages" not in record.details


def test_an_alarm_on_something_else_lets_nothing_begin(ready: Production) -> None:
    """Somebody has changed the dimension before the update is asked for."""
    before = ready.live()
    ready.fault(do="hold", operation="cloudwatch.PutMetricAlarm", when="after", nth=4)
    running = ready.release()
    until(ready.held, LONG, "the last alarm held")
    alarm = ready.alarm("errors")
    for query in alarm["Metrics"]:
        for dimension in query.get("MetricStat", {}).get("Metric", {}).get("Dimensions", ()):
            if dimension["Name"] == "EndpointConfigName":
                dimension["Value"] = before
    ready.account.client("cloudwatch").put_metric_alarm(**{key: alarm[key] for key in MADE if key in alarm})
    ready.lift()
    ended = running.end()
    assert ended.code == 20, ended
    record = ready.in_order(before)
    assert record.state == "failed" and "errors" in str(record.reason)
