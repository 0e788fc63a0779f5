"""What goes on beside a probe: requests to its endpoint, its judge's metrics, and its alarms."""

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from pipeline import alarms, aws, pulse, tags
from pipeline.guardrails.stage import NEW, OLD, Stage

PAUSE_SECONDS = 0.5  # between two requests of one caller, and there are two
BEAT_SECONDS = 10
PERIOD = 60


@dataclass
class Signals:
    """Threads that ask and that tell; `answers` are pairs of a monotonic stamp and who answered."""

    stage: Stage
    row: Mapping[str, Any]
    verdict: int = 0
    beating: bool = True
    last_beat: float = 0.0
    answers: list[tuple[float, str]] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Begin."""
        for service in ("cloudwatch", "sagemaker-runtime"):
            aws.client(service)  # making a client is not safe in threads, using it is
        self._threads = [
            threading.Thread(target=run, daemon=True) for run in (self._ask, self._ask, self._tell)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End."""
        self._over.set()
        for thread in self._threads:
            thread.join()

    def reject(self) -> None:
        """Say no from now on, at once."""
        self.verdict = 1
        self.publish()

    def publish(self) -> None:
        """The verdict, and a beat unless the heart has stopped."""
        pulse.put(self.stage.namespace, self.stage.dimensions, verdict=self.verdict, alive=self.beating)
        if self.beating:
            self.last_beat = time.monotonic()

    def counted(self, since: float) -> dict[str, int]:
        """How many requests OLD and NEW have answered since a monotonic stamp; `error`: how many nobody."""
        names_ = {self.stage.name(which): which for which in (OLD, NEW)}
        found = [names_.get(who, "error") for at, who in list(self.answers) if at >= since]
        return {which: found.count(which) for which in (OLD, NEW, "error")}

    def last(self, which: str) -> float | None:
        """When a model answered its last request so far."""
        return max((at for at, who in list(self.answers) if who == self.stage.name(which)), default=None)

    def _ask(self) -> None:
        runtime, body = aws.client("sagemaker-runtime"), json.dumps({"instances": [self.row]}).encode()
        named = {"EndpointName": self.stage.endpoint, "ContentType": "application/json"}
        while not self._over.wait(PAUSE_SECONDS / aws.SPEED):
            try:
                who = runtime.invoke_endpoint(**named, Body=body).get("CustomAttributes", "")
            except (ClientError, BotoCoreError):
                who = "error"
            self.answers.append((time.monotonic(), who.removeprefix("model=")))

    def _tell(self) -> None:
        while not self._over.wait(BEAT_SECONDS / aws.SPEED):
            try:
                self.publish()
            except (ClientError, BotoCoreError):
                continue


@contextmanager
def sent(signals: Signals) -> Iterator[Signals]:
    """The threads, running."""
    signals.start()
    try:
        yield signals
    finally:
        signals.stop()


def arm(stage: Stage) -> None:
    """Put the alarms: on the verdict, on an expression, on another alarm, on a heart that stops."""
    cloudwatch, tagged = aws.client("cloudwatch"), {"Tags": tags.present(stage.environment)}
    own = {"Namespace": stage.namespace, "Dimensions": stage.dimensions}
    verdict = own | {
        "MetricName": "Verdict", "Statistic": "Maximum", "Period": 10, "EvaluationPeriods": 1,
        "Threshold": 1.0, "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
    }  # fmt: skip
    heartbeat = own | {
        "MetricName": "Heartbeat", "Statistic": "SampleCount", "Period": PERIOD, "EvaluationPeriods": 2,
        "Threshold": 1.0, "ComparisonOperator": "LessThanThreshold", "TreatMissingData": "breaching",
    }  # fmt: skip
    math = {
        "Metrics": [of_new(stage, "bad", "Invocation5XXErrors", shown=False),
                    of_new(stage, "all", "Invocations", shown=False),
                    {"Id": "rate", "Expression": "IF(all >= 20, bad / all, 0)", "ReturnData": True}],
        "EvaluationPeriods": 2, "Threshold": 0.5, "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
    }  # fmt: skip
    for name, settings in (("verdict", verdict), ("heartbeat", heartbeat), ("math", math)):
        cloudwatch.put_metric_alarm(AlarmName=stage.alarm(name), **settings, **tagged)
    rule = f'ALARM("{stage.alarm("verdict")}")'
    cloudwatch.put_composite_alarm(AlarmName=stage.alarm("composite"), AlarmRule=rule, **tagged)


def of_new(stage: Stage, id_: str, metric: str, stat: str = "Sum", *, shown: bool = True) -> dict[str, Any]:
    """A query for a metric of the new configuration."""
    own = alarms.watched(stage.endpoint, stage.name(NEW))
    watched = {"Namespace": "AWS/SageMaker", "MetricName": metric, "Dimensions": own}
    return {
        "Id": id_,
        "MetricStat": {"Metric": watched, "Period": PERIOD, "Stat": stat},
        "ReturnData": shown,
    }


def state(stage: Stage, signal: str) -> str:
    """An alarm's state; empty when there is no such alarm."""
    kinds = ["MetricAlarm", "CompositeAlarm"]
    found = aws.client("cloudwatch").describe_alarms(AlarmNames=[stage.alarm(signal)], AlarmTypes=kinds)
    return next((str(one["StateValue"]) for kind in kinds for one in found.get(f"{kind}s", [])), "")
