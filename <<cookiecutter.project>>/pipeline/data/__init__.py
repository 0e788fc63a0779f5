"""`pipeline data`: one module for each of its verbs.

polars and the contract are imported by the functions that need them: `push` runs without them.
"""

import click

from pipeline.data import add, check, diff, push


@click.group(name="data")
def command() -> None:
    """Check new data, pin it in the manifest, say what that changes, copy what is pinned to S3."""


for module in (check, add, diff, push):
    command.add_command(module.command)
