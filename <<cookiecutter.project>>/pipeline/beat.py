"""Whether the process that holds a release is alive: it raises the release's beat, and others watch it.

No clock is compared with another: a beat that does not change while one looks is a dead process's.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from pipeline import aws, ledger
from pipeline.ledger import Record

INTERVAL_SECONDS = 30  # of AWS's time between two beats
SHORTEST = 1.0  # second of ours, so that a busy machine is not taken for a dead process
MISSED = 4  # beats that a living process would have raised while one looks


def interval() -> float:
    """Seconds of ours between two beats."""
    return max(INTERVAL_SECONDS / aws.SPEED, SHORTEST)


@contextmanager
def held(table: str, record: Record) -> Iterator[None]:
    """Raise the beat of an open release as long as the block runs."""
    over = threading.Event()
    thread = threading.Thread(target=_raise, args=(table, record.release, over), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _raise(table: str, release: str, over: threading.Event) -> None:
    while not over.wait(interval()):
        # a beat that AWS does not take is missed; whoever works on the release will hear of it
        with suppress(Exception):
            ledger.beat(table, release)


def alive(table: str, record: Record) -> bool:
    """Whether an open release's beat changes, or it is closed, while one looks for MISSED beats."""
    until = time.monotonic() + MISSED * interval()
    while time.monotonic() < until:
        time.sleep(interval() / 2)
        present = ledger.get(table, record.release)
        if present is None or present.ended or present.beat != record.beat:
            return True
    return False
