"""The serving processes of one endpoint configuration: one process per instance, on a port of its own.

A container gets its model in $ML_ROOT/model and serves /ping and /invocations on $SAGEMAKER_BIND_TO_PORT. It
is started with the argument `serve` and is up when /ping answers 200 (dg/your-algorithms-inference-code).
A container computes at its own speed: the time it may take to start is never below `LEAST_START`.

A shadow variant's containers run beside those of the production variant and get copies of its requests
(dg/model-shadow-deployment). How many is the ratio of its weight to the production variants' (API ProductionVariant,
InitialVariantWeight, which the guide's example sets to 1 on both sides for all of them). Guesses: a shadow variant that
does not start fails the fleet, and it is measured like any variant, under its own VariantName.
"""

import socket
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import urllib3
from botocore.exceptions import ClientError

from sandbox import processes
from sandbox.access.behalf import Denied, Execution, take
from sandbox.capture import Capture
from sandbox.guardrails import Green
from sandbox.logs import LogStream
from sandbox.metrics import Series, key
from sandbox.processes import Child
from sandbox.records import arn
from sandbox.routing import Variant
from sandbox.staging import split
from sandbox.tarball import unpack
from sandbox.world import World

PING_TIMEOUT = 2.0  # real seconds (dg/your-algorithms-inference-code)
START = 480.0  # AWS seconds until /ping must answer 200, unless the variant says otherwise (same page)
LEAST_START = 30.0  # real seconds
DRAIN = 10.0  # real seconds that a fleet without traffic may take to finish what is in flight
METERS = {
    "Invocations": "None", "Invocation4XXErrors": "None", "Invocation5XXErrors": "None",
    "ModelLatency": "Microseconds", "OverheadLatency": "Microseconds",
}  # fmt: skip


@dataclass(eq=False)
class Instance:
    """One serving process, and where its requests are counted."""

    fleet: "Fleet"
    variant: str
    name: str
    port: int
    child: Child | None = None
    in_flight: int = 0
    meters: dict[str, tuple[Series, Series]] = field(default_factory=dict)
    pool: urllib3.HTTPConnectionPool = field(init=False)

    def __post_init__(self) -> None:
        """Open the pool of connections, which costs nothing until the first request."""
        self.pool = urllib3.HTTPConnectionPool("127.0.0.1", self.port, maxsize=32)

    def enter(self) -> None:
        """One more request is in flight."""
        with self.fleet.lock:
            self.in_flight += 1

    def leave(self) -> None:
        """A request is answered."""
        with self.fleet.lock:
            self.in_flight -= 1

    def healthy(self) -> bool:
        """Whether /ping answers 200."""
        try:
            return self.pool.request("GET", "/ping", timeout=PING_TIMEOUT, retries=False).status == 200
        except urllib3.exceptions.HTTPError:
            return False

    def count(self, status: int, model: float, overhead: float) -> None:
        """Publish one request: errors as 1 or 0, latencies in microseconds (dg/monitoring-cloudwatch)."""
        values = (1.0, float(400 <= status < 500), float(status >= 500), model * 1e6, overhead * 1e6)
        for name, value in zip(METERS, values, strict=True):
            for series in self.meters[name]:
                self.fleet.world.metrics.record(series, value, self.fleet.published)


