"""The accounts of one sandbox: one World each, made at its first use."""

import re
from collections.abc import Mapping
from pathlib import Path
from threading import RLock
from typing import Any

from sandbox import alarms, embedded, events, hosting, images, jobs, metrics, outbox, processes, registry, tags
from sandbox.access.guard import Guard
from sandbox.access.issuer import Issuer
from sandbox.access.principals import Principals
from sandbox.access.sessions import Sessions
from sandbox.clock import Clock
from sandbox.faults import Faults
from sandbox.world import ACCOUNT, World

# attached in this order
MODULES = (processes, tags, images, jobs, registry, metrics, embedded, alarms, outbox, events, hosting)
_ARN, _ACCOUNT = re.compile(r"arn:aws:\w+:[^:]*:(\d{12}):"), re.compile(r"(\d{12})")
# Members of a request that may name a resource of another account, by its ARN or its account.
_REACHING = {
    "ecr": ("registryId",),
    "kms": ("KeyId",),
    "sagemaker": ("ModelPackageGroupName", "ModelPackageName", "ModelPackageArn", "ResourceArn"),
}


class Accounts:
    """All worlds, each in a folder of its own below `folder`; they share region, clock and address."""

    def __init__(self, folder: Path, region: str, clock: Clock) -> None:
        self.folder, self.region, self.clock = folder, region, clock
        self.url = ""  # known once the port is bound
        self.issuer = Issuer.found(folder)
        self.sessions = Sessions()
        self.faults = Faults(clock, self.sessions)
        self.principals = Principals(self.sessions)
        self.guard = Guard(self)
        self._worlds: dict[str, World] = {}
        self._lock = RLock()

    @property
    def home(self) -> World:
        """The default account."""
        return self.world(ACCOUNT)

    def world(self, account: str) -> World:
        """The world of `account`, made when it is new."""
        with self._lock:
            if account not in self._worlds:
                folder = self.folder / account
                folder.mkdir()
                world = World(self, account, folder)
                for module in MODULES:
                    if hasattr(module, "attach"):
                        module.attach(world)
                self._worlds[account] = world
            return self._worlds[account]

    def all(self) -> list[World]:
        """Every world, oldest first."""
        with self._lock:
            return list(self._worlds.values())

    def stop(self) -> None:
        """Stop all worlds."""
        for world in self.all():
            world.stop()
        self.guard.record.close()


def owner(service: str, request: Mapping[str, Any], account: str) -> str:
    """The account that has the resource that `request` of `account` names: its own unless an ARN says otherwise."""
    for member in _REACHING.get(service, ()):
        named = str(request.get(member, ""))
        if found := _ARN.match(named) or (member == "registryId" and _ACCOUNT.fullmatch(named)):
            return found[1]
    return account
