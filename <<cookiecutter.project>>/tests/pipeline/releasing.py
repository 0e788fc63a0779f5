"""What a release asks of others, as its own tests need it: gates that let through, alarms that stay quiet."""

from typing import Any

import pytest

from pipeline import ledger
from pipeline.judge.opinion import Opinion, Standing
from pipeline.ledger import Record

from .guarded import PLAN


class Guard:
    """Gates, plan, alarms, judge, capacity and pruning; `acts` has what was done, in order."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """All is well, and nothing fires."""
        self.acts: list[str] = []
        self.plan: dict[str, Any] = PLAN
        self.replayed: dict[str, Any] = {"passed": True, "sentence": "2000 requests"}
        self.refused: str | None = None
        self.signal: str | None = None
        self.opinion: Opinion | None = None
        self.ticks = 0
        for target, fake in (
            ("probe.run", lambda *_: None),
            ("proof.answered", lambda *_: {"p50": 1.0, "p95": 2.0}),
            ("proof.untold", lambda *_: None),
            ("regate.ask", lambda version: self.did("regate", self.refused)),
            ("replay.gate", lambda *_: self.did("replay", self.replayed)),
            ("capacity.known", lambda *_: {}),
            ("capacity.raised", lambda *_: self.did("raise capacity")),
            ("preflight.plan", lambda *_: self.did("plan", self.plan)),
            ("alarms.arm", lambda *_: self.did("arm", [{"name": "a", "signal": "reject", "rule": "r"}])),
            ("alarms.disarm", lambda record: self.did("disarm")),
            ("alarms.fired", self.fired),
            ("watch.tick", self.tick),
            ("watch.abort", lambda *_: self.did("abort")),
            ("observe.served", lambda *_, **__: (200, 3)),
            ("prune.prune", lambda *_, **__: self.did("prune", [])),
        ):
            monkeypatch.setattr(f"pipeline.{target}", fake)

    def did(self, act: str, found: Any = None) -> Any:
        """Note an act, and answer."""
        self.acts.append(act)
        return found

    def fired(self, record: Record) -> list[dict[str, Any]]:
        """The alarm on `signal` went off just after the update began."""
        if self.signal is None:
            return []
        at = record.details["stages"][0]["at"]
        reason = f"{self.signal} crossed"
        return [{"at": at, "signal": self.signal, "before": "OK", "after": "ALARM", "reason": reason}]

    def tick(self, *_: Any) -> Opinion | None:
        """One look of the judge."""
        self.ticks += 1
        return self.opinion


def rejecting(sentence: str = "40 of 50 failures are its own") -> Opinion:
    """A judge that has seen enough."""
    standing = Standing(canary=100, stable=300, canary_failed=40, stable_failed=10, evidence=400.0)
    return Opinion(True, 400.0, "errors", sentence, {"errors": standing}, ())


def current(table: str) -> Record:
    """The open release."""
    found = ledger.current(table)
    assert found is not None
    return found
