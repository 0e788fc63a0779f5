"""What models, endpoint configurations and endpoints have in common: a name is taken once."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from sandbox.world import ApiError, World


@dataclass(eq=False, kw_only=True)
class Record:
    """A model, endpoint configuration or endpoint: the request that made it, and what AWS adds."""

    name: str
    arn: str
    request: dict[str, Any]
    created: datetime = field(default_factory=lambda: datetime.now(UTC))


R = TypeVar("R", bound=Record)


@dataclass(eq=False)
class Records(Generic[R]):
    """The records of one kind by name; `noun` is how AWS's messages call them."""

    noun: str
    _by_name: dict[str, R] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, record: R) -> None:
        """Keep `record`. Raises ApiError ValidationException when the name is taken."""
        with self._lock:
            if record.name in self._by_name:
                raise _invalid(f'Cannot create already existing {self.noun} "{record.arn}".')
            self._by_name[record.name] = record

    def get(self, name: str, arn: str) -> R:
        """The record of that name. Raises ApiError ValidationException when there is none."""
        with self._lock:
            if name not in self._by_name:
                raise _invalid(f'Could not find {self.noun} "{arn}".')
            return self._by_name[name]

    def find(self, name: str) -> R | None:
        """The record of that name, if there is one."""
        return self._by_name.get(name)

    def remove(self, record: R) -> None:
        """Forget `record`."""
        with self._lock:
            self._by_name.pop(record.name, None)

    def all(self) -> list[R]:
        """Every record, oldest first."""
        with self._lock:
            return list(self._by_name.values())


def made(world: World, kind: str, name: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a Record of `kind` (as in its ARN) that CreateXxx makes from `request`."""
    kept = {member: value for member, value in request.items() if member != "Tags"}
    return {"name": name, "arn": arn(world, kind, name), "request": kept}


def arn(world: World, kind: str, name: str) -> str:
    """The ARN of a record; SageMaker writes names in lower case there."""
    return world.arn("sagemaker", f"{kind}/{name.lower()}")


def _invalid(message: str) -> ApiError:
    return ApiError("ValidationException", message)
