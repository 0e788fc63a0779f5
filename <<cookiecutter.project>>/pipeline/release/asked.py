"""What a release or a rollback asks for."""

from dataclasses import dataclass
from typing import Any

from pipeline import aws, canary, consent, ledger, registry, settings, workflow
from pipeline.command import Document
from pipeline.endpoint import Target
from pipeline.ledger import Record

RELEASE, ROLLBACK = "release", "rollback"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is to be served where, and why.

    `at_once`: without a canary; `force`: although it was rejected; `approval`: who let it (consent.py).
    """

    kind: str
    environment: str
    version: registry.Version
    target: Target
    service: settings.Service
    why: str | None = None
    at_once: bool = False
    force: bool = False
    approval: Document | None = None

    def record(self, live: dict[str, Any] | None) -> Record:
        """The ledger's record of this at its beginning."""
        release, started = ledger.identify(self.environment, self.target.version)
        record = Record(
            release=release,
            environment=self.environment,
            kind=self.kind,
            version=self.target.version,
            config_before=live.get("EndpointConfigName") if live else None,
            config_asked=self.target.config,
            model=self.target.model,
            by=aws.caller(),
            why=self.why,
            started=started,
            details={"guarded": self.environment == canary.GUARDED and not self.at_once},
        )
        return self.joined(record)

    def joined(self, record: Record) -> Record:
        """The record of a release that this begins or takes up, with its approval and workflow run too."""
        held, run = record.details, workflow.run()
        runs = [*held.get("runs", []), *([run] if run and run not in held.get("runs", []) else [])]
        return record.having(approvals=consent.added(held.get("approvals", []), self.approval), runs=runs)


def guarded(record: Record) -> bool:
    """Whether its update is a canary with a judge; the others are all at once."""
    return bool(record.details.get("guarded", record.environment == canary.GUARDED))


def proved(record: Record) -> bool:
    """Whether it must pass the contract test: where no traffic judges."""
    return record.environment != canary.GUARDED
