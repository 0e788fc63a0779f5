"""What a verb asks a person before it does something that cannot be taken back at once."""

import sys

import click

from pipeline.errors import PipelineError, UserError
from pipeline.progress import say


def confirm(sentence: str, *, yes: bool) -> None:
    """Show what will be, and ask. Raises UserError where nobody can answer, PipelineError on a no."""
    say(sentence)
    if yes:
        return
    if not sys.stdin.isatty():
        raise UserError("nobody is there to ask: add --yes if that is what you want")
    if not click.confirm("Go on?", err=True):
        raise PipelineError("nothing was changed")
