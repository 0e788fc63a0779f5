"""`sandbox up`, `sandbox destroy` and `sandbox provider`."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import click

import sandbox

FOUNDATION = "foundation"


class Folder(click.ParamType):  # type: ignore[type-arg]  # generic for mypy, not in every click
    """A Pulumi program's folder, or the word `foundation`."""

    name = "dir"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The folder, or a usage error."""
        folder = Path(value)
        if not folder.is_dir() and value == FOUNDATION:
            folder = foundation()
        if not (folder / "Pulumi.yaml").is_file():
            self.fail(f"{value} holds no Pulumi.yaml: name the folder of a Pulumi program", param, ctx)
        return folder.resolve()


def foundation() -> Path:
    """The program that founds an account: in the wheel, or beside the sandbox's sources."""
    package = Path(sandbox.__file__).parent
    shipped = package / FOUNDATION
    return shipped if shipped.is_dir() else package.parents[2] / "infra"


def _print(result: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(result))
        return
    for verb in ("created", "adopted", "deleted"):
        for name in result.get(verb, []):
            click.echo(f"{verb}  {name}")
    if result.get("deleted") == []:
        click.echo(f"nothing of {result['stack']} is in the account")


@click.command()
@click.argument("folder", type=Folder(), metavar="DIR")
@click.option("--stack", required=True, help="The stack; its settings are in Pulumi.STACK.yaml.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def up(folder: Path, stack: str, as_json: bool) -> None:
    """Apply the Pulumi program in DIR to the sandbox.

    DIR `foundation` is the program that founds an account. What is absent is created, what is unchanged
    adopted; a change needs the Pulumi command and is refused. Exit 1: refused or failed; 2: settings.

    Example: sandbox up infra/platform --stack platform
    """
    # the program gets an interpreter of its own, as under the Pulumi command: Pulumi keeps global state
    child = subprocess.run(  # noqa: S603  our own interpreter and module
        [sys.executable, "-m", "sandbox.stacks.apply", stack], cwd=folder, stdout=subprocess.PIPE, text=True
    )
    if child.returncode:
        sys.exit(child.returncode)
    _print(json.loads(child.stdout), as_json)


@click.command()
@click.argument("folder", type=Folder(), metavar="DIR")
@click.option("--stack", required=True, help="The stack that `sandbox up` has made.")
@click.option(
    "--unprotect",
    is_flag=True,
    help="Remove protected resources too, as after `pulumi state unprotect --all` and with a table's own "
    "deletion protection off.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def destroy(folder: Path, stack: str, unprotect: bool, as_json: bool) -> None:
    """Remove what `sandbox up` has made of DIR, in reverse order. Exit 1: refused or failed; 2: settings.

    Example: sandbox destroy infra/service --stack staging --unprotect
    """
    from sandbox.stacks import (
        apply,
        calls,
        program,
        state,
    )  # loads Pulumi: half a second that --help need not pay

    try:
        result = apply.destroy(folder, stack, unprotect)
    except program.SettingsError as error:
        click.echo(error, err=True)
        sys.exit(2)
    except (apply.RefusedError, calls.CallError, state.StateError) as error:
        click.echo(error, err=True)
        sys.exit(1)
    _print(result, as_json)


@click.command()
@click.option(
    "--kinds",
    "folder",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    help="The folder of a project's own kinds.toml.",
)
def provider(folder: Path | None) -> None:
    """Serve the account to a Pulumi command, as its AWS provider.

    Prints the port to attach to, and ends with the process that started it. Refuses (exit 2) unless
    AWS_ENDPOINT_URL is on this machine: it would stand in for the real provider.

    Example: sandbox provider --kinds infra > port &
    PULUMI_DEBUG_PROVIDERS=aws:$(cat port) pulumi preview
    """
    from sandbox.stacks import plugin, program, table

    try:
        plugin.serve(table.table(*([folder] if folder else [])))
    except program.SettingsError as error:
        click.echo(error, err=True)
        sys.exit(2)
