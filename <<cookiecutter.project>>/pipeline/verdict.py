"""What became of an update. Pure: the truth is DescribeEndpoint, and InService alone proves nothing.

After a rollback an endpoint is InService with the old configuration, so only the configuration's name counts.
"""

from dataclasses import dataclass
from typing import Any

PROMOTED, ROLLED_BACK, FAILED = "promoted", "rolled_back", "failed"
REFUSED, READY = "refused", "prepared"

BACKSTOP, CONTRACT, PROVISION = "backstop", "contract", "provision"

BUSY = ("Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting")
CODES = {BACKSTOP: 12, CONTRACT: 10, PROVISION: 20}


@dataclass(frozen=True)
class Outcome:
    """A verdict with its cause (None when promoted) and one sentence of reason."""

    verdict: str
    cause: str | None
    reason: str

    @property
    def code(self) -> int:
        """The exit code: 0 promoted, 1 refused, 3 prepared, else by cause."""
        plain = {PROMOTED: 0, REFUSED: 1, READY: 3}
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


def derive(described: dict[str, Any], before: str | None, asked: str) -> str | None:
    """promoted, rolled_back or failed; None while the update is not over."""
    status, config = described["EndpointStatus"], described.get("EndpointConfigName")
    if status in BUSY or (status == "InService" and pending(described)):
        return None
    if status == "InService" and config == asked:
        return PROMOTED
    if status == "InService" and config == before:
        return ROLLED_BACK
    return FAILED


def explain(described: dict[str, Any], verdict: str, asked: str, fired: str | None) -> Outcome:
    """The outcome for a verdict; `fired` is why an alarm went off during the update, if one did."""
    config, status = described.get("EndpointConfigName"), described["EndpointStatus"]
    if verdict == PROMOTED:
        return Outcome(PROMOTED, None, f"the endpoint serves {asked}")
    said = described.get("FailureReason") or _messages(described) or f"{asked} did not come into service"
    if verdict == ROLLED_BACK and fired:
        return Outcome(ROLLED_BACK, BACKSTOP, fired)
    if verdict == ROLLED_BACK:
        return Outcome(ROLLED_BACK, PROVISION, said)
    return Outcome(FAILED, PROVISION, f"the endpoint is {status} with {config}: {said}")


def _messages(described: dict[str, Any]) -> str:
    """What the variants say about themselves."""
    variants = described.get("ProductionVariants", [])
    found = [status.get("StatusMessage", "") for one in variants for status in one.get("VariantStatus", [])]
    return "; ".join(message for message in found if message)
