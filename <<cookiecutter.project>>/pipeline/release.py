"""`pipeline release`: bring a registered version into an environment, and say what became of it."""

from dataclasses import dataclass, replace
from typing import Any

import click

from pipeline import (
    alarms,
    aws,
    endpoint,
    guardrail,
    ledger,
    names,
    policy,
    registry,
    scaling,
    settings,
    stages,
    tags,
    verdict,
)
from pipeline.command import Answer, Document, verb
from pipeline.endpoint import Target
from pipeline.errors import explain
from pipeline.ledger import Record
from pipeline.progress import say
from pipeline.verdict import Outcome

RELEASE, ROLLBACK = "release", "rollback"

ENVIRONMENT = click.argument("environment", type=click.Choice(names.ENVIRONMENTS), metavar="ENVIRONMENT")


@dataclass(frozen=True)
class Plan:
    """What is to be served where, and why."""

    kind: str
    environment: str
    version: registry.Version
    target: Target
    service: settings.Service

    def record(self, live: dict[str, Any] | None) -> Record:
        """The ledger's record of this plan at its beginning."""
        release, started = ledger.identify(self.environment, self.target.version)
        return Record(
            release=release,
            environment=self.environment,
            kind=self.kind,
            version=self.target.version,
            config_before=live.get("EndpointConfigName") if live else None,
            config_asked=self.target.config,
            model=self.target.model,
            by=aws.caller(),
            started=started,
        )


def carry_out(plan: Plan) -> Answer:
    """Open or take up the release, update the endpoint, judge, and close the ledger."""
    table, live = plan.service.ledger_table, endpoint.describe(plan.service.endpoint)
    record = plan.record(live)
    present = _superseded(plan, record, live, ledger.current(table))
    if present is None and (told := _without_update(plan, record, live)):
        return told
    record = ledger.begin(table, record)
    try:
        if plan.kind == RELEASE:
            endpoint.make(plan.environment, plan.version, plan.service)
        if live is None:
            return _prepared(plan, record)
        rules = policy.load().canary
        fresh = record.state == ledger.PREPARED and _elsewhere(live, record.config_asked)
        if fresh:
            record = guardrail.start(record, live, plan.service, rules)
    except Exception as error:  # nothing was updated: free the lock, then let the error speak
        failed = Outcome(verdict.FAILED, verdict.PROVISION, " ".join(str(error).split()))
        _close(plan, record, failed)
        raise
    record, outcome = guardrail.follow(record, plan.service, rules, plan.version.model_data, fresh=fresh)
    if plan.kind == RELEASE and outcome.verdict == verdict.PROMOTED:
        endpoint.mark_promoted(record.config_asked)
    moved = _moved(plan, record.release, outcome)
    record = _close(plan, record, outcome)
    return _answer(record, outcome, endpoint.describe(plan.service.endpoint), moved)


def _superseded(
    plan: Plan, record: Record, live: dict[str, Any] | None, present: Record | None
) -> Record | None:
    """The open release; one that was prepared for an endpoint that is still missing gives way."""
    if present is None or live or present.state != ledger.PREPARED or ledger.same(present, record):
        return present
    _close(plan, present, Outcome(verdict.FAILED, "superseded", f"{record.release} was asked for instead"))
    return None


def _elsewhere(live: dict[str, Any], asked: str) -> bool:
    """Whether the endpoint neither serves nor is on its way to the configuration that is asked for."""
    return asked not in (live.get("EndpointConfigName"), verdict.pending(live))


def _without_update(plan: Plan, record: Record, live: dict[str, Any] | None) -> Answer | None:
    """The answer when no update is needed or allowed; None when one is."""
    number, status = plan.version.number, plan.version.status
    if status != "Approved":
        why = f"version {number} is {status}: {plan.version.status_reason or 'no reason given'}"
        return _answer(replace(record, release=""), Outcome(verdict.REFUSED, "registry", why), live)
    if live and verdict.derive(live, None, record.config_asked) == verdict.PROMOTED:
        known = ledger.serving(ledger.records(plan.service.ledger_table), record.config_asked)
        if known and known.verdict == verdict.PROMOTED:
            outcome = Outcome(
                verdict.PROMOTED, None, f"nothing to do: {plan.environment} serves version {number}"
            )
            moved = _moved(plan, known.release, outcome)
            return _answer(replace(record, release=known.release, to_verdict=0.0), outcome, live, moved)
    if live and (held := _held(plan, live["EndpointConfigName"])):
        return _answer(replace(record, release=""), Outcome(verdict.REFUSED, "scaling", held), live)
    return None


