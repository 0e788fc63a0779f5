"""Looks at an endpoint and its alarms while a release runs, to know when what became true."""

import threading
import time
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from sandbox.rehearsal.observer import Live, Observer

INTERVAL = 0.25  # seconds between two looks


@dataclass(frozen=True)
class Look:
    """What one look saw; `alarmed` are the configurations whose own alarms are in ALARM, and since when."""

    at: float
    live: Live
    alarmed: dict[str, float]


class Witness:
    """Looks at `environment` from `with` to the end of its block, and keeps every change."""

    def __init__(self, observer: Observer, environment: str) -> None:
        self._observer, self._environment = observer, environment
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="witness", daemon=True)
        self.looks: list[Look] = []

    def __enter__(self) -> "Witness":
        """Begin to look."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Look no more."""
        self._stopped.set()
        self._thread.join()

    def in_service(self, config: str | None) -> float | None:
        """When the endpoint was first InService with `config`, or None."""
        return next((look.at for look in self.looks if look.live == Live("InService", config or "")), None)

    def alarmed(self, config: str | None) -> float | None:
        """Since when an alarm on `config` itself was in ALARM, or None."""
        return next((look.alarmed[config] for look in self.looks if config in look.alarmed), None)

    def _watch(self) -> None:
        while not self._stopped.wait(INTERVAL):
            self._look()
        self._look()  # the verb may have ended on something younger than the last look

    def _look(self) -> None:
        try:
            live, alarmed = self._observer.live(self._environment), self._observer.alarmed_configs(self._environment)
        except (BotoCoreError, ClientError):  # nothing to see, such as no endpoint, is not the witness's to judge
            return
        last = self.looks[-1] if self.looks else None
        if last is None or (last.live, last.alarmed) != (live, alarmed):
            self.looks.append(Look(time.time(), live, alarmed))
