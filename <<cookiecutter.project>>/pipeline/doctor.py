"""`pipeline doctor`: is the account ready, and what is to be done where it is not.

It changes nothing, but when it is asked to probe the guardrails, which deploys an endpoint and removes it.
"""

from dataclasses import asdict
from typing import Any

import boto3
import click

from infra.policies.documents import around
from pipeline import aws, guardrails, names, policy
from pipeline.checks import costs, identity, images, quotas, roles, screen, serving, stacks
from pipeline.checks.finding import FAIL, OK, WARN, Finding, tried
from pipeline.command import Answer, verb

STYLES = {OK: "green", WARN: "yellow", FAIL: "bold red"}


def examine() -> list[Finding]:
    """Everything that can be looked at in the account that the credentials reach. Raises UserError."""
    project = names.project()
    policy.load()
    found = [identity.region(project, boto3.Session().get_available_regions("sagemaker"))]
    if found[0].level == FAIL:
        return found  # there is no address to ask
    me = aws.client("sts").get_caller_identity()
    here = str(me["Account"])
    found.append(identity.whose(project, here, me["Arn"]))
    if found[-1].level == FAIL:
        return found  # elsewhere there is nothing to look at
    parts, root, place = identity.parts(project, here), names.root(), around(project, here)
    found += tried(roles.PROVIDER, roles.look_provider)
    found += quotas.look(root, parts)
    for part in parts:
        found += tried(stacks.SUBJECT, stacks.look, project, part)
        found += tried(roles.SUBJECT, roles.look, root, place, part)
        if part == names.REGISTRY:
            found += tried(images.SUBJECT, images.look, project)
        else:
            found += tried(serving.SUBJECT, serving.look, project, part, here)
    return [*found, *tried(costs.SUBJECT, costs.look, todo=costs.UNASKED)]


def table(findings: list[Finding]) -> Any:
    """One screen: what to do stands below what was found."""
    rows = ((one.level, one.subject, one.found, one.todo) for one in findings)
    return screen.table("what", rows, STYLES)


@verb("doctor", "pipeline doctor --json")
@click.option(
    "--probe-guardrails", is_flag=True, help="Settle what AWS does not document; this costs something."
)
@click.option("--environment", type=click.Choice(names.ENVIRONMENTS), default="production", show_default=True)
@click.option("--yes", is_flag=True, help="Do not ask before a probe spends.")
def command(probe_guardrails: bool, environment: str, yes: bool) -> Answer:
    """Check what a release needs of the account that the credentials reach, and say what to do.

    Identity, region, quotas, identity provider, roles, images, endpoint, alarm topic, budget tags. Exit code
    1 when something will not work; what could not be looked at is a warning.

    With --probe-guardrails: deploy the smallest endpoint beside that of an environment, measure what
    docs/guardrails.md lists, print the answers and the cost, and remove everything, on Ctrl-C too.
    """
    if probe_guardrails:
        return guardrails.answer(environment, sure=yes)
    findings = examine()
    levels = [one.level for one in findings]
    counts = {level: levels.count(level) for level in STYLES}
    summary = ", ".join(f"{count} {level}" for level, count in counts.items())
    document = {"findings": [asdict(one) for one in findings], "counts": counts}
    return Answer(document, [table(findings), summary], code=1 if counts[FAIL] else 0)
