"""The `sandbox` command. Commands are imported when they run, so that `sandbox --help` is quick."""

import importlib
import os
import sys
import tomllib
from pathlib import Path
from typing import Any

import click

ELSEWHERE = {
    "up": "sandbox.stacks.command:up",
    "destroy": "sandbox.stacks.command:destroy",
    "provider": "sandbox.stacks.command:provider",
    "rehearse": "sandbox.rehearsal.command:rehearse",
    "stacks": "sandbox.rehearsal.programs:stacks",
}
SHORT = {
    "up": "Apply a Pulumi program to the account.",
    "destroy": "Remove what a Pulumi program made.",
    "provider": "Serve the account to a Pulumi command, as its AWS provider.",
    "rehearse": "Run a project's whole loop, with a bad release, in an account of its own.",
    "stacks": "Make a project's stacks by the Pulumi command, in an account of its own.",
}


class Commands(click.Group):
    """A group whose other packages' commands are imported on use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the order of a first use."""
        return ["start", "token", "up", "provider", "rehearse", "stacks", "left", "destroy"]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        if cmd_name not in ELSEWHERE:
            return super().get_command(ctx, cmd_name)
        module, _, name = ELSEWHERE[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list for --help, without importing anything."""
        own = {name: command.get_short_help_str(90) for name, command in self.commands.items()}
        with formatter.section("Commands"):
            formatter.write_dl([(name, (own | SHORT)[name]) for name in self.list_commands(ctx)])


@click.command(cls=Commands)
def main() -> None:
    """Your laptop as the AWS account.

    Example: sandbox start --state /tmp/account
    """


@main.command()
@click.option("--port", default=0, show_default="a free one", help="Port on 127.0.0.1.")
@click.option("--speed", default=60.0, show_default=True, help="AWS seconds per second; 1 is AWS's own pace.")
@click.option(
    "--state",
    "folder",
    default=".sandbox",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for layers, containers and logs; must be new or empty.",
)
@click.option(
    "--region", envvar="AWS_REGION", show_default="that of ./project.toml, else eu-west-1", help="The region."
)
@click.option("--until-stdin-closes", is_flag=True, help="Also stop when stdin ends, as it does when a parent dies.")
def start(port: int, speed: float, folder: Path, region: str | None, until_stdin_closes: bool) -> None:
    """Be an AWS account until Ctrl-C.

    Prints the environment to set, one `export` a line, and then `ready`.

    Example: sandbox start --port 4566 --speed 60 --state /tmp/account
    """
    from sandbox import state
    from sandbox.start import run

    try:
        run(
            port=port,
            speed=speed,
            region=region or _project_region() or "eu-west-1",
            folder=folder.resolve(),
            until_stdin_closes=until_stdin_closes,
        )
    except (state.Stale, ValueError, OSError) as error:
        raise click.ClickException(str(error)) from error


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def left(as_json: bool) -> None:
    """List what is left in the account.

    Reads AWS at AWS_ENDPOINT_URL and exits 1 when there is anything but keys pending deletion.

    Example: sandbox left --json
    """
    from sandbox.leftovers import report

    raise SystemExit(report(as_json))


@main.command()
@click.option("--repository", required=True, metavar="OWNER/NAME", help="Whose workflow asks.")
@click.option("--ref", show_default="main's, or a pull request's", help="The ref that it runs on.")
@click.option("--environment", default="", help="The GitHub environment of the job, if it has one.")
@click.option("--event", default="push", show_default=True, help="What started it, such as pull_request.")
@click.option("--workflow", default="check.yml", show_default=True, help="The workflow's file.")
@click.option("--owner-id", default=0, help="The owner's number, of a repository that has numbers in its subject.")
@click.option("--repository-id", default=0, help="The repository's number, likewise.")
@click.option("--audience", default="sts.amazonaws.com", show_default=True, help="Whom the token is for.")
def token(audience: str, ref: str | None, **job: Any) -> None:
    """Print a web identity token like GitHub's, for one job of a workflow.

    Reads the issuer's key in SANDBOX_STATE. A token is good for five minutes and for any role that trusts it.

    Example: sandbox token --repository acme/flights --environment production > token
    """
    from sandbox.access.issuer import Issuer, Job

    state = os.environ.get("SANDBOX_STATE")
    if not state:
        raise click.ClickException("SANDBOX_STATE is not set: use the exports that `sandbox start` printed")
    if job["repository"].count("/") != 1:
        raise click.ClickException(f"--repository is {job['repository']}, it must be OWNER/NAME")
    pulled = job["event"] == "pull_request"
    asked = Job(ref=ref or ("refs/pull/1/merge" if pulled else "refs/heads/main"), **job)
    try:
        # no line's end in a file: boto3 sends the file as it is, and it is no part of a token
        click.echo(Issuer.read(Path(state)).token(asked, audience), nl=sys.stdout.isatty())
    except OSError as error:
        raise click.ClickException(f"{state} is not the state of a running sandbox: {error}") from error


def _project_region() -> str | None:
    file = Path("project.toml")
    return tomllib.loads(file.read_text()).get("region") if file.is_file() else None


if __name__ == "__main__":
    main()
