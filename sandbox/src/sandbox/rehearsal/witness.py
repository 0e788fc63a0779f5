"""Looks at an endpoint and its alarms while a release runs, to know when what became true."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from sandbox.rehearsal.observer import Live, Observer

UPDATING = "Updating"
INTERVAL = 0.25  # seconds between two looks


@dataclass(frozen=True)
class Look:
    """What one look saw; `sounding` are the alarms in ALARM by name, and since when."""

    at: float
    live: Live
    sounding: dict[str, float]


class Witness:
    """Looks at `environment` from `with` to the end of its block, and keeps every change.

    `meanwhile` is called once, as soon as an update is seen under way.
    """

    def __init__(self, observer: Observer, environment: str, meanwhile: Callable[[], object] | None = None) -> None:
        self._observer, self._environment, self._meanwhile = observer, environment, meanwhile
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

    def alarmed(self, release: str) -> float | None:
        """Since when an alarm of that release, whose id is in its name, was in ALARM, or None."""
        return next((at for look in self.looks for name, at in look.sounding.items() if release in name), None)

    def _watch(self) -> None:
        while not self._stopped.wait(INTERVAL):
            self._look()
        self._look()  # the verb may have ended on something younger than the last look

    def _look(self) -> None:
        try:
            live, sounding = self._observer.live(self._environment), self._observer.sounding(self._environment)
        except (BotoCoreError, ClientError):  # nothing to see, such as no endpoint, is not the witness's to judge
            return
        last = self.looks[-1] if self.looks else None
        if last is None or (last.live, last.sounding) != (live, sounding):
            self.looks.append(Look(time.time(), live, sounding))
        if live.status == UPDATING and self._meanwhile:
            meanwhile, self._meanwhile = self._meanwhile, None
            meanwhile()
