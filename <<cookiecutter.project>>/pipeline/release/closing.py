"""The end of a release: proved where no traffic judges, written down, and everything put back in order.

Each act may be done again, and the ledger is closed last: whichever process comes after a dead one goes
through all of them.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError

from pipeline import aws, canary, endpoint, ledger, proof, registry, stages, verdict
from pipeline.command import Document
from pipeline.errors import explain
from pipeline.ledger import Record
from pipeline.policy import Policy
from pipeline.progress import say
from pipeline.release import answer, follow, guard
from pipeline.release.asked import RELEASE, guarded, proved
from pipeline.release.follow import passed
from pipeline.settings import Service
from pipeline.verdict import Outcome


def end(record: Record, service: Service, rules: Policy) -> tuple[Record, Document]:
    """Close a release whose update is over; also what the registry was told."""
    described = follow.look(service)
    watched = record.details.get("stages", [])[-1:]
    record = follow.noted(record, described)
    attended = watched == record.details.get("stages", [])[-1:]  # somebody saw the update's end
    word = verdict.derive(described, record.config_before, record.config_asked)
    if proved(record) and word == verdict.PROMOTED:
        record, described = _prove(record, service, rules, described)
        word = verdict.derive(described, record.config_before, record.config_asked)
        if word == verdict.PROMOTED and record.details["proof"]["wrong"]:
            word = verdict.FAILED
    record = _with_history(record)
    outcome = verdict.explain(described, word or verdict.FAILED, record, record.details["alarm_history"])
    record = _timed(record, outcome, None if attended else described)
    record = _observed(record, service, described)
    return finish(record, outcome, service, rules)


def finish(record: Record, outcome: Outcome, service: Service, rules: Policy) -> tuple[Record, Document]:
    """Write the verdict, tell the registry, put back what was changed for the update, and free the lock."""
    # before the alarms and their history go
    record = ledger.save(service.ledger_table, answer.judged(record, outcome))
    steps: list[tuple[str, Callable[[], Any]]] = []
    if record.kind == RELEASE and outcome.promoted:
        steps.append(("mark what was promoted", lambda: endpoint.mark_promoted(record.config_asked)))
    steps += guard.calmed(record, service, rules)
    warnings = [told for what, act in steps if (told := _tried(what, act))]
    moved = tell_registry(record, outcome, service)
    warned = [*record.details.get("warnings", []), *warnings]
    return ledger.close(service.ledger_table, record.having(warnings=warned), outcome.state), moved


def _tried(what: str, act: Callable[[], Any]) -> str | None:
    """What went wrong, when an act fails that changes no verdict; AWS has time, as nobody tries again."""
    try:
        aws.patiently(act)
    except Exception as error:
        stop = explain(error)
        if stop is None:
            raise
        say(f"the release could not {what}: {stop}")
        return f"could not {what}: {stop}"
    return None


def tell_registry(record: Record, outcome: Outcome, service: Service) -> Document:
    """Move the registry's versions to their stages, and say which.

    The verdict is the endpoint's, whatever the registry answers: its refusal is told. The next promotion
    reads all stages anew, and so makes up for them; a rejection is left to a person.
    """
    moved: dict[int, str] = {}
    try:
        version = registry.get(service.model_package_group, record.version)
        present = registry.present(service.model_package_group)
        for arn, stage in stages.moves(record.environment, version.arn, outcome, present).items():
            registry.move(arn, stage, f"{record.release}: {outcome.reason}")
            moved[registry.number_of(arn)] = stage
    except Exception as error:
        stop = explain(error)
        if stop is None:
            raise
        again = f"`pipeline release {record.environment} --version {record.version}` tells it"
        if stages.failed(outcome):
            again = f"reject version {record.version} there by hand"
        say(f"{record.kind}: the registry does not know of this verdict, {again}: {stop}")
        return {"moved": moved, "error": str(stop)}
    return {"moved": moved, "error": None}


def _with_history(record: Record) -> Record:
    """The record with its alarms' history; what an earlier process has read stays: its alarms are gone."""
    if record.details.get("alarm_history"):
        return record
    return record.having(alarm_history=guard.fired(record))


def _observed(record: Record, service: Service, described: dict[str, Any] | None) -> Record:
    """The record with what the candidate answered and failed, where that can be counted."""
    if not guarded(record) or "plan" not in record.details:
        return record
    counted: list[dict[str, Any]] = []
    told = _tried("count its requests", lambda: counted.append(guard.observed(record, service, described)))
    if told:
        return record.having(warnings=[*record.details.get("warnings", []), told])
    return record.having(observed=counted[0])


def _timed(record: Record, outcome: Outcome, described: dict[str, Any] | None) -> Record:
    """The record with its seconds since UpdateEndpoint: to verdict, alarm, and the old configuration.

    `described` where nobody saw the end: then AWS's own stamps say when it was.
    """
    details, stamps = record.details, record.details.get("stages", [])
    if not stamps:
        return record
    since, over = stamps[0]["at"], passed(stamps[0]["at"], stamps[-1]["at"])
    modified, begun = (described or {}).get("LastModifiedTime"), details.get("begun")
    if modified and begun:
        over = passed(begun, modified.isoformat())
    judged = details.get("judged", {}).get("at")
    alarm = next(iter(verdict.during(None, record, details["alarm_history"])), None)
    seconds = {
        **details.get("seconds", {}),
        "to_verdict": passed(since, judged) if judged else over,
        "to_alarm": passed(begun or since, alarm["at"]) if alarm else None,
        "to_restored": over if outcome.verdict == verdict.ROLLED_BACK else None,
    }
    timed = record.having(seconds=seconds)
    return replace(timed, to_verdict=seconds["to_verdict"], to_restored=seconds["to_restored"])


def _prove(
    record: Record, service: Service, rules: Policy, described: dict[str, Any] | None
) -> tuple[Record, dict[str, Any] | None]:
    """Prove what the endpoint serves now; when that fails, return to what it served before, all at once."""
    alone = record.config_before in (None, record.config_asked)
    if "proof" not in record.details:
        version = registry.get(service.model_package_group, record.version)
        found = proof.of(record, version.model_data, service, rules)
        if found["wrong"] and alone:
            found["wrong"] += "; there is nothing to return to"
        record = ledger.save(service.ledger_table, record.having(proof=found))
    wrong = record.details["proof"]["wrong"]
    if wrong is None or alone:
        return record, described
    say(f"{record.release}: {wrong}; the endpoint goes back to {record.config_before}")
    return _return(record, service)


def _return(record: Record, service: Service) -> tuple[Record, dict[str, Any] | None]:
    """Go back, all at once; where that is not allowed, as to what was never promoted, stay and say so."""
    asked, before = record.config_asked, str(record.config_before)
    try:
        aws.client("sagemaker").update_endpoint(**canary.at_once(service.endpoint, before))
    except ClientError as error:
        if error.response["Error"]["Code"] != "AccessDeniedException":
            raise
        found = record.details["proof"]
        wrong = f"{found['wrong']}; it is still served, as this role may not return to {before}"
        return record.having(proof={**found, "wrong": wrong}), follow.look(service)
    left = {"at": ledger.now(), "stage": "Updating"}
    described = follow.settled(service, asked, before, guard.longest(record), fresh=True)
    there = {"at": ledger.now(), "stage": verdict.stage(described) if described else "gone"}
    return record.having(stages=[*record.details.get("stages", []), left, there]), described