def _held(plan: Plan, live: str) -> str | None:
    """Why AWS would refuse the update of an endpoint that serves the configuration `live`."""
    before, forward = endpoint.instance_type(live), plan.kind == RELEASE
    # a rollback's configuration is there, and of an earlier day
    asked = plan.service.instance_type if forward else endpoint.instance_type(plan.target.config)
    if not before or not asked or before == asked or not scaling.scales(plan.service.endpoint):
        return None
    return scaling.refusal(plan.environment, before, asked, None if forward else plan.target.version)


def _prepared(plan: Plan, record: Record) -> Answer:
    """Tell the service stack which configuration its endpoint starts with."""
    name, ssm = names.parameter(names.project(), plan.environment, "first-configuration"), aws.client("ssm")
    ssm.put_parameter(Name=name, Value=record.config_asked, Type="String", Overwrite=True)
    # AWS takes tags with a new parameter only (API PutParameter, Tags), and here it may exist
    ssm.add_tags_to_resource(ResourceType="Parameter", ResourceId=name, Tags=tags.present(plan.environment))
    reason = (
        f"there is no endpoint: `make up STACK={plan.environment}` makes it from what {name} says, "
        f"then run `pipeline release {plan.environment} --version {record.version}` again"
    )
    return _answer(record, Outcome(verdict.READY, None, reason), None)


def _moved(plan: Plan, release: str, outcome: Outcome) -> Document:
    """Move the registry's versions to their stages, and say which.

    The verdict is the endpoint's, whatever the registry answers: its refusal is told. The next promotion
    reads all stages anew, and so makes up for them; a rejection is left to a person.
    """
    moved: dict[int, str] = {}
    try:
        present = registry.present(plan.service.model_package_group)
        wanted = stages.moves(plan.environment, plan.version.arn, outcome, present)
        for arn, stage in wanted.items():
            registry.move(arn, stage, f"{release}: {outcome.reason}")
            moved[registry.number_of(arn)] = stage
    except Exception as error:
        stop = explain(error)
        if stop is None:
            raise
        again = f"`pipeline release {plan.environment} --version {plan.version.number}` tells it"
        if stages.failed(outcome):
            again = f"reject version {plan.version.number} there by hand"
        say(f"{plan.kind}: the registry does not know of this verdict, {again}: {stop}")
        return {"moved": moved, "error": str(stop)}
    return {"moved": moved, "error": None}


def _close(plan: Plan, record: Record, outcome: Outcome) -> Record:
    """Write the verdict, free the lock, delete the release's alarm."""
    final = replace(record, verdict=outcome.verdict, cause=outcome.cause, reason=outcome.reason)
    closed = ledger.close(plan.service.ledger_table, final)
    if guardrail.guarded(plan.environment):
        alarms.delete(guardrail.alarm_name(record))
    return closed


def _answer(
    record: Record, outcome: Outcome, live: dict[str, Any] | None, moved: Document | None = None
) -> Answer:
    """The verb's JSON; what is live is read from the endpoint, never assumed."""
    document: Document = {
        "release": record.release or None,
        "kind": record.kind,
        "environment": record.environment,
        "version": record.version,
        "verdict": outcome.verdict,
        "cause": outcome.cause,
        "reason": outcome.reason,
        "config_before": record.config_before,
        "config_asked": record.config_asked,
        "config_after": live.get("EndpointConfigName") if live else None,
        "model": record.model,
        "registry": moved or {"moved": {}, "error": None},
        "seconds": {"to_verdict": record.to_verdict, "to_restored": record.to_restored},
    }
    cause = f" ({outcome.cause})" if outcome.cause else ""
    lines = [
        f"{record.kind} of version {record.version} in {record.environment}: {outcome.verdict}{cause}",
        outcome.reason,
        f"live: {document['config_after'] or 'nothing'}",
        *(f"registry: version {one} is at {stage}" for one, stage in document["registry"]["moved"].items()),
    ]
    return Answer(document, lines, code=outcome.code)


@verb("release", "pipeline release production --version 3")
@ENVIRONMENT
@click.option(
    "--version", "number", type=click.IntRange(min=1), help="Default: the newest approved, not archived."
)
def command(environment: str, number: int | None) -> Answer:
    """Bring a registered version into ENVIRONMENT: staging or production.

    Staging is updated all at once and must then pass the contract test. Production is updated by canary: an
    alarm on the new configuration's own failures makes SageMaker return to the old one. Promoted means that
    the endpoint serves what was asked for. An interrupted release is taken up by the same verb.
    """
    service = settings.service(environment)
    group = service.model_package_group
    version = registry.get(group, number) if number else registry.newest_approved(group)
    target = endpoint.target(environment, version, service)
    return carry_out(Plan(RELEASE, environment, version, target, service))
