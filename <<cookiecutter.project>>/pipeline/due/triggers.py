"""Causes that were claimed, one object of the bucket for each: who, when, and which workflow run."""

import json
from dataclasses import asdict
from datetime import datetime

from pipeline import aws, objects
from pipeline.command import Document
from pipeline.due.causes import Cause, Facts, Trigger, dead

PREFIX = "triggers/"
MOST = 100  # the newest that are looked at; of an older one the write below still knows


def key(digest: str) -> str:
    """Where the trigger of a cause is."""
    return f"{PREFIX}{digest}.json"


def encode(trigger: Trigger) -> bytes:
    """A trigger as it is stored."""
    return json.dumps({**asdict(trigger), "at": aws.stamp(trigger.at)}).encode()


def decode(content: bytes) -> Trigger:
    """A trigger that was stored."""
    found: Document = json.loads(content)
    return Trigger(**{**found, "at": datetime.fromisoformat(found["at"])})


def newest(most: int = MOST) -> list[Trigger]:
    """Those that were claimed last, newest first."""
    contents = (objects.read(PREFIX + name)[0] for name, _ in objects.newest(PREFIX)[:most])
    found = [decode(content) for content in contents if content is not None]
    return sorted(found, key=lambda one: one.at, reverse=True)


def claim(cause: Cause, by: str, facts: Facts) -> Trigger | None:
    """Claim a cause; None when somebody else has, be it a moment before.

    One whose retrain died is taken over, under the condition that nobody else takes it over meanwhile.
    """
    content, unchanged = objects.read(key(cause.digest))
    there = None if content is None else decode(content)
    if there and not dead(there, facts):
        return None
    made = Trigger(
        kind=cause.kind,
        subject=cause.subject,
        answer=cause.answer,
        because=cause.sentence,
        at=facts.now,
        by=by,
        run=facts.run,
        tries=there.tries + 1 if there else 1,
    )
    return made if objects.write(key(cause.digest), encode(made), unchanged) else None
