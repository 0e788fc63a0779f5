"""One incident in an account of its own, for a person to look at, who says when it has been seen."""

import select
import sys
import time

import click

from sandbox.rehearsal import incidents, teardown
from sandbox.rehearsal.life import Life
from sandbox.rehearsal.steps import Step, account, first_release

POSTMORTEM = "postmortem.md"


def steps(name: str, keep: float) -> tuple[Step, ...]:
    """The steps of the drill `name`; its account stays up for `keep` minutes, or until Enter."""

    def stay(life: Life) -> str:
        return stays(life, keep)

    return (
        ("account", "The account is founded", account),
        ("first-release", "The first model goes live", first_release),
        (name, "The incident", incidents.step(incidents.INCIDENTS[name])),
        ("postmortem", "It is written down", postmortem),
        *([("stay", "A person looks at it", stay)] if keep else []),
        ("teardown", "Nothing is left", teardown.after_faults),
    )


def postmortem(life: Life) -> str:
    """The page of what happened since the incident was caused, with what a person has to fill in."""
    incident = life.record.incidents[-1]
    file = life.account.folder.with_name(POSTMORTEM)
    since = time.gmtime(life.record.began + life.record.steps[-2].started)
    words = ("--since", time.strftime("%Y-%m-%dT%H:%M:%SZ", since), "--out", str(file))
    life.administer("production", "pipeline", "postmortem", "production", *words)
    incident.postmortem = file.name
    return f"{file} is begun; docs/runbook/{incident.page}.md says what to do, and first `{incident.first}`"


def stays(life: Life, minutes: float) -> str:
    """Leave the account up until a person presses Enter, or the minutes are over."""
    exports = "".join(f"export {name}={value}\n" for name, value in life.account.exports.items())
    click.echo(f"\nIn another terminal, in {life.workspace.folder}:\n{exports}", err=True)
    click.echo(f"Press Enter to end it; it ends by itself after {minutes:g} minutes.", err=True)
    began = time.monotonic()
    if sys.stdin.isatty():
        select.select([sys.stdin], [], [], minutes * 60)
    else:
        time.sleep(minutes * 60)
    return f"it was up for {time.monotonic() - began:.0f} s"
