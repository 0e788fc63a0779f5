"""Production under traffic, in an account where things go wrong on purpose, and verbs that are killed.

Whatever is asserted is read from AWS by an administrator, or counted by the callers; nothing is believed because a verb
says so.
"""

import json
import os
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from account import HERE, Account
from botocore.exceptions import ClientError
from killable import LONG, Running, until
from pipeline import ledger, names, states
from sandbox.access.issuer import Job
from sandbox.rehearsal import caller, damage, scenario, traffic
from sandbox.rehearsal.workspace import Workspace

RATE = 40.0  # requests in a second of this machine
PREPARED = 3
SERVICE = "infra/service"


@dataclass
class Production:
    """A project whose production serves the first of three registered versions; the last of them is broken."""

    workspace: Workspace
    account: Account
    good: list[int] = field(default_factory=list)
    broken: int = 0
    scales: tuple[int, int] = (0, 0)
    rate: float = RATE
    callers: traffic.Traffic | None = None

    @property
    def project(self) -> names.Project:
        """What the project's settings say."""
        return names.project(self.workspace.folder)

    @property
    def endpoint(self) -> str:
        """The name of production's endpoint."""
        return names.endpoint(self.project, "production")

    @property
    def table(self) -> str:
        """The name of production's ledger."""
        return names.ledger(self.project, "production")

    def start(self, command: str, *words: str, **more: str) -> Running:
        """Start a verb as an administrator, with these environment variables on top."""
        environment = self.account.environment
        bin_ = self.account.command.parent
        docker = Path(environment["SANDBOX_STATE"]) / "bin"
        path = os.pathsep.join((str(docker), str(bin_), os.environ["PATH"]))
        own = {"PATH": path, "PYTHONPATH": str(self.workspace.folder)}
        process = subprocess.Popen(
            [bin_ / command, *words, "--json"],
            cwd=self.workspace.folder,
            env=environment | own | more,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        return Running(process, " ".join((command, *words)))

    def apply(self, *environments: str) -> None:
        """Apply the account's foundation, the platform, and these environments."""
        stacks = (("foundation", "account"), ("infra/platform", "platform"), *((SERVICE, one) for one in environments))
        for folder, stack in stacks:
            self.run("sandbox", "up", folder, "--stack", stack)

    def run(self, command: str, *words: str, code: int = 0, within: float = 120.0) -> dict[str, Any]:
        """Run a verb to its end, which must be `code`. Returns its JSON."""
        running = self.start(command, *words)
        ended = running.end(within)
        assert ended.code == code, f"{running.words}: {ended.code} instead of {code}\n{ended.document}\n{ended.errors}"
        return ended.document

    def release(self, version: int | None = None, **more: str) -> Running:
        """Start the release of a version, the candidate if none is named; what was taken back before may come again."""
        words = ("--version", str(version or self.candidate()), "--force", "--why", "a fault is looked for")
        return self.start("pipeline", "release", "production", *words, **more)

    def candidate(self) -> int:
        """The good version that is not live."""
        live = self.live()
        serving = next(record.version for record in self.records() if record.config_asked == live)
        return next(number for number in self.good if number != serving)

    def reconciled(self, before: str) -> ledger.Record:
        """Close what a dead process left; then all must be in order.

        Nothing is open, the record says what is true, and what is live is `before`, or what was asked for where the
        record says promoted. Returns the newest record.
        """
        self.run("pipeline", "reconcile", "production", "--wait")
        return self.in_order(before)

    def in_order(self, before: str) -> ledger.Record:
        """The same, without anybody's doing."""
        assert not self.locked()
        record, live = self.records()[0], self.live()
        assert record.ended and record.verdict, record
        assert self.capacity() == self.scales, "the room that a bake was given is still there"
        assert live == (record.config_asked if record.state == "promoted" else before), record
        return record

    def fault(self, **rule: Any) -> None:
        """Let something go wrong from now on; `do` says what."""
        self._faults("PUT", json.dumps([*self.faults(), rule]).encode())

    def faults(self) -> list[dict[str, Any]]:
        """The faults as they were put."""
        told = ("hits", "held", "over")
        return [{key: value for key, value in one.items() if key not in told} for one in self._faults("GET")]

    def held(self) -> bool:
        """Whether a call waits."""
        return any(one["held"] for one in self._faults("GET"))

    def lift(self) -> None:
        """No fault any more."""
        self._faults("DELETE")

    def _faults(self, method: str, body: bytes | None = None) -> list[dict[str, Any]]:
        url = self.account.environment["AWS_ENDPOINT_URL"]
        with urlopen(Request(f"{url}/sandbox/faults", body, method=method), timeout=10) as answer:  # noqa: S310
            found: list[dict[str, Any]] = json.load(answer)
        return found

    def patched(self, version: int) -> int:
        """Register a version's model with a serving image of its own; returns the new version."""
        file = self.workspace.folder / "serving" / "worker.py"
        file.write_text(f"{file.read_text()}\n# patched\n")
        self.workspace.commit("Patch the serving image")
        self.run("pipeline", "image")
        return int(self.run("pipeline", "register", "--model-of", str(version))["version"])

    def register(self) -> int:
        """Take what is trained on the tree as it is through the gate. Returns the version."""
        for verb in ("train", "gate"):
            self.run("pipeline", verb)
        return int(self.run("pipeline", "register")["version"])

    def described(self) -> dict[str, Any]:
        """The endpoint as AWS describes it."""
        return dict(self.account.client("sagemaker").describe_endpoint(EndpointName=self.endpoint))

    def live(self) -> str:
        """The configuration that serves: the endpoint must be in service, and nothing may be on its way."""
        described = self.described()
        assert described["EndpointStatus"] == "InService", described["EndpointStatus"]
        assert "PendingDeploymentSummary" not in described
        return str(described["EndpointConfigName"])

    def settled(self) -> bool:
        """Whether the endpoint is in service and nothing is on its way."""
        described = self.described()
        return described["EndpointStatus"] == "InService" and "PendingDeploymentSummary" not in described

    def records(self) -> list[ledger.Record]:
        """The releases in the ledger, newest first."""
        found = self.account.client("dynamodb").scan(TableName=self.table, ConsistentRead=True)["Items"]
        known = [ledger.decode(item) for item in found if item["release"]["S"] != ledger.LOCK]
        return sorted(known, key=lambda record: record.started, reverse=True)

    def locked(self) -> bool:
        """Whether a release holds the ledger's lock."""
        key = {"release": {"S": ledger.LOCK}}
        found = self.account.client("dynamodb").get_item(TableName=self.table, Key=key, ConsistentRead=True)
        return "Item" in found

    def state(self) -> str:
        """The state of the release that holds the lock; empty when there is none."""
        return self.records()[0].state if self.locked() else ""

    def requests(self, since: float) -> list[traffic.Request]:
        """What the callers have sent since a wall-clock second."""
        assert self.callers is not None
        return self.callers.between(since, time.time())

    def failed(self, since: float) -> int:
        """How many of them were not answered with 200."""
        return sum(request.failed for request in self.requests(since))

    def serve(self) -> None:
        """Take the first version into production, with callers that do not stop."""
        self.run("pipeline", "release", "production", code=PREPARED)
        self.run("sandbox", "up", SERVICE, "--stack", "production")
        assert self.run("pipeline", "release", "production")["verdict"] == "promoted"
        self.call()

    def call(self) -> None:
        """Have callers from now on, who do not stop."""
        region, url = self.account.region, self.account.environment["AWS_ENDPOINT_URL"]
        arn = f"arn:aws:sagemaker:{region}:{HERE}:endpoint/{self.endpoint}"
        asks = caller.make(self.account.client("iam"), self.account.client("sts"), HERE, region, arn)
        send = traffic.sender(url, self.endpoint, asks.sign, workers=16)
        self.callers = traffic.Traffic(send, self.questions(), rate=self.rate)
        self.callers.start()
        self.scales = self.capacity()

    def session(self, purpose: str, environment: str = "production") -> dict[str, str]:
        """The environment variables of a workflow's job on main, in a GitHub environment if any, with its role."""
        its = self.project
        numbers = {"owner_id": its.github_owner_id, "repository_id": its.github_repository_id}
        job = Job(repository=f"{its.github_owner}/{its.name}", environment=environment, **numbers)
        return {key.upper(): value for key, value in self.account.take(its, purpose, job).items()}

    def forget(self) -> None:
        """Delete the candidate's model and configuration, so that its next release makes them again."""
        candidate, sagemaker = self.candidate(), self.account.client("sagemaker")
        for record in self.records():
            if record.version == candidate:
                # one of them may be missing: an earlier release was killed between the two
                with suppress(ClientError):
                    sagemaker.delete_endpoint_config(EndpointConfigName=record.config_asked)
                with suppress(ClientError):
                    sagemaker.delete_model(ModelName=record.model)

    def capacity(self) -> tuple[int, int]:
        """The least and the most instances that production scales between."""
        found = self.account.client("application-autoscaling").describe_scalable_targets(ServiceNamespace="sagemaker")
        [one] = [one for one in found["ScalableTargets"] if f"/{self.endpoint}/" in one["ResourceId"]]
        return one["MinCapacity"], one["MaxCapacity"]

    def package(self, version: int) -> str:
        """The ARN of a registered version."""
        found = self.account.client("sagemaker").list_model_packages(
            ModelPackageGroupName=names.model_package_group(self.project)
        )["ModelPackageSummaryList"]
        return next(str(one["ModelPackageArn"]) for one in found if one["ModelPackageVersion"] == version)

    def newcomers(self, share: float) -> None:
        """From now on this share of the requests has a value that no model has seen; the broken version fails them."""
        assert self.callers is not None
        unseen = self.scenario.newcomer
        self.callers.meet(damage.told(self.questions()[:100], unseen.column, unseen.value), share)

    def under(self, state: str, version: int | None = None, **more: str) -> Running:
        """A release of a version, else of the candidate, that has come to a state."""
        running = self.release(version, **more)
        until(lambda: self.has_come_to(state), LONG, f"a release that is {state}")
        return running

    def has_come_to(self, state: str) -> bool:
        """Whether an open release is in that state, or further."""
        found = self.state()
        return found in states.OPEN and states.OPEN.index(found) >= states.OPEN.index(state)

    def alarm(self, signal: str) -> dict[str, Any]:
        """The newest release's alarm on a signal."""
        named = f"{self.project.name}-{self.records()[0].release}-{signal}"
        [found] = self.account.client("cloudwatch").describe_alarms(AlarmNames=[named])["MetricAlarms"]
        return dict(found)

    def asked(self) -> str:
        """The configuration that the newest release asks for."""
        return self.records()[0].config_asked

    def questions(self) -> list[traffic.Question]:
        """What callers ask."""
        return damage.questions(self.workspace.folder, self.scenario.traffic)

    @property
    def scenario(self) -> scenario.Scenario:
        """What the project's rehearsal does with its data."""
        return scenario.read(self.workspace.folder / "rehearsal" / "scenario.toml")
