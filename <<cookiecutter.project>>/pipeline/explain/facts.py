"""What a ledger's record tells of a release. Pure; what a half-done one has not got yet reads as empty."""

from datetime import UTC, datetime
from typing import Any

from pipeline import consent
from pipeline.command import Document
from pipeline.ledger import Record

TITLES = {
    "errors": "failed (5xx)",
    "refusals": "refused (4xx)",
    "slow_p90": "slower than the live model's p90",
    "slow_p99": "slower than the live model's p99",
    "scores": "scores (warn only)",
}
SOUNDING = "ALARM"


def part(record: Record, name: str) -> Document:
    """One of the record's details that is an object; empty where there is none."""
    found = record.details.get(name)
    return found if isinstance(found, dict) else {}


def listed(record: Record, name: str) -> list[Any]:
    """One of the record's details that is a list; empty where there is none."""
    found = record.details.get(name)
    return found if isinstance(found, list) else []


def ticks(record: Record) -> list[Document]:
    """The judge's looks, oldest first; one without a moment or evidence says nothing."""
    looks = [
        one for one in listed(record, "ticks") if moment(one.get("at")) and one.get("evidence") is not None
    ]
    return sorted(looks, key=lambda one: moment(one["at"]) or 0)


def signals(record: Record) -> dict[str, Document]:
    """Requests and failures of both fleets by signal, as they stood when the judge looked last."""
    looks = ticks(record)
    return dict(looks[-1].get("signals") or {}) if looks else {}


def bound(record: Record) -> float | None:
    """The evidence from which the judge rejected."""
    found = part(record, "plan").get("evidence")
    return float(found) if found else None


def reached(record: Record) -> float | None:
    """The evidence when the judge looked last."""
    looks = ticks(record)
    return float(looks[-1]["evidence"]) if looks else None


def rejected(record: Record) -> str | None:
    """When the judge decided against the candidate: as it said itself, or when evidence was enough."""
    if said := part(record, "judged").get("at"):
        return str(said)
    least = bound(record)
    enough = (str(one["at"]) for one in ticks(record) if least and float(one["evidence"]) >= least)
    return next(enough, None)


def fired(record: Record) -> list[Document]:
    """The alarms that went off, in their order."""
    history = [one for one in listed(record, "alarm_history") if one.get("after") == SOUNDING]
    return sorted(history, key=lambda one: moment(one.get("at")) or 0)


def seconds(record: Record) -> dict[str, float | None]:
    """AWS's seconds from the update's beginning to the verdict, to the alarm, to the old configuration."""
    held = part(record, "seconds")
    return {
        "to_verdict": held.get("to_verdict", record.to_verdict),
        "to_alarm": held.get("to_alarm"),
        "to_restored": held.get("to_restored", record.to_restored),
        "provisioning": held.get("provisioning"),
    }


def let(record: Record) -> str:
    """Who let it into its environment and in which form, in words; empty where nobody was asked."""
    return consent.words(listed(record, "approvals"))


def shares(record: Record) -> dict[str, float | None]:
    """The candidate's share of the traffic during the bake, from 0 to 1."""
    return {
        "planned": part(record, "plan").get("share_planned"),
        "observed": part(record, "observed").get("share"),
    }


def failed_requests(record: Record) -> int | None:
    """How many requests the candidate answered wrong; None when nobody counted."""
    counted = part(record, "observed").get("failed_requests")
    return None if counted is None else int(counted)


def moment(stamp: str | None) -> float | None:
    """An ISO 8601 stamp as seconds since 1970, or None; one without an offset is UTC."""
    try:
        at = datetime.fromisoformat(stamp or "")
    except ValueError:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
