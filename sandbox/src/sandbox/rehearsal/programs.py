"""`sandbox stacks`: a project's Pulumi programs under the real Pulumi command, in an account of their own."""

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click

from sandbox.rehearsal.children import BIN, STOP_SECONDS, Account, end_group
from sandbox.rehearsal.command import clear, interrupt
from sandbox.rehearsal.workspace import Workspace

STACKS = ("platform", "staging", "production")
SPEED = 600.0  # AWS seconds per second
# each command, and what must be true where it fails
COMMANDS = (
    (("sandbox", "up", "foundation", "--stack", "account"), "the account is founded"),
    *((("pipeline", "stack", "up", one, "--yes"), f"an empty account takes {one}") for one in STACKS),
    *(
        (("pipeline", "stack", "drift", one), f"right after its `up` nothing is left to change in {one}")
        for one in STACKS
    ),
)


@click.command()
@click.option(
    "--project", default=".", show_default=True, type=click.Path(exists=True, file_okay=False, path_type=Path)
)
@click.option("--out", default="build/stacks", show_default=True, type=click.Path(file_okay=False, path_type=Path))
def stacks(project: Path, out: Path) -> None:
    """Make every stack of a project by the real Pulumi command, and see that it then has nothing left to do.

    In an account of its own, on a copy of the project, with the state in the foundation's bucket. Takes
    `pulumi` on the PATH. Exit code 1 names what does not hold.

    Example: sandbox stacks
    """
    if shutil.which("pulumi") is None:
        raise click.UsageError(
            "there is no pulumi on the PATH: https://www.pulumi.com/docs/install/ says how to get it"
        )
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupt)
    try:
        clear(out)
        workspace = Workspace(project.resolve(), out.resolve() / "project")
        workspace.folder.joinpath(".venv").symlink_to(BIN.parent)  # which the programs' Pulumi.yaml name
        with account(workspace, out.resolve()) as environment:
            for words, claim in COMMANDS:
                code = run(words, workspace.folder, environment)
                if code:
                    click.echo(f"stacks: `{' '.join(words)}` ended with {code}, but {claim} must hold", err=True)
                    sys.exit(1)
    except KeyboardInterrupt:
        click.echo("Interrupted: everything that was started is stopped.", err=True)
        sys.exit(130)
    except (RuntimeError, OSError) as error:  # no git, no port, no room, a folder of somebody's
        raise click.ClickException(str(error)) from error
    click.echo(f"{', '.join(STACKS)}: made, and nothing is left to change")


@contextmanager
def account(workspace: Workspace, out: Path) -> Iterator[dict[str, str]]:
    """An account, and a provider that leads the Pulumi command to it; the environment that says so."""
    started = Account(out / "account", cwd=workspace.folder, speed=SPEED)
    provider = None
    try:
        environment = started.environment()
        provider = subprocess.Popen(  # noqa: S603  our own command
            [BIN / "sandbox", "provider", "--kinds", "infra"],
            cwd=workspace.folder,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        port = provider.stdout.readline().strip() if provider.stdout else ""
        if not port:
            raise RuntimeError("the provider did not start")
        yield environment | pulumi(workspace, started, port, out)
    finally:
        if provider:
            end_group(provider)
            if provider.stdout:
                provider.stdout.close()
        started.stop()


def pulumi(workspace: Workspace, account: Account, port: str, out: Path) -> dict[str, str]:
    """What the Pulumi command must know: the provider, the foundation's bucket, and a home of its own."""
    its = workspace.identity
    bucket = f"mlops-pulumi-state-{its.account('registry')}-{its.region}"
    return {
        "PATH": f"{BIN}:{account.exports['PATH']}",
        "PULUMI_BACKEND_URL": f"s3://{bucket}/{its.name}?region={its.region}",
        "PULUMI_DEBUG_PROVIDERS": f"aws:{port}",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_HOME": str(out / "home"),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }


def run(words: tuple[str, ...], folder: Path, environment: Mapping[str, str]) -> int:
    """Run a command of this installation, which prints for itself; its exit code. An interrupt lets it end first."""
    command, *rest = words
    child = subprocess.Popen(  # noqa: S603  commands of our own environment
        [BIN / command, *rest],
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    try:
        return child.wait()
    except BaseException:
        child.send_signal(signal.SIGINT)
        try:
            child.wait(STOP_SECONDS)
        finally:
            end_group(child)
        raise
