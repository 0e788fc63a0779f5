"""`pipeline data`: one module for each of its verbs.

polars and the contract are imported by the functions that need them: `push` runs without them.
"""

import click

from pipeline.data import add, check, diff, ingest, pin, push


@click.group(name="data")
def command() -> None:
    """Check new data, pin it in the manifest or take it in from the bucket, say what that changes."""


for module in (check, add, diff, push, ingest, pin):
    command.add_command(module.command)
