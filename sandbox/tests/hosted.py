"""An account with a toy container in it, for the tests of hosting."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError
from conftest import make_role

from sandbox.accounts import Accounts
from sandbox.clock import Clock
from sandbox.images import Container
from sandbox.server import Server
from sandbox.world import ApiError, World

ROLE = "arn:aws:iam::123456789012:role/hosting"
TOY = """
import json, os, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MODE = os.environ["MODE"]
if MODE == "crash":
    sys.exit("no model")

class Toy(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 65536

    def answer(self, status, body=b""):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("X-Amzn-SageMaker-Custom-Attributes", "model=" + os.environ.get("MODEL_ID", ""))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def do_GET(self):
        self.answer(200)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        time.sleep(float(os.environ.get("SLEEP", "0")))
        status = {"bad": 500, "picky": 400}.get(MODE, 200)
        self.answer(status, json.dumps({"got": body.decode(), "argument": sys.argv[1]}).encode())

    def log_message(self, *_):
        pass

ThreadingHTTPServer(("127.0.0.1", int(os.environ["SAGEMAKER_BIND_TO_PORT"])), Toy).serve_forever()
"""


@dataclass
class Account:
    """A running sandbox and its clients."""

    world: World
    sagemaker: Any = field(init=False)
    runtime: Any = field(init=False)
    cloudwatch: Any = field(init=False)

    def __post_init__(self) -> None:
        """Make the clients."""
        self.sagemaker = self.world.client("sagemaker")
        self.runtime = self.world.client("sagemaker-runtime")
        self.cloudwatch = self.world.client("cloudwatch")

    def config(self, name: str, mode: str = "good", *, count: int = 1, variant: str = "live", **more: Any) -> str:
        """Make a model and a configuration of that name; the container serves as `mode` says."""
        environment = {"MODE": mode, "MODEL_ID": name, **more.pop("environment", {})}
        container = {"Image": more.pop("image", "registry/toy:1"), "Environment": environment}
        role, instance = more.pop("role", ROLE), more.pop("instance", "ml.m5.large")
        self.sagemaker.create_model(ModelName=name, PrimaryContainer=container, ExecutionRoleArn=role)
        its = {
            "VariantName": variant,
            "ModelName": name,
            "InitialInstanceCount": count,
            "InstanceType": instance,
        }
        self.sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[its], **more)
        return name

    def endpoint(self, name: str, config: str) -> dict[str, Any]:
        """Create an endpoint; its description when it has settled."""
        self.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config)
        return self.settled(name)

    def update(self, name: str, config: str, *alarms: str, wait: int = 300, final: int = 120, **more: Any) -> None:
        """Start a canary of one instance."""
        routing = {
            "Type": "CANARY",
            "CanarySize": {"Type": "INSTANCE_COUNT", "Value": 1},
            "WaitIntervalInSeconds": wait,
        }
        policy = {"TrafficRoutingConfiguration": routing, "TerminationWaitInSeconds": final}
        deployment: dict[str, Any] = {"BlueGreenUpdatePolicy": policy}
        if alarms:
            deployment["AutoRollbackConfiguration"] = {"Alarms": [{"AlarmName": alarm} for alarm in alarms]}
        self.sagemaker.update_endpoint(
            EndpointName=name, EndpointConfigName=config, DeploymentConfig=deployment, **more
        )

    def describe(self, name: str) -> dict[str, Any]:
        """DescribeEndpoint."""
        found: dict[str, Any] = self.sagemaker.describe_endpoint(EndpointName=name)
        return found

    def settled(self, name: str, seconds: float = 20.0) -> dict[str, Any]:
        """DescribeEndpoint, once nothing is under way."""
        end = time.monotonic() + seconds
        while self.describe(name)["EndpointStatus"] in ("Creating", "Updating") and time.monotonic() < end:
            time.sleep(0.02)
        return self.describe(name)

    def pending(self, name: str, status: str) -> dict[str, Any]:
        """The PendingDeploymentSummary, once its variant is in `status`."""
        for _ in range(500):
            summary: dict[str, Any] = self.describe(name).get("PendingDeploymentSummary", {})
            if summary and summary["ProductionVariants"][0]["VariantStatus"][0]["Status"] == status:
                return summary
            time.sleep(0.01)
        raise AssertionError(f"{name} never was {status}")

    def alarm(self, name: str, endpoint: str, config: str, **more: Any) -> str:
        """Put an alarm on more than 5 % of errors of `config` in two minutes."""
        dimensions = {"EndpointName": endpoint, "VariantName": "live", "EndpointConfigName": config}
        settings = {
            "AlarmName": name, "Namespace": "AWS/SageMaker", "MetricName": "Invocation5XXErrors",
            "Period": 60, "Statistic": "Average", "EvaluationPeriods": 2, "Threshold": 0.05,
            "TreatMissingData": "notBreaching", "ComparisonOperator": "GreaterThanThreshold",
            "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
        }  # fmt: skip
        self.cloudwatch.put_metric_alarm(**settings | more)
        return name

    def invoke(self, endpoint: str, body: bytes = b"1") -> str:
        """What one request gets: the configuration that answered, or the status of its error."""
        try:
            answer = self.runtime.invoke_endpoint(EndpointName=endpoint, Body=body, ContentType="text/csv")
        except ClientError as error:
            return str(error.response.get("OriginalStatusCode", error.response["Error"]["Code"]))
        return str(answer["CustomAttributes"]).removeprefix("model=")

    @contextmanager
    def traffic(self, endpoint: str, rate: float = 60.0) -> Iterator[Counter[str]]:
        """Requests at about `rate` a second from two threads, counted by what they got."""
        got: Counter[str] = Counter()
        over = threading.Event()

        def send() -> None:
            while not over.wait(2 / rate):
                got[self.invoke(endpoint)] += 1

        with ThreadPoolExecutor(2) as pool:
            senders = [pool.submit(send) for _ in range(2)]
            try:
                yield got
            finally:
                over.set()
                for sender in senders:
                    sender.result()


@contextmanager
def account(folder: Path, speed: float) -> Iterator[Account]:
    """A sandbox with the image `registry/toy:1`; any other image does not exist."""
    program = folder / "app"
    program.mkdir()
    (program / "toy.py").write_text(TOY)
    state = folder / "state"
    state.mkdir()
    accounts = Accounts(state, "eu-west-1", Clock(speed))
    server = Server(accounts, 0)
    world = accounts.home

    def unpack(uri: str) -> Container:
        if uri != "registry/toy:1":
            raise ApiError("ValidationException", f"Requested image {uri} not found.")
        return Container("sha256:0", program, program, ("python", "toy.py"))

    world.images.unpack = unpack  # type: ignore[method-assign, assignment]
    server.serve()
    iam = world.client("iam")
    with suppress(iam.exceptions.EntityAlreadyExistsException):  # moto's records are those of the whole process
        make_role(iam, ROLE)
    try:
        yield Account(world)
    finally:
        server.stop()
