"""Everything that one look at an environment found: what page, screen, summary and JSON are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from pipeline.command import Document
from pipeline.monitor import finding
from pipeline.monitor.finding import Finding
from pipeline.sections import Monitor, Slo


@dataclass(frozen=True, kw_only=True)
class System:
    """What CloudWatch counted in the last day of AWS's time; None where it counted nothing.

    `burns` are the error budget's burn rates by name, 1 uses it up exactly in its window, and `bounds` the
    rates that somebody is told of. `dollars` is the cost of a day by `[costs]` of policy.toml.
    """

    requests: float | None = None
    failed: float | None = None  # answered 5xx
    refused: float | None = None  # answered 4xx
    burns: dict[str, float | None] = field(default_factory=dict)
    bounds: dict[str, float] = field(default_factory=dict)
    p50_ms: float | None = None
    p95_ms: float | None = None
    cpu_percent: float | None = None  # of all cores of an instance
    memory_percent: float | None = None
    instances: int | None = None
    instance_type: str | None = None
    dollars: float | None = None


@dataclass(frozen=True, kw_only=True)
class View:
    """One look at `at`, ISO 8601.

    `document` is the job's (serving/monitor.py), `cut` why it saw less than there was. `judged` are the
    stamps at which the blocks begin whose labels have come; `values` what graphs show, by the metric's name
    in CloudWatch. `runbook` is the address of the folder docs/runbook.
    """

    environment: str
    endpoint: str
    at: str
    version: int | None
    config: str | None
    job: str | None
    document: Document
    findings: Sequence[Finding]
    cut: str | None
    system: System
    rules: Monitor
    slo: Slo
    judged: Sequence[str] = ()
    values: Mapping[str, float] = field(default_factory=dict)
    runbook: str = ""

    @property
    def broken(self) -> list[str]:
        """The promises that are broken."""
        return finding.broken(self.findings, self.rules)

    @property
    def states(self) -> dict[str, str]:
        """Every promise's state."""
        return {one: finding.state(self.findings, one) for one in finding.promises(self.rules)}

    @property
    def json(self) -> dict[str, Any]:
        """The verb's JSON, which lies beside the page."""
        return {
            "environment": self.environment,
            "endpoint": self.endpoint,
            "at": self.at,
            "version": self.version,
            "config": self.config,
            "job": self.job,
            "states": self.states,
            "broken": self.broken,
            "findings": [asdict(one) for one in self.findings],
            "judged": list(self.judged),
            "values": dict(self.values),
            "cut": self.cut,
            "system": asdict(self.system),
            "document": self.document,
        }
