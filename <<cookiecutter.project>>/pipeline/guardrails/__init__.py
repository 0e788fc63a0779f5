"""`pipeline doctor --probe-guardrails`: settle in an account what AWS does not document."""

from collections.abc import Mapping
from typing import Any

import click

from pipeline import aws, endpoint, names, policy, probe, settings
from pipeline.command import Answer, Document
from pipeline.errors import PipelineError, UserError, explain
from pipeline.guardrails import experiments, signals, stage
from pipeline.guardrails.questions import QUESTIONS
from pipeline.progress import waiting

HOURS = 1.5  # that a probe takes, most of it for instances to start
FLEETS = 4  # instances at most: two fleets of two


def answer(environment: str, *, sure: bool) -> Answer:
    """Ask whether it may cost something, probe, and say what was found. Raises UserError."""
    service, prices = settings.service(environment), policy.load().costs
    served = endpoint.served(service.endpoint, aws.client)
    if served is None:
        raise UserError(f"{environment} serves nothing to probe with: release a version there first")
    if not sure:
        most = cost(service.instance_type, HOURS * FLEETS, prices)
        click.confirm(
            f"It deploys {names.endpoint(names.project(), environment)}-probe, up to {FLEETS} instances "
            f"of {service.instance_type}, for about {HOURS:g} hours (at most {most}), and removes it. Go on?",
            abort=True,
            err=True,
        )
    row = probe.read_signature(served.model_data)["examples"]["good"][0]
    found, why = run(stage.Stage(environment, service, served, policy.load().canary), row)
    document = found | {"error": str(why) if why else None}
    return Answer(document, [table(document), summary(document)], code=why.code if why else 0)


def run(made: stage.Stage, row: Mapping[str, Any]) -> tuple[Document, PipelineError | None]:
    """What was found, and what stopped it before all was; everything is removed again."""
    beside = signals.Signals(made, row)
    stopped: PipelineError | None = None
    with waiting(f"probe {made.endpoint}") as show:
        asked = experiments.Experiments(made, beside, show)
        try:
            show("starting two instances")
            with signals.sent(beside), stage.built(made, beside.reject):
                signals.arm(made)
                asked.run()
        except KeyboardInterrupt:
            stopped = PipelineError("interrupted; everything is removed")
        except Exception as error:
            stopped = explain(error)
            if stopped is None:
                raise
    hours = 2 * (aws.elapsed(made.began) + made.doubled) / 3600
    spent = cost(made.service.instance_type, hours, policy.load().costs)
    return {
        "environment": made.environment,
        "instance_type": made.service.instance_type,
        "answers": {key: {"answer": said, "value": value} for key, (said, value) in asked.answers.items()},
        "instance_hours": round(hours, 2),
        "cost": spent,
    }, stopped


def cost(kind: str, hours: float, prices: Mapping[str, float]) -> str:
    """What so many hours of one instance cost, by policy.toml's prices. Pure."""
    return f"US$ {hours * prices[kind]:.2f}" if kind in prices else "an unknown sum"


def table(document: Document) -> Any:
    """One screen: what AWS does, beside what the sandbox assumes."""
    from rich.table import Table

    screen = Table("question", "found", "the sandbox assumes", padding=(0, 1))
    for one in QUESTIONS:
        found = document["answers"].get(one.key, {"answer": "not settled"})
        screen.add_row(one.asks, found["answer"], one.assumed)
    return screen


def summary(document: Document) -> str:
    """The last line."""
    settled = f"{len(document['answers'])} of {len(QUESTIONS)} settled"
    spent = f"{document['instance_hours']} instance hours of {document['instance_type']}: {document['cost']}"
    return f"{settled}; {spent}" + (f"; {document['error']}" if document["error"] else "")
