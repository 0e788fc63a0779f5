"""`pipeline approval`: whether a release may enter an environment, and who let it. It fails closed.

Docs: docs/release.md, *Approval*.
"""

import json
from pathlib import Path

import click

from pipeline import canary, consent, names, policy
from pipeline.approval import given, protection
from pipeline.command import Answer, Document, verb
from pipeline.sections import BY_HAND

PRESS = {
    canary.GUARDED: "Nothing goes into production by itself: policy.toml has a person start it. Under "
    "*Actions*, *release*, *Run workflow*, write the version that staging shows, choose *production*, and "
    "press the button.",
    given.INFRA: "Nothing changes production's stack by itself: policy.toml has a person start it. Under "
    "*Actions*, *infra*, *Run workflow*, choose *production*, and press the button.",
}


@verb("approval", "pipeline approval production --granted --out build/approval.json")
@click.argument(
    "environment", type=click.Choice((*names.ENVIRONMENTS, "infra", given.INFRA)), metavar="ENVIRONMENT"
)
@click.option("--chosen", is_flag=True, help="The workflow was started with ENVIRONMENT chosen.")
@click.option("--granted", is_flag=True, help="It must be given by now; takes a workflow's job.")
@click.option(
    "--out",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A file for `pipeline release --approval`.",
)
def command(environment: str, chosen: bool, granted: bool, file: Path | None) -> Answer:
    """Say whether a release may enter ENVIRONMENT, and with --granted who has let it.

    infra and infra-production are the GitHub environments of what changes stacks, the latter production's.

    Policy has two forms. `reviewers`: the GitHub environment must have required reviewers, and main alone may
    deploy to it. `by-hand`: a person, and no program, has started the workflow with ENVIRONMENT chosen.
    Anything else is refused, whatever GitHub would have let through. Staging and infra need no approval.
    """
    document, lines, goes_on = _asked(environment, chosen=chosen, granted=granted)
    if file:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(document, indent=2) + "\n")
    return Answer(
        {**document, "goes_on": goes_on},
        lines,
        outputs={"goes_on": str(goes_on).lower()},
        summary="\n\n".join(lines),
    )


def _asked(environment: str, *, chosen: bool, granted: bool) -> tuple[Document, list[str], bool]:
    """The approval so far, what to tell of it, and whether the release goes on into `environment`."""
    if environment not in PRESS:
        return consent.of(environment, consent.NONE), [f"{environment} needs no approval"], True
    form = policy.load().approval.form
    if form == BY_HAND:
        if not chosen and not granted:
            return consent.of(environment, form), [PRESS[environment]], False
        found = given.started(environment, chosen=chosen)
        document = consent.of(environment, **found)
        return document, [f"{environment}: {consent.words([document])}"], True
    lines = [protection.words(environment, protection.held(environment))]
    if not granted:
        return consent.of(environment, form), lines, True
    document = consent.of(environment, **given.reviewed(environment))
    return document, [*lines, f"{environment}: {consent.words([document])}"], True
