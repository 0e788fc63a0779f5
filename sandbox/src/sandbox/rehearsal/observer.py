"""A plain client's reads: what is true of the account, whatever the verbs say."""

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

import boto3

from sandbox.rehearsal.identity import REGISTRY, Identity
from sandbox.rehearsal.runner import administrator


@dataclass(frozen=True)
class Live:
    """What DescribeEndpoint says."""

    status: str
    config: str


class Observer:
    """Reads with an administrator's clients; names come from the parameters that the stacks publish."""

    def __init__(self, url: str, identity: Identity) -> None:
        self._url, self._identity = url, identity
        self._clients: dict[tuple[str, str], Any] = {}
        self._settings: dict[str, dict[str, Any]] = {}

    def client(self, service: str, part: str = REGISTRY) -> Any:
        """A boto3 client in the account of `part`, made once: making one takes longer than a step's reads."""
        account = self._identity.account(part)
        if (service, account) not in self._clients:
            key = administrator(account)
            session = boto3.Session(*key.values(), region_name=self._identity.region)
            self._clients[service, account] = session.client(service, endpoint_url=self._url)
        return self._clients[service, account]

    def settings(self, *path: str) -> dict[str, Any]:
        """A published parameter, such as `settings("production", "service")`; read once, as it doesn't change."""
        name = "/" + "/".join((self._identity.name, *path))
        if name not in self._settings:
            value = self.client("ssm", _part(path)).get_parameter(Name=name)["Parameter"]["Value"]
            self._settings[name] = json.loads(value)
        return self._settings[name]

    def live(self, environment: str) -> Live:
        """Status and configuration of an environment's endpoint."""
        name = self.settings(environment, "service")["endpoint"]
        described = self.client("sagemaker", environment).describe_endpoint(EndpointName=name)
        return Live(described["EndpointStatus"], described["EndpointConfigName"])

    def serves(self, environment: str) -> bool:
        """Whether an environment has an endpoint."""
        name = self.settings(environment, "service")["endpoint"]
        found = self.client("sagemaker", environment).list_endpoints(NameContains=name)["Endpoints"]
        return name in [one["EndpointName"] for one in found]

    def sounding(self, environment: str) -> dict[str, float]:
        """The names of the alarms that are in ALARM, and since which second."""
        kinds = ["MetricAlarm", "CompositeAlarm"]  # without them only the first
        found = self.client("cloudwatch", environment).describe_alarms(StateValue="ALARM", AlarmTypes=kinds)
        alarms = [*found["MetricAlarms"], *found["CompositeAlarms"]]
        return {alarm["AlarmName"]: alarm["StateUpdatedTimestamp"].timestamp() for alarm in alarms}

    def packages(self) -> dict[int, str]:
        """Approval status of every version in the model registry."""
        return {number: package["ModelApprovalStatus"] for number, package in self._listed().items()}

    def stages(self) -> dict[int, str]:
        """The stage of every version in the model registry that has one."""
        listed = {number: package.get("ModelLifeCycle") for number, package in self._listed().items()}
        return {number: life_cycle["Stage"] for number, life_cycle in listed.items() if life_cycle}

    def _listed(self) -> dict[int, dict[str, Any]]:
        group = self.settings("platform", "registry")["model_package_group"]
        pages = self.client("sagemaker").get_paginator("list_model_packages").paginate(ModelPackageGroupName=group)
        return {one["ModelPackageVersion"]: one for page in pages for one in page["ModelPackageSummaryList"]}

    def planned_share(self, environment: str, release: str) -> float:
        """The share of the traffic that a release's candidate was to have, by the ledger."""
        return float(json.loads(self.ledger(environment, release)["details"])["plan"]["share_planned"])

    def under_way(self, environment: str) -> dict[str, str]:
        """The text attributes of the release that holds the ledger's lock; empty when none does."""
        holder = self.ledger(environment, "lock").get("holder")
        return self.ledger(environment, holder) if holder else {}

    def ledger(self, environment: str, release: str) -> dict[str, str]:
        """The text attributes of a release's item in the ledger; empty when there is none."""
        table = self.settings(environment, "service")["ledger_table"]
        item = (
            self.client("dynamodb", environment)
            .get_item(TableName=table, Key={"release": {"S": release}})
            .get("Item", {})
        )
        return {name: value["S"] for name, value in item.items() if "S" in value}

    def served(self, environment: str) -> dict[str, Counter[int]]:
        """What the serving processes of an endpoint counted, by model and status, when they stopped."""
        group = f"/aws/sagemaker/Endpoints/{self.settings(environment, 'service')['endpoint']}"
        pages = self.client("logs", environment).get_paginator("filter_log_events").paginate(logGroupName=group)
        counted: dict[str, Counter[int]] = {}
        for page in pages:
            for event in page["events"]:
                if '"event": "served"' in event["message"]:
                    line = json.loads(event["message"])
                    counts = {int(status): number for status, number in line["counts"].items() if number}
                    counted.setdefault(line["model"], Counter()).update(counts)
        return {model: counts for model, counts in counted.items() if counts}


def _part(path: tuple[str, ...]) -> str:
    """Whose account publishes a parameter: the platform's lie in the registry's."""
    return REGISTRY if path[0] == "platform" else path[0]
