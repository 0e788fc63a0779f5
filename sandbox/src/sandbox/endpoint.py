"""What an endpoint is: the fleet that serves, the one that may replace it, and the routing table."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sandbox.fleet import Fleet, Instance
from sandbox.guardrails import Plan, State
from sandbox.records import Record, arn
from sandbox.routing import Table
from sandbox.world import ApiError, World

MEMBERS = {"DesiredInstanceCount": "InitialInstanceCount", "DesiredWeight": "InitialVariantWeight"}  # of a variant
IN_PROGRESS = ("Creating", "Updating", "Deleting")


@dataclass(eq=False, kw_only=True)
class Update:
    """An update under way; `entered` is the wall clock's stamp of its present phase and step."""

    fleet: Fleet
    plan: Plan
    state: State
    since: datetime = field(default_factory=lambda: datetime.now(UTC))
    entered: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(eq=False, kw_only=True)
class Endpoint(Record):
    """An endpoint; `changing` are the messages of the variants whose capacity or weight is being changed."""

    fleet: Fleet
    status: str = "Creating"
    failure: str = ""
    modified: datetime = field(default_factory=lambda: datetime.now(UTC))
    deployment: dict[str, Any] | None = None
    update: Update | None = None
    changing: dict[str, str] = field(default_factory=dict)
    table: Table[Instance] = field(default_factory=lambda: Table([]))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self) -> None:
        """An update begins. Raises ApiError ValidationException when there can't be one; call it under the lock.

        The words are those that AWS has for UpdateEndpoint, UpdateEndpointWeightsAndCapacities and DeleteEndpoint alike
        (aws/amazon-sagemaker-operator-for-k8s compares them). Guess: only an endpoint InService can be updated.
        """
        self.check_settled()
        if self.status != "InService":
            raise invalid(f'Cannot update endpoint "{self.arn}", its status is {self.status}.')
        self.status, self.failure, self.modified = "Updating", "", datetime.now(UTC)

    def check_settled(self) -> None:
        """Raises ApiError ValidationException while something is under way."""
        if self.status in IN_PROGRESS:
            raise invalid(f'Cannot update in-progress endpoint "{self.arn}".')

    def settle(self, status: str, failure: str = "") -> None:
        """Nothing is under way any more."""
        self.update, self.status, self.failure, self.modified = None, status, failure, datetime.now(UTC)
        self.changing = {}


def find(world: World, name: str) -> Endpoint:
    """The endpoint of that name. Raises ApiError ValidationException."""
    found: Endpoint = world.hosting.endpoints.get(name, arn(world, "endpoint", name))
    return found


def variants(config: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The production variants of a configuration."""
    return list(config["ProductionVariants"])


def shadows(config: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The shadow variants of a configuration: one or none."""
    return list(config.get("ShadowProductionVariants", ()))


def counts(config: Mapping[str, Any]) -> dict[str, int]:
    """How many instances each production variant has, by name."""
    return {variant["VariantName"]: variant["InitialInstanceCount"] for variant in variants(config)}


def seconds(world: World) -> float:
    """Now, in AWS seconds since any moment."""
    return world.clock.aws(time.monotonic())


def invalid(message: str) -> ApiError:
    """What SageMaker answers to most mistakes."""
    return ApiError("ValidationException", message)
