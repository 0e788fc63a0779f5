"""What a rehearsal observed, as it goes into rehearsal.json.

Times are wall-clock seconds: stamps since the rehearsal began, except where a key says otherwise.
"""

import json
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sandbox.rehearsal.decisions import Asked


@dataclass
class Step:
    """One step: what it was to show, and what was seen or why it failed."""

    name: str
    title: str
    ok: bool = False
    seconds: float = 0.0
    started: float = 0.0
    observed: str = ""
    reason: str | None = None


@dataclass
class Candidate:
    """A data file or a model that wanted to get to production, and the station it reached."""

    title: str
    name: str
    stopped_at: str
    outcome: str
    version: int | None = None
    gate: dict[str, Any] | None = None


@dataclass
class Release:
    """One release or rollback: the tool's own words, and the requests that the traffic counted meanwhile."""

    id: str
    environment: str
    kind: str
    title: str
    verdict: str
    cause: str | None
    reason: str | None
    version: int | None
    config_before: str | None
    config_asked: str | None
    config_after: str | None
    model_before: str | None
    model_asked: str | None
    seconds: dict[str, float | None]
    injected: str = ""
    sentence: str = ""
    picture: str = ""  # an SVG
    requests: dict[str, int] = field(default_factory=lambda: {"sent": 0, "failed": 0, "failed_by_candidate": 0})
    wall: dict[str, float | None] = field(default_factory=dict)


@dataclass
class Verdict:
    """What the monitor said of production at `at`: each promise's state, and one promise's numbers.

    `value` is the model's on labelled requests; `worse` how much worse that is than at its evaluation, with the
    ends of its interval; above `bound` the promise is broken.
    """

    title: str
    at: float
    version: int | None
    promise: str
    states: dict[str, str]
    requests: int
    sentence: str
    value: float | None
    worse: list[float | None]
    bound: float | None

    @classmethod
    def of(cls, title: str, at: float, promise: str, said: dict[str, Any]) -> "Verdict":
        """The verdict out of the JSON of `pipeline monitor`."""
        of_it = [one for one in said["findings"] if one["promise"] == promise]
        found = max(of_it, key=lambda one: (one["state"] == said["states"][promise], not one["subject"]))
        return cls(
            title=title,
            at=at,
            version=said["version"],
            promise=promise,
            states=said["states"],
            requests=said["document"]["requests"],
            sentence=found["sentence"],
            value=said["values"].get("".join(word.capitalize() for word in promise.split("_"))),
            worse=[found["low"], found["value"], found["high"]],
            bound=found["bound"],
        )


@dataclass
class Incident:
    """What was caused, what found it and what it said, after how many seconds; `page` of docs/runbook, and its command.

    `name` is the drill's, `postmortem` what was written down of it.
    """

    cause: str
    found: str
    told: str
    seconds: float
    page: str
    first: str
    name: str = ""
    postmortem: str = ""


@dataclass
class Record:
    """The whole rehearsal. `ok` only when every step is; `left` is None until somebody looked."""

    project: str
    speed: float
    began: float
    setup_seconds: float | None = None
    rehearsal_seconds: float = 0.0
    planned: int = 0
    policy: list[dict[str, str]] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    verbs: list[dict[str, Any]] = field(default_factory=list)
    principals: list[Asked] = field(default_factory=list)
    candidates: list[Candidate] = field(default_factory=list)
    releases: list[Release] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    incidents: list[Incident] = field(default_factory=list)
    traffic: dict[str, Any] | None = None
    requests: dict[str, Any] | None = None
    left: list[Any] | None = None
    pending_deletion: list[Any] = field(default_factory=list)

    def now(self) -> float:
        """Seconds since the rehearsal began."""
        return round(time.time() - self.began, 3)

    @property
    def ok(self) -> bool:
        """True when every planned step ran and was observed."""
        return len(self.steps) == self.planned > 0 and all(step.ok for step in self.steps)

    def document(self) -> dict[str, Any]:
        """The content of rehearsal.json."""
        return {
            "ok": self.ok,
            "project": self.project,
            "clock_speed": self.speed,
            "began": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.began)),
            "seconds": {"setup": self.setup_seconds, "rehearsal": round(self.rehearsal_seconds, 1)},
            "policy": self.policy,
            "steps": [asdict(step) for step in self.steps],
            "verbs": self.verbs,
            "principals": [asdict(one) for one in self.principals],
            "candidates": [asdict(candidate) for candidate in self.candidates],
            "releases": [asdict(release) for release in self.releases],
            "verdicts": [asdict(verdict) for verdict in self.verdicts],
            "incidents": [asdict(incident) for incident in self.incidents],
            "traffic": self.traffic,
            "requests": self.requests,
            "left_after_teardown": self.left,
            "pending_deletion": self.pending_deletion,
        }

    def write(self, path: Path) -> dict[str, Any]:
        """Write rehearsal.json and return what was written."""
        document = self.document()
        path.write_text(json.dumps(document, indent=1) + "\n")
        return document
