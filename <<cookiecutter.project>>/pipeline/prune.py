"""`pipeline prune`: delete the Models and EndpointConfigs of releases that nobody goes back to."""

from collections.abc import Sequence
from typing import Any

import click

from pipeline import aws, endpoint, ledger, names, policy, settings, verdict
from pipeline.command import ENVIRONMENT, Answer, verb
from pipeline.ledger import Record
from pipeline.settings import Service


def prune(environment: str, service: Service, keep: int, dry_run: bool) -> list[str]:
    """Delete what no endpoint, release or rollback needs; what was deleted, or would be.

    Before each deletion it is asked anew what is needed: a release that began meanwhile keeps what it names.
    """
    sagemaker, gone = aws.client("sagemaker"), []
    kept = needed(service, keep)
    for config in made(environment, "list_endpoint_configs"):
        if config in kept or config in needed(service, keep):
            continue
        if not dry_run:
            aws.find(sagemaker.delete_endpoint_config, EndpointConfigName=config)
        gone.append(config)
    kept = served(environment, service, set(gone))
    for model in made(environment, "list_models"):
        if model in kept or model in served(environment, service, set(gone)):
            continue
        if not dry_run:
            aws.find(sagemaker.delete_model, ModelName=model)
        gone.append(model)
    return gone


def needed(service: Service, keep: int) -> set[str]:
    """The configurations that stay: live, on their way, of open releases, the last `keep` promoted."""
    kept = remembered(ledger.records(service.ledger_table), keep)
    return kept | named(endpoint.describe(service.endpoint))


def named(described: dict[str, Any] | None) -> set[str]:
    """The configurations that DescribeEndpoint names. Pure."""
    both = (described.get("EndpointConfigName"), verdict.pending(described)) if described else ()
    return {str(name) for name in both if name}


def remembered(history: Sequence[Record], keep: int) -> set[str]:
    """The configurations of open releases, and of the last `keep` that were promoted. Pure.

    `history` is newest first; what was promoted twice counts once.
    """
    opened = [name for one in history if not one.ended for name in (one.config_asked, one.config_before)]
    promoted = dict.fromkeys(one.config_asked for one in history if was_promoted(one))
    return {name for name in (*opened, *list(promoted)[:keep]) if name}


def was_promoted(record: Record) -> bool:
    """Whether it was live once, proved or not."""
    return str(record.verdict).startswith(verdict.PROMOTED)


def served(environment: str, service: Service, gone: set[str]) -> set[str]:
    """The models that a configuration beside those in `gone` serves, or an open release will."""
    opened = {one.model for one in ledger.records(service.ledger_table) if not one.ended}
    left = [one for one in made(environment, "list_endpoint_configs") if one not in gone]
    return opened.union(*map(models, left))


def made(environment: str, operation: str) -> list[str]:
    """The environment's EndpointConfigs or Models, by their names."""
    keys = {
        "list_endpoint_configs": ("EndpointConfigs", "EndpointConfigName"),
        "list_models": ("Models", "ModelName"),
    }
    (key, name), prefix = keys[operation], names.release(names.project(), environment, "")
    found = aws.pages("sagemaker", operation, key, NameContains=prefix)
    return sorted(one[name] for one in found if one[name].startswith(prefix))


def models(config: str) -> list[str]:
    """The models of a configuration; none when it is gone."""
    found = aws.find(aws.client("sagemaker").describe_endpoint_config, EndpointConfigName=config) or {}
    variants = [*found.get("ProductionVariants", []), *found.get("ShadowProductionVariants", [])]
    return [one["ModelName"] for one in variants]


@verb("prune", "pipeline prune production --dry-run")
@ENVIRONMENT
@click.option(
    "--keep", type=click.IntRange(min=1), metavar="N", help="Promoted configurations; default: policy.toml's."
)
@click.option("--dry-run", is_flag=True, help="Say what would be deleted, and delete nothing.")
def command(environment: str, keep: int | None, dry_run: bool) -> Answer:
    """Delete what the releases of ENVIRONMENT have left behind: Models and EndpointConfigs.

    What is live, on its way, of an open release, or among the last N that were promoted, stays: a rollback
    goes back to it. A model goes when no configuration serves it any more.
    """
    service = settings.service(environment)
    gone = prune(environment, service, keep or policy.load().releases.keep, dry_run)
    said = "would be deleted" if dry_run else "deleted"
    document = {"environment": environment, "deleted": gone, "dry_run": dry_run}
    return Answer(document, [f"{len(gone)} configurations and models {said}.", *gone])
