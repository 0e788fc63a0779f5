"""Whether a version may be released at all. What takes no time is asked before anything is written."""

from collections.abc import Sequence
from typing import Any

from pipeline import canary, endpoint, ledger, regate, replay, scaling, shadow, states, verdict
from pipeline.ledger import Record
from pipeline.policy import Policy
from pipeline.release.asked import RELEASE, Asked
from pipeline.verdict import Outcome

CONDEMNED = (verdict.JUDGE, verdict.BACKSTOP, verdict.HEARTBEAT)


def refusal(asked: Asked, live: dict[str, Any] | None, history: Sequence[Record]) -> Outcome | None:
    """Why nothing begins; None when it may. `history` is the ledger, newest first."""
    why = _unapproved(asked) or _taken_back(asked, history)
    if why:
        return Outcome(verdict.REFUSED, "registry", why)
    if live and (held := _held(asked, live["EndpointConfigName"])):
        return Outcome(verdict.REFUSED, "scaling", held)
    return None


def ask(
    asked: Asked, record: Record, live: dict[str, Any] | None, rules: Policy
) -> tuple[Outcome | None, Record]:
    """Ask what takes time, once the release holds the lock: why it is refused, or None; and the record.

    A rollback goes to what has served before, staging tries a version first: neither is asked.
    """
    if asked.kind != RELEASE or asked.environment != canary.GUARDED:
        return None, record
    if why := regate.ask(asked.version):
        return Outcome(verdict.REFUSED, "gate", why), record
    replayed = replay.gate(asked.version, asked.target, asked.service, rules, live)
    record = record.having(replay=replayed)
    if not replayed["passed"]:
        return Outcome(verdict.REFUSED, "replay", replayed["sentence"]), record
    return None, record


def shadowed(
    asked: Asked, record: Record, live: dict[str, Any] | None, rules: Policy
) -> tuple[Outcome | None, Record]:
    """Let the candidate answer copies of the traffic first, where policy says so: refused, or None.

    Which configuration has the shadow is written down before it is served: whoever closes the release takes
    it away, whatever policy says by then.
    """
    if live is None or asked.kind != RELEASE or asked.environment != canary.GUARDED:
        return None, record
    if not rules.shadow.seconds or record.config_asked == live["EndpointConfigName"]:
        shadow.end(record, asked.service)
        return None, record
    made = shadow.make(record, asked.service, rules)
    record = ledger.save(asked.service.ledger_table, record.having(shadowing=made))
    found = shadow.run(record, asked.service, rules)
    record = record.having(shadow=found)
    return (None if found["passed"] else Outcome(verdict.REFUSED, "shadow", found["sentence"])), record


def _unapproved(asked: Asked) -> str | None:
    number, status = asked.version.number, asked.version.status
    if status == "Approved" or (status == "Rejected" and asked.force):
        return None
    again = "; --force with --why releases it all the same" if status == "Rejected" else ""
    return f"version {number} is {status}: {asked.version.status_reason or 'no reason given'}{again}"


def _taken_back(asked: Asked, history: Sequence[Record]) -> str | None:
    if asked.kind != RELEASE or asked.force:
        return None
    last = taken_back(history, asked.target.config)
    if last is None:
        return None
    return (
        f"{last.config_asked} was taken back by {last.release} ({last.cause}: {last.reason}); --force with "
        "--why releases it all the same"
    )


def taken_back(history: Sequence[Record], config: str) -> Record | None:
    """The last word on a configuration, if it was taken back for what it did, or unjudged. Pure."""
    last = next((one for one in history if one.config_asked == config and one.state in states.ENDS[:2]), None)
    return last if last and last.state == ledger.ROLLED_BACK and last.cause in CONDEMNED else None


def _held(asked: Asked, live: str) -> str | None:
    """Why AWS would refuse the update of an endpoint that serves the configuration `live`.

    In production a release takes the scaling away around a change of type; elsewhere it must not.
    """
    if asked.environment == canary.GUARDED:
        return None
    before, forward = endpoint.instance_type(live), asked.kind == RELEASE
    # a rollback's configuration is there, and of an earlier day
    wanted = asked.service.instance_type if forward else endpoint.instance_type(asked.target.config)
    if not before or not wanted or before == wanted or not scaling.scales(asked.service.endpoint):
        return None
    return scaling.refusal(asked.environment, before, wanted, None if forward else asked.target.version)
