"""What a probe makes in an account, and takes away again: an endpoint of two instances, and alarms.

Names are the same each time, so that the next probe removes what a killed one has left. The role is the
environment's own, whose policy knows the alarms of releases, which SageMaker describes under it:
https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html.
"""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from pipeline import aws, endpoint, interrupts, names, tags
from pipeline.endpoint import Served
from pipeline.errors import InfrastructureError
from pipeline.progress import say
from pipeline.sections import Canary
from pipeline.settings import Service

OLD, NEW, SMALL = CONFIGS = ("old", "new", "small")  # the last has one instance
RELEASE = "v0-probe"  # what a release's alarms are named by; no version has the number
ALARMS = ("composite", "verdict", "math", "heartbeat")  # AWS keeps an alarm that another one is made of
LIMIT_SECONDS = 3600  # for one change of the endpoint


@dataclass
class Stage:
    """The probe's things in an environment; `doubled` are AWS seconds in which there was a second fleet."""

    environment: str
    service: Service
    served: Served
    rules: Canary
    began: float = field(default_factory=time.monotonic)
    doubled: float = 0.0
    _asked: float | None = None  # when the update under way was

    @property
    def endpoint(self) -> str:
        """The endpoint's name."""
        return f"{names.endpoint(names.project(), self.environment)}-probe"

    @property
    def log_group(self) -> str:
        """Where SageMaker would write the log of its containers."""
        return f"/aws/sagemaker/Endpoints/{self.endpoint}"

    @property
    def namespace(self) -> str:
        """Of the environment's own metrics."""
        return names.metrics(names.project(), self.environment)

    def name(self, which: str) -> str:
        """The model or configuration `which`, one of CONFIGS."""
        return f"{self.endpoint}-{which}"

    def alarm(self, signal_: str) -> str:
        """An alarm."""
        return names.alarm(names.project(), self.environment, RELEASE, signal_)

    @property
    def dimensions(self) -> list[dict[str, str]]:
        """Of the probe's metrics, as a release's judge has them."""
        return [{"Name": "EndpointName", "Value": self.endpoint}, {"Name": "Release", "Value": RELEASE}]

    def build(self) -> None:
        """Models, configurations, and the endpoint, which serves OLD when this returns."""
        sagemaker, tagged = aws.client("sagemaker"), {"Tags": tags.present(self.environment)}
        for which in CONFIGS:
            container = {"Image": self.served.image, "ModelDataUrl": self.served.model_data}
            sagemaker.create_model(
                ModelName=self.name(which),
                PrimaryContainer={**container, "Environment": {"MODEL_ID": self.name(which)}},
                ExecutionRoleArn=self.service.execution_role_arn,
                EnableNetworkIsolation=True,
                **self.service.vpc,
                **tagged,
            )
            sagemaker.create_endpoint_config(**self.configuration(which), **tagged)
        sagemaker.create_endpoint(EndpointName=self.endpoint, EndpointConfigName=self.name(OLD), **tagged)
        if (described := self.settled())["EndpointStatus"] != "InService":
            why = described.get("FailureReason", "AWS says no reason")
            raise InfrastructureError(f"the endpoint {self.endpoint} did not come up: {why}")

    def configuration(self, which: str) -> dict[str, Any]:
        """A CreateEndpointConfig request."""
        variant = {
            "VariantName": names.VARIANT,
            "ModelName": self.name(which),
            "InstanceType": self.service.instance_type,
            "InitialInstanceCount": 1 if which == SMALL else 2,
            "ContainerStartupHealthCheckTimeoutInSeconds": self.rules.startup_seconds,
        }
        counting = {
            "EnableEnhancedMetrics": True,
            "EnableDetailedObservability": False,
            "MetricPublishFrequencyInSeconds": self.rules.metric_seconds,
        }
        return {
            "EndpointConfigName": self.name(which),
            "ProductionVariants": [variant],
            "MetricsConfig": counting,
        }

    def update(self, which: str, *alarms: str, bake: int = 0) -> None:
        """Call UpdateEndpoint: a canary of one instance that bakes, or all at once. Raises ClientError."""
        routing: dict[str, Any] = {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0}
        if bake:
            size = {"Type": "INSTANCE_COUNT", "Value": 1}
            routing = {"Type": "CANARY", "WaitIntervalInSeconds": bake, "CanarySize": size}
        policy = {"TrafficRoutingConfiguration": routing, "TerminationWaitInSeconds": min(bake, 60)}
        policy["MaximumExecutionTimeoutInSeconds"] = max(LIMIT_SECONDS, 2 * bake)
        watched = [{"AlarmName": self.alarm(one)} for one in alarms]
        rollback = {"AutoRollbackConfiguration": {"Alarms": watched}} if watched else {}
        aws.client("sagemaker").update_endpoint(
            EndpointName=self.endpoint,
            EndpointConfigName=self.name(which),
            DeploymentConfig={"BlueGreenUpdatePolicy": policy, **rollback},
        )
        self._asked = time.monotonic()

    def described(self) -> dict[str, Any]:
        """DescribeEndpoint. Raises InfrastructureError when the endpoint is gone."""
        return endpoint.there(self.endpoint)

    def settled(self, see: Callable[[dict[str, Any]], object] = lambda described: None) -> dict[str, Any]:
        """DescribeEndpoint, once nothing is under way; `see` is told each look at it."""
        since = time.monotonic()
        while (found := self.described())["EndpointStatus"] in ("Creating", "Updating", "RollingBack"):
            see(found)
            if aws.elapsed(since) > LIMIT_SECONDS:
                raise InfrastructureError(f"{self.endpoint} is still {found['EndpointStatus']}")
            aws.poll()
        if self._asked is not None:
            self.doubled, self._asked = self.doubled + aws.elapsed(self._asked), None
        see(found)
        return found

    def clear(self) -> list[str]:
        """Remove whatever is there of a probe; what could not be removed, each with AWS's reason."""
        sagemaker, cloudwatch = aws.client("sagemaker"), aws.client("cloudwatch")
        calls: list[tuple[str, Callable[[], Any]]] = [(f"endpoint {self.endpoint}", self._end)]
        for name in map(self.name, CONFIGS):
            config = partial(sagemaker.delete_endpoint_config, EndpointConfigName=name)
            calls += [(f"configuration {name}", config)]
            calls += [(f"model {name}", partial(sagemaker.delete_model, ModelName=name))]
        for name in map(self.alarm, ALARMS):
            calls += [(f"alarm {name}", partial(cloudwatch.delete_alarms, AlarmNames=[name]))]
        group = partial(aws.client("logs").delete_log_group, logGroupName=self.log_group)
        calls += [(f"log group {self.log_group}", group)]
        return [f"{what} ({why})" for what, call in calls if (why := _tried(call))]

    def _end(self) -> None:
        """Delete the endpoint, which AWS does not while it is updated."""
        if endpoint.describe(self.endpoint) is None:
            return
        self.settled()
        aws.client("sagemaker").delete_endpoint(EndpointName=self.endpoint)
        since = time.monotonic()
        while endpoint.describe(self.endpoint) is not None and aws.elapsed(since) < LIMIT_SECONDS:
            aws.poll()


def _tried(call: Callable[[], Any]) -> str | None:
    """Why a removal failed; None when the thing is gone, or was not there."""
    try:
        aws.find(call)
    except (ClientError, BotoCoreError, InfrastructureError) as error:
        return " ".join(str(error).split())
    return None


@contextmanager
def built(stage: Stage, hurry: Callable[[], object]) -> Iterator[Stage]:
    """The stage, built on entry and removed on exit, whatever ends it, Ctrl-C too.

    `hurry` ends an update that is under way. Raises InfrastructureError naming what could not be removed.
    """
    if left := stage.clear():
        raise InfrastructureError(f"an earlier probe's things cannot be removed: {'; '.join(left)}")
    try:
        with interrupts.terminated():
            stage.build()
            yield stage
    finally:
        ignored = signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C would leave things that cost
        say(f"removing {stage.endpoint} and what belongs to it; an update under way is ended first")
        try:
            hurry()
            left = stage.clear()
        finally:
            signal.signal(signal.SIGINT, ignored)
        if left:
            raise InfrastructureError(f"remove by hand, the endpoint costs: {'; '.join(left)}")
