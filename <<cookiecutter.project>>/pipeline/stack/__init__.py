"""`pipeline stack`: one module for each of its verbs, which all run the vendor's `pulumi` command."""

import click

from pipeline.stack import drift, preview, up


@click.group(name="stack")
def command() -> None:
    """Preview, change or check what infra/ makes on AWS: the stack platform, staging or production.

    Its state is where PULUMI_BACKEND_URL says. What AWS and the release verbs have changed is read first.
    """


for module in (preview, up, drift):
    command.add_command(module.command)
