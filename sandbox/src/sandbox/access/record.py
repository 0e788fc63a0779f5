"""The record of all decisions: each once, as a line of `decisions.jsonl`; policies by hash in `policies.jsonl`.

A decision is known again by who asked, what, in which context, for which operation, how it was answered and by
which policies: a thousand equal requests are one line. The sandbox's own calls are not recorded.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import IO, Any

from sandbox.access.decision import Caller, Decision
from sandbox.access.lookups import Found, digest
from sandbox.access.question import Question

DECISIONS, POLICIES = "decisions.jsonl", "policies.jsonl"


class Record:
    """The two files in `folder`, open until `close`. Lines are handed to the system at once and never synced."""

    def __init__(self, folder: Path) -> None:
        self._decisions = _open(folder / DECISIONS)
        self._policies = _open(folder / POLICIES)
        self._known: set[object] = set()
        self._lock = Lock()

    def add(
        self, caller: Caller, question: Question, decision: Decision, found: Found, *, operation: str, behalf: str
    ) -> None:
        """Write a decision, unless it was written before."""
        context = tuple(sorted(question.context.items()))
        about = (caller, question.action, question.resource, context, operation, behalf, decision.allowed, found)
        with self._lock:
            if about in self._known:
                return
            self._known.add(about)
            hashed = digest(found)
            if hashed not in self._known:
                self._known.add(hashed)
                _write(self._policies, {"hash": hashed, **found.written()})
            line = {
                "principal": caller.arn, "role": caller.role, "account": caller.account, "action": question.action,
                "resource": question.resource, "context": dict(context), "operation": operation, "behalf": behalf,
                "allowed": decision.allowed, "why": decision.why, "policies": hashed,
            }  # fmt: skip
            _write(self._decisions, line)

    def close(self) -> None:
        """Close the files."""
        self._decisions.close()
        self._policies.close()


def _open(file: Path) -> IO[str]:
    return file.open("a", encoding="utf-8")


def _write(file: IO[str], line: Mapping[str, Any]) -> None:
    if not file.closed:
        file.write(json.dumps(line) + "\n")
        file.flush()
