"""The experiments, in the order in which they cost the least: each settles some of the questions."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from pipeline import aws
from pipeline.errors import InfrastructureError
from pipeline.guardrails import signals as beside
from pipeline.guardrails.signals import Signals
from pipeline.guardrails.stage import NEW, OLD, SMALL, Stage

BAKE_SECONDS = 900  # of the canary: it ends as soon as all is measured
REQUESTS = 200  # for the share: its standard error is then 0.035
QUIET_SECONDS = 60  # without an answer of the new fleet: it is gone from the traffic
DELIVERY_SECONDS = 120  # until a metric out of a log is there
EMBEDDED = ("Plain", "Counted")  # metrics in a log event: a number, and values with their counts
Show = Callable[[str], None]


@dataclass
class Experiments:
    """What is known so far: `answers` are a sentence and a value for each question that was settled."""

    stage: Stage
    signals: Signals
    show: Show
    answers: dict[str, tuple[str, Any]] = field(default_factory=dict)

    def run(self) -> None:
        """All of them. Raises ClientError and InfrastructureError; what was answered before stays."""
        self.embed()
        self.show("a canary of one instance")
        self.one_instance()
        self.show("a canary, its alarms, a rollback")
        self.canary()
        self.show("an alarm that is in ALARM from the start")
        self.alarm_at_start()
        self.show("a configuration that is deleted while it is live")
        self.deleted_configuration()
        self.embedded()

    def answer(self, key: str, sentence: str, value: Any) -> None:
        """Keep an answer."""
        self.answers[key] = sentence, value
        self.show(f"{key}: {sentence}")

    def _refusal(self, call: Callable[[], object]) -> str | None:
        """AWS's words when it refuses; None when it does not."""
        try:
            call()
        except ClientError as error:
            said = error.response["Error"]
            return f"{said.get('Code')}: {said.get('Message')}"
        return None

    def one_instance(self) -> None:
        """A canary to a configuration of one instance; what is taken is taken back."""
        refused = self._refusal(lambda: self.stage.update(SMALL, "verdict", bake=BAKE_SECONDS))
        self.answer("one_instance", f"no: {refused}" if refused else "yes", refused is None)
        if refused is None:
            self.end_update()

    def end_update(self) -> dict[str, Any]:
        """Say no until the update is over, then yes until the alarm hears that; what is described."""
        self.signals.reject()
        described = self.stage.settled()
        self.signals.verdict = 0
        self._until(lambda: beside.state(self.stage, "verdict") != "ALARM", 600)
        return described

    def canary(self) -> None:
        """The long one: which alarms are taken, stages, share, statistics, heartbeat, and the way back."""
        self._begin()
        refused = self._refusal(lambda: self.stage.update(NEW))
        self.answer("second_update", refused or "it is not refused", refused)
        stages: list[dict[str, Any]] = []
        self._until(lambda: self._baking(stages), 3600)
        self.signals.beating, stopped, since = False, self.signals.last_beat, time.monotonic()
        asked = self.signals.counted
        self._until(lambda: sum(asked(since).values()) >= REQUESTS and self._baking(stages), BAKE_SECONDS / 3)
        counted = asked(since)
        share = counted[NEW] / max(1, counted[NEW] + counted[OLD])
        of = f"{counted[NEW]} of {counted[NEW] + counted[OLD]} requests"
        self.answer("share", f"{share:.3f} ({of}, {counted['error']} failed)", share)
        if self._until(lambda: beside.state(self.stage, "heartbeat") == "ALARM", BAKE_SECONDS / 2):
            seconds = round(aws.elapsed(stopped))
            self.answer("heartbeat_seconds", f"{seconds} s", seconds)
        self.signals.beating = True
        self.statistics()
        self.samples()
        self.back(stages)

    def _begin(self) -> None:
        """Start the update with as many kinds of alarms as AWS takes."""
        kinds = {"composite_alarm": "composite", "math_alarm": "math"}
        alarms = ["verdict", *kinds.values()]
        for key, kind in kinds.items():
            watched = tuple(alarms)
            refused = self._refusal(lambda given=watched: self.stage.update(NEW, *given, bake=BAKE_SECONDS))  # type: ignore[misc]
            if refused is None:
                for other in (other for other, name in kinds.items() if name in alarms):
                    self.answer(other, "yes", True)
                return
            self.answer(key, f"no: {refused}", False)
            alarms.remove(kind)
        self.stage.update(NEW, *alarms, bake=BAKE_SECONDS)

    def _baking(self, stages: list[dict[str, Any]]) -> bool:
        """Whether the new fleet bakes; a new stage is noted. Raises InfrastructureError once it is over."""
        described = self.stage.described()
        if described["EndpointStatus"] == "InService":
            why = described.get("FailureReason", "AWS says no reason")
            raise InfrastructureError(f"the update of {self.stage.endpoint} ended by itself: {why}")
        self._note(stages, described)
        return bool(stages) and stages[-1] == stage_of(described) and stages[-1]["status"] == "Baking"

    def statistics(self) -> None:
        """TC and PR of the new configuration's latency."""
        stats = {"tc": "TC(1:)", "pr": "PR(1:)"}

        def read() -> dict[str, int]:
            queries = [beside.of_new(self.stage, id_, "ModelLatency", stat) for id_, stat in stats.items()]
            found = _data(queries)
            return {stats[id_]: len(values) for id_, values in found.items()}

        refused, points = None, dict[str, int]()
        try:
            self._until(lambda: all((points.update(read()) or points).values()), BAKE_SECONDS / 6)
        except ClientError as error:
            refused = str(error)
        counted = ", ".join(f"{stat} has {count} values" for stat, count in points.items())
        self.answer("statistics", f"no: {refused}" if refused else counted, refused or points)

    def samples(self) -> None:
        """Of how many of the new configuration's requests its metric of failures tells."""
        queries = [
            beside.of_new(self.stage, "requests", "Invocations"),
            beside.of_new(self.stage, "told", "Invocation5XXErrors", "SampleCount"),
        ]
        self._until(lambda: all(_data(queries).values()), BAKE_SECONDS / 6)
        found = {id_: round(sum(values)) for id_, values in _data(queries).items()}
        self.answer("samples", f"{found['told']} samples of {found['requests']} requests", found)

    def back(self, stages: list[dict[str, Any]]) -> None:
        """Say no: until the alarm hears it, until the traffic is back, and what is described then."""
        said = time.monotonic()
        self.signals.reject()
        if not self._until(lambda: beside.state(self.stage, "verdict") == "ALARM", 600):
            self.answer("alarm_seconds", "not within 600 s", None)
            return
        heard = time.monotonic()
        self.answer("alarm_seconds", f"{aws.elapsed(said):.0f} s", round(aws.elapsed(said)))
        described = self.stage.settled(lambda described: self._note(stages, described))
        aws.sleep(QUIET_SECONDS)
        last = max(self.signals.last(NEW) or heard, heard)
        seconds = (last - heard) * aws.SPEED
        self.answer("back_seconds", f"{seconds:.0f} s", round(seconds))
        words = " → ".join(f"{one['status']} {one['current']}/{one['desired']}" for one in stages)
        self.answer("stages", words, stages)
        config = "the old" if described["EndpointConfigName"] == self.stage.name(OLD) else "the new"
        reason = described.get("FailureReason") or "empty"
        told = f"{described['EndpointStatus']} with {config} configuration; FailureReason: {reason}"
        self.answer("rollback_text", told, {"status": described["EndpointStatus"], "reason": reason})

    def _note(self, stages: list[dict[str, Any]], described: dict[str, Any]) -> None:
        found = stage_of(described)
        if found and stages[-1:] != [found]:
            stages.append(found)

    def alarm_at_start(self) -> None:
        """The verdict's alarm still is in ALARM: another update with it."""
        since = time.monotonic()
        refused = self._refusal(lambda: self.stage.update(NEW, "verdict", bake=120))
        if refused:
            self.answer("alarm_at_start", f"it is refused: {refused}", "refused")
        else:
            described = self.stage.settled()
            aws.sleep(QUIET_SECONDS)
            went = "rolled back" if described["EndpointConfigName"] == self.stage.name(OLD) else "promoted"
            answered = self.signals.counted(since)[NEW]
            told = f"it is taken and {went} after {aws.elapsed(since):.0f} s"
            told += f"; the new fleet answered {answered} requests"
            self.answer("alarm_at_start", told, went)
        self.signals.verdict = 0
        self._until(lambda: beside.state(self.stage, "verdict") != "ALARM", 600)

    def deleted_configuration(self) -> None:
        """Delete what is live, ask for an update, make it again, ask again."""
        sagemaker = aws.client("sagemaker")
        live = self.stage.described()["EndpointConfigName"]
        which = OLD if live == self.stage.name(OLD) else NEW
        other = NEW if which == OLD else OLD
        sagemaker.delete_endpoint_config(EndpointConfigName=live)
        refused = self._refusal(lambda: self.stage.update(other))
        if refused is None:
            self.answer("deleted_configuration", "yes", True)
            self.stage.settled()
            return
        sagemaker.create_endpoint_config(**self.stage.configuration(which))
        again = self._refusal(lambda: self.stage.update(other))
        healed = f"made again it is refused too: {again}" if again else "made again it can"
        self.answer("deleted_configuration", f"no: {refused}; {healed}", False)
        if again is None:
            self.stage.settled()

    def embed(self) -> None:
        """Write an event with two metrics into the endpoint's log group, as its agent would."""
        logs, group, now = aws.client("logs"), self.stage.log_group, int(time.time() * 1000)
        for call in (
            lambda: logs.create_log_group(logGroupName=group),
            lambda: logs.create_log_stream(logGroupName=group, logStreamName="probe"),
        ):
            self._refusal(call)  # SageMaker may have made the group
        directive = {
            "Namespace": self.stage.namespace,
            "Dimensions": [["EndpointName"]],
            "Metrics": [{"Name": name} for name in EMBEDDED],
        }
        document = {
            "_aws": {"Timestamp": now, "CloudWatchMetrics": [directive]},
            "EndpointName": self.stage.endpoint,
            "Plain": 7,
            "Counted": {"Values": [1, 2], "Counts": [3, 4], "Min": 1, "Max": 2, "Count": 7, "Sum": 11},
        }
        event = {"timestamp": now, "message": json.dumps(document)}
        logs.put_log_events(logGroupName=group, logStreamName="probe", logEvents=[event])

    def embedded(self) -> None:
        """How often each metric of that event was counted."""
        named = [{"Name": "EndpointName", "Value": self.stage.endpoint}]
        queries = [
            {
                "Id": name.lower(),
                "MetricStat": {
                    "Metric": {"Namespace": self.stage.namespace, "MetricName": name, "Dimensions": named},
                    "Period": 60,
                    "Stat": "SampleCount",
                },
            }
            for name in EMBEDDED
        ]
        self._until(lambda: all(_data(queries).values()), DELIVERY_SECONDS)
        found = {id_: round(sum(values)) for id_, values in _data(queries).items()}
        plain, counted = found["plain"], found["counted"]
        told = f"a number put once is counted {plain} times, values with counts of 7 {counted} times"
        self.answer("embedded", told, found)

    def _until(self, condition: Callable[[], object], seconds: float) -> bool:
        """Whether a condition came true within so many seconds of AWS's time."""
        since = time.monotonic()
        while not condition():
            if aws.elapsed(since) > seconds:
                return False
            aws.poll()
        return True


def stage_of(described: dict[str, Any]) -> dict[str, Any] | None:
    """What DescribeEndpoint shows of a deployment's variant; None when none is under way. Pure."""
    for variant in described.get("PendingDeploymentSummary", {}).get("ProductionVariants", []):
        for status in variant.get("VariantStatus", []):
            return {
                "status": status["Status"],
                "message": status.get("StatusMessage", ""),
                "current": variant.get("CurrentInstanceCount"),
                "desired": variant.get("DesiredInstanceCount"),
                "weight": variant.get("CurrentWeight"),
            }
    return None


def _data(queries: list[dict[str, Any]]) -> dict[str, list[float]]:
    """GetMetricData's values of the last three hours, by the queries' ids."""
    now = datetime.now(UTC)
    span = {"StartTime": now - timedelta(hours=3), "EndTime": now + timedelta(minutes=5)}
    answer = aws.client("cloudwatch").get_metric_data(MetricDataQueries=queries, **span)
    return {one["Id"]: one["Values"] for one in answer["MetricDataResults"]}
