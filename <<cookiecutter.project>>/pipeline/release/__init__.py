"""`pipeline release`: bring a registered version into an environment, and say what became of it."""

from dataclasses import replace
from pathlib import Path

import click

from pipeline.command import ENVIRONMENT, Answer, verb
from pipeline.errors import UserError


@verb("release", "pipeline release production --version 3")
@ENVIRONMENT
@click.option(
    "--version", "number", type=click.IntRange(min=1), help="Default: the newest approved, not archived."
)
@click.option("--why", help="Why; the ledger keeps it.")
@click.option("--force", is_flag=True, help="Release what was rejected or taken back; takes --why.")
@click.option(
    "--approval",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Who let it, as `pipeline approval` has written; default: it is recorded as yours.",
)
@click.option(
    "--may-prepare",
    is_flag=True,
    help="Exit code 0, not 3, where the service stack has to go on; for workflows.",
)
def command(
    environment: str, number: int | None, why: str | None, force: bool, file: Path | None, may_prepare: bool
) -> Answer:
    """Bring a registered version into ENVIRONMENT: staging or production.

    Staging is updated all at once and must then pass the contract test. Production is updated by canary: a
    judge, and alarms that need none, make SageMaker return to the old configuration. Promoted means that the
    endpoint serves what was asked for. Run again, it takes up what an interrupted process left.
    """
    # here, so that other modules of this package are imported without all that a release takes
    from pipeline import aws, consent, endpoint, registry, settings, verdict
    from pipeline.release.asked import RELEASE, Asked
    from pipeline.release.flow import carry_out

    if force and not why:
        raise UserError("--force goes against a verdict: say why with --why")
    if file:
        approval = consent.read(file, environment)
    else:
        approval = consent.of(environment, consent.VERB, [aws.person(aws.caller())])
    service = settings.service(environment)
    group = service.model_package_group
    version = registry.get(group, number) if number else registry.newest_approved(group)
    target = endpoint.target(environment, version, service)
    answer = carry_out(
        Asked(
            kind=RELEASE,
            environment=environment,
            version=version,
            target=target,
            service=service,
            why=why,
            force=force,
            approval=approval,
        )
    )
    if may_prepare and answer.document["verdict"] == verdict.READY:
        return replace(answer, code=0)
    return answer