@dataclass(eq=False)
class Fleet:
    """The instances of `config` (an effective CreateEndpointConfig request) behind `endpoint`.

    `watched` are the alarms that roll the fleet back. Each model's container has the model's role.
    """

    world: World
    endpoint: str
    config: Mapping[str, Any]
    models: Mapping[str, Mapping[str, Any]]  # the CreateModel requests by name, as they are now
    watched: Sequence[str] = ()
    stage: Green = Green.STARTING
    failure: str = ""
    variants: dict[str, Variant[Instance]] = field(default_factory=dict)
    shadows: dict[str, Variant[Instance]] = field(default_factory=dict)
    capture: Capture | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)
    _injected: bool = False
    _roles: dict[str, Execution] = field(default_factory=dict)
    _stopped: threading.Event = field(default_factory=threading.Event)
    _settled: threading.Event = field(default_factory=threading.Event)

    @property
    def published(self) -> int:
        """The AWS seconds between two data points of the invocation metrics (API MetricsConfig)."""
        its = self.config.get("MetricsConfig", {})
        frequency: int = its.get("MetricPublishFrequencyInSeconds", 60)
        return frequency if its.get("EnableEnhancedMetrics") else 60

    def start(self) -> None:
        """Start every instance and wait for /ping; `stage` tells how it went, `failure` why not."""
        try:
            for variant in self._described():
                self._roles[variant["ModelName"]] = self._role(variant["ModelName"])
            with ExitStack() as ports:
                for kind, place in (("ProductionVariants", self.variants), ("ShadowProductionVariants", self.shadows)):
                    for variant in self.config.get(kind, ()):
                        instances = [self._instance(variant, ports) for _ in range(variant["InitialInstanceCount"])]
                        place[variant["VariantName"]] = Variant(variant.get("InitialVariantWeight", 1.0), instances)
            for variant in self._described():
                self._launch(variant, self._of(variant["VariantName"]))
            for variant in self._described():
                self._await(variant, self._of(variant["VariantName"]))
        except Exception as error:  # whatever is wrong with image or model: AWS tells it as the failure reason
            self.failure = str(error)
            self.stage = Green.FAILED
        else:
            if self.capture:
                self.capture.writer = next(iter(self._roles.values()))
                self.capture.start()
            self.stage = Green.READY
        self._settled.set()

    def stop(self) -> None:
        """Finish what is in flight, then end every process. No traffic may be routed here any more."""
        self._stopped.set()
        self._settled.wait(LEAST_START)  # so that no process is started behind our back
        self.retire(self.instances())
        if self.capture:
            self.capture.close()

    def retire(self, instances: Sequence[Instance]) -> None:
        """End instances that no traffic is routed to any more, once they have answered what is in flight."""
        until = time.monotonic() + DRAIN
        while any(instance.in_flight for instance in instances) and time.monotonic() < until:
            time.sleep(0.01)
        children = [instance.child for instance in instances if instance.child]
        patient = partial(self.world.processes.stop, least=processes.GRACE)  # finishing requests takes real time
        stops = [threading.Thread(target=patient, args=(child,)) for child in children]
        for stop in stops:
            stop.start()
        for stop in stops:
            stop.join()
        for instance in instances:
            instance.pool.close()

    def grow(self, name: str, number: int) -> list[Instance]:
        """Start `number` more instances of a production variant; no request is routed to them yet.

        Raises RuntimeError when one does not become healthy: all of them are ended again.
        """
        variant = next(each for each in self._described() if each["VariantName"] == name)
        with ExitStack() as ports:
            instances = [self._instance(variant, ports) for _ in range(number)]
        try:
            self._launch(variant, instances)
            self._await(variant, instances)
        except Exception as error:
            self.retire(instances)
            raise RuntimeError(str(error)) from error
        return instances

    def running(self, name: str) -> int:
        """How many instances a variant has that were started."""
        return len(self._of(name))

    def shadow(self, draw: Callable[[], float]) -> Instance | None:
        """The shadow variant's instance that gets a copy of a request; `draw` is asked for numbers in [0, 1)."""
        whole = sum(variant.weight for variant in self.variants.values()) or 1.0
        for weight, instances in self.shadows.values():
            if draw() * whole < weight:
                return instances[int(draw() * len(instances))]
        return None

    def instances(self) -> list[Instance]:
        """All instances of all variants."""
        found = (*self.variants.values(), *self.shadows.values())
        return [instance for variant in found for instance in variant.instances]

    def _of(self, name: str) -> Sequence[Instance]:
        found = (self.variants | self.shadows).get(name)
        return found.instances if found else ()

    def _described(self) -> list[Mapping[str, Any]]:
        """The variants of the configuration, shadow variants last."""
        return [*self.config["ProductionVariants"], *self.config.get("ShadowProductionVariants", ())]

    def _role(self, model: str) -> Execution:
        """The role of a model, and what SageMaker does first under it. Raises ApiError and Denied."""
        its = self.models[model]
        role = take(self.world, its["ExecutionRoleArn"], arn(self.world, "endpoint", self.endpoint))
        role.watch(self.watched)
        role.pull(its["PrimaryContainer"]["Image"])
        role.use_keys(volume=self.config.get("KmsKeyId"))
        role.join(its.get("VpcConfig", {}))
        role.measure("/aws/sagemaker/Endpoints")
        return role

    def _instance(self, variant: Mapping[str, Any], ports: ExitStack) -> Instance:
        name = f"i-{uuid.uuid4().hex[:17]}"
        port = ports.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1]
        instance = Instance(self, variant["VariantName"], name, port)
        dimensions = [
            {"Name": "EndpointName", "Value": self.endpoint},
            {"Name": "VariantName", "Value": instance.variant},
        ]
        own = [*dimensions, {"Name": "EndpointConfigName", "Value": self.config["EndpointConfigName"]}]
        for meter, unit in METERS.items():
            keys = (key("AWS/SageMaker", meter, dimensions), key("AWS/SageMaker", meter, own))
            both, one = (self.world.metrics.series(each, unit) for each in keys)
            instance.meters[meter] = (both, one)
        return instance

    def _launch(self, variant: Mapping[str, Any], instances: Sequence[Instance]) -> None:
        for instance in instances:
            self._start(instance, variant)

    def _start(self, instance: Instance, variant: Mapping[str, Any]) -> None:
        model, role = self.models[variant["ModelName"]], self._roles[variant["ModelName"]]
        definition = model["PrimaryContainer"]
        if self._stopped.is_set():
            raise RuntimeError("the fleet was stopped before it started")
        container = self.world.images.unpack(definition["Image"])
        config = self.config["EndpointConfigName"]
        root = self.world.folder / "endpoints" / self.endpoint / instance.name
        _unpack_model(role, definition.get("ModelDataUrl"), root / "model")
        surroundings = {
            "ML_ROOT": str(root),
            "SAGEMAKER_BIND_TO_PORT": str(instance.port),
            "BIND_TO_ADDRESS": "127.0.0.1",  # a process has no network of its own: nobody else may call it
        }
        own = {} if model.get("EnableNetworkIsolation") else role.environment()
        env = processes.environment(self.world, own, container.env, definition.get("Environment", {}), surroundings)
        words = (*container.entrypoint, "serve") if container.entrypoint else ("serve",)
        injected = self.world.accounts.faults.command(self.endpoint, config)
        self._injected = self._injected or injected is not None
        stream = f"{instance.variant}/{config}/{instance.name}"
        instance.child = self.world.processes.start(
            "endpoint",
            f"{self.endpoint}/{stream}",
            injected or processes.command(words),
            cwd=container.workdir,
            env=env,
            log=LogStream(role, f"/aws/sagemaker/Endpoints/{self.endpoint}", stream),
        )

    def _await(self, variant: Mapping[str, Any], instances: Sequence[Instance]) -> None:
        allowed = variant.get("ContainerStartupHealthCheckTimeoutInSeconds", START)
        least = 0.0 if self._injected else LEAST_START
        until = time.monotonic() + max(self.world.clock.real(allowed), least)
        for instance in instances:
            while not instance.healthy():
                ended = instance.child is None or not instance.child.running
                if ended or self._stopped.is_set() or time.monotonic() > until:
                    raise RuntimeError(
                        f"The primary container for production variant {instance.variant} did not pass the "
                        "ping health check. Please check CloudWatch logs for this endpoint."
                    )
                time.sleep(0.05)


def _unpack_model(role: Execution, uri: str | None, folder: Path) -> None:
    """Extract a model.tar.gz into `folder`, without letting it write elsewhere. Raises Denied."""
    folder.mkdir(parents=True)
    if not uri:
        return
    bucket, name = split(uri)
    try:
        body = role.client("s3").get_object(Bucket=bucket, Key=name)["Body"].read()
    except ClientError as error:
        raise Denied(f'Could not access model data at {uri} with the role "{role.role}": {error}') from error
    unpack(body, folder)
