"""What became of an update. Pure: the truth is DescribeEndpoint, and InService alone proves nothing.

After a rollback an endpoint is InService with the old configuration, so only the configuration's name counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pipeline import states
from pipeline.ledger import Record

PROMOTED, ROLLED_BACK, FAILED, STUCK = states.ENDS
UNPROVEN = "promoted_unproven"
REFUSED, READY = "refused", "prepared"

JUDGE, HEARTBEAT, BACKSTOP = "judge", "heartbeat", "backstop"
CONTRACT, HUMAN, PROVISION, SUPERSEDED = "contract", "human", "provision", "superseded"

BUSY = ("Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting")
CODES = {JUDGE: 10, CONTRACT: 10, HEARTBEAT: 11, BACKSTOP: 12, HUMAN: 13}
SIGNALS = {"reject": JUDGE, "heartbeat": HEARTBEAT, "errors": BACKSTOP, "latency": BACKSTOP}


@dataclass(frozen=True)
class Outcome:
    """A verdict with its cause (None when promoted) and one sentence of reason."""

    verdict: str
    cause: str | None
    reason: str

    @property
    def promoted(self) -> bool:
        """Whether the endpoint serves what was asked for, proved or not."""
        return self.verdict in (PROMOTED, UNPROVEN)

    @property
    def state(self) -> str:
        """The state that a release ends in: a refused one failed before it began."""
        return PROMOTED if self.promoted else FAILED if self.verdict == REFUSED else self.verdict

    @property
    def code(self) -> int:
        """The exit code: 0 promoted, 1 refused, 3 prepared, else by cause, 20 where nobody judged."""
        plain = {PROMOTED: 0, UNPROVEN: 0, REFUSED: 1, READY: 3, STUCK: 20}
        return plain.get(self.verdict, CODES.get(self.cause or "", 20))


def pending(described: dict[str, Any]) -> str | None:
    """The configuration that an update in progress leads to."""
    name: str | None = described.get("PendingDeploymentSummary", {}).get("EndpointConfigName")
    return name


def stage(described: dict[str, Any]) -> str:
    """What the endpoint is doing, such as "Updating, Baking"."""
    variants = described.get("PendingDeploymentSummary", {}).get("ProductionVariants", [])
    inner = [status["Status"] for variant in variants for status in variant.get("VariantStatus", [])]
    return ", ".join(dict.fromkeys([described["EndpointStatus"], *inner]))


def derive(described: dict[str, Any] | None, before: str | None, asked: str) -> str | None:
    """promoted, rolled_back, failed or stuck; None while the update is not over.

    UpdateRollbackFailed: old and new instances are mixed, and AWS does not go on (API shape EndpointStatus).
    """
    if described is None:
        return FAILED
    status, config = described["EndpointStatus"], described.get("EndpointConfigName")
    if status in BUSY or (status == "InService" and pending(described)):
        return None
    if status == "UpdateRollbackFailed":
        return STUCK
    if status == "InService" and config == asked:
        return PROMOTED
    if status == "InService" and config == before:
        return ROLLED_BACK
    return FAILED


def explain(
    described: dict[str, Any] | None, word: str, record: Record, fired: Sequence[dict[str, Any]]
) -> Outcome:
    """The outcome for what DescribeEndpoint says; `fired` is the alarms' history during the update."""
    asked = record.config_asked
    if word == PROMOTED:
        thin = record.details.get("plan", {}).get("proves") is False
        unproven = ", and the traffic was too thin to prove it good" if thin else ""
        return Outcome(UNPROVEN if thin else PROMOTED, None, f"the endpoint serves {asked}{unproven}")
    if described is None:
        return Outcome(word, PROVISION, "the endpoint is gone: somebody deleted it during the release")
    said = described.get("FailureReason") or _messages(described) or f"{asked} did not come into service"
    cause, reason = _cause(described, record, fired) or (PROVISION, said)
    if word == ROLLED_BACK:
        return Outcome(word, cause, reason)
    now = f"the endpoint is {described['EndpointStatus']} with {described.get('EndpointConfigName')}"
    return Outcome(word, cause, f"{now}: {reason}")


def _cause(
    described: dict[str, Any], record: Record, fired: Sequence[dict[str, Any]]
) -> tuple[str, str] | None:
    """Who took the update back, and why; None when no alarm did and no person."""
    if wrong := record.details.get("proof", {}).get("wrong"):
        return str(record.details["proof"]["cause"]), str(wrong)
    if record.aborted_by:
        return HUMAN, f"aborted by {record.aborted_by}"
    first = next(iter(during(described, record, fired)), None)
    if first is None:
        return None
    cause, judged = SIGNALS[first["signal"]], record.details.get("judged", {})
    return cause, str(judged.get("sentence") or first["reason"]) if cause == JUDGE else str(first["reason"])


def during(
    described: dict[str, Any] | None, record: Record, fired: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The changes to ALARM while the update lasted, oldest first; all of these stamps are AWS's own.

    A dead process's heartbeat alarm also fires after an update that ended for another reason.
    """
    begun, over = record.details.get("begun"), (described or {}).get("LastModifiedTime")
    found = sorted((one for one in fired if one["after"] == "ALARM"), key=lambda one: moment(one["at"]))
    return [
        one
        for one in found
        if (begun is None or moment(one["at"]) >= moment(begun))
        and (not isinstance(over, datetime) or moment(one["at"]) <= over)
    ]


def moment(stamp: str) -> datetime:
    """A stamp as a moment."""
    return datetime.fromisoformat(stamp)


def _messages(described: dict[str, Any]) -> str:
    """What the variants say about themselves."""
    variants = described.get("ProductionVariants", [])
    found = [status.get("StatusMessage", "") for one in variants for status in one.get("VariantStatus", [])]
    return "; ".join(message for message in found if message)
