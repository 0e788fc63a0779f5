"""`sandbox rehearse`: run the steps, show each, write the record and the report whatever happens."""

import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import click
from rich.console import Console

from sandbox.access import issuer
from sandbox.rehearsal import decisions, drill, faults, identity, incidents, renewal, report, scenario, steps, teardown
from sandbox.rehearsal.children import Account, Verbs
from sandbox.rehearsal.life import Failed, Life
from sandbox.rehearsal.observer import Observer
from sandbox.rehearsal.record import Record, Step
from sandbox.rehearsal.runner import Runner
from sandbox.rehearsal.workspace import Workspace

Steps = tuple[steps.Step, ...]
STEPS: Steps = (
    ("account", "The account is founded", steps.account),
    ("data", "The data contract holds", steps.data),
    ("first-release", "The first model goes live", steps.first_release),
    ("refresh", "More months, a new model", steps.refresh),
    ("damaged-labels", "Damaged labels are stopped", steps.damaged_labels),
    ("bad-release", "A bad model is taken back", steps.bad_release),
    ("rollback", "One command back", steps.rollback),
    ("expiry", "Staging's time is up", steps.expiry),
    ("renewal", "The loop closes itself", renewal.renewal),
    ("teardown", "Nothing is left", teardown.teardown),
)
FAULTS: Steps = (
    ("account", "The account is founded", steps.account),
    ("first-release", "The first model goes live", steps.first_release),
    ("bad-batch", "A corrupted batch is stopped", incidents.step(incidents.bad_batch)),
    ("blind", "Labels stop coming", incidents.step(incidents.blind)),
    ("candidates", "A good and a bad candidate", faults.candidates),
    ("judge", "The judge takes one back", faults.judge),
    ("replay", "The replay lets one not begin", faults.replay),
    ("unproven", "Too little traffic", faults.unproven),
    ("human", "A person takes one back", faults.human),
    ("heartbeat", "Nobody is alive", faults.heartbeat),
    ("backstop", "The alarms alone", faults.backstop),
    ("provision", "No container comes up", faults.provision),
    ("contract", "Staging asks", faults.contract),
    ("teardown", "Nothing is left", teardown.after_faults),
)
MARK = ".rehearsal"  # a folder with this file in it is ours to replace


@click.command()
@click.option(
    "--project", default=".", show_default=True, type=click.Path(exists=True, file_okay=False, path_type=Path)
)
@click.option("--out", default="build/rehearsal", show_default=True, type=click.Path(file_okay=False, path_type=Path))
@click.option("--speed", default=150.0, show_default=True, type=click.FloatRange(min=1), help="AWS seconds per second.")
@click.option("--apart", is_flag=True, help="Registry, staging and production each in an account of its own.")
@click.option("--faults", "faulty", is_flag=True, help="Every way in which a release may end, caused on purpose.")
@click.option("--drill", "drilled", type=click.Choice(list(incidents.INCIDENTS)), help="One incident, for a person.")
@click.option("--keep", default=0.0, type=click.FloatRange(min=0), help="Minutes that the drill's account stays up.")
@click.option("--setup-seconds", type=float, help="What setting up took, to be written into the record.")
def rehearse(
    project: Path,
    out: Path,
    speed: float,
    apart: bool,
    faulty: bool,
    drilled: str | None,
    keep: float,
    setup_seconds: float | None,
) -> None:
    """Live a project's whole life on this machine: train, release, roll back, tear down.

    Each verb runs under the role of the workflow job that would run it. Leaves rehearsal.json, report.html and
    every decision on a permission in the folder --out. Exit code 1 names the step that was not as it should be.

    Example: sandbox rehearse --out build/rehearsal
    """
    console, chosen = Console(highlight=False, soft_wrap=True), _chosen(faulty, drilled, keep)
    try:
        plan = scenario.read(project / "rehearsal" / "scenario.toml")
        name = identity.read(project / "project.toml").name
        clear(out)
    except (scenario.ScenarioError, OSError) as error:
        raise click.UsageError(str(error)) from error
    for number in (signal.SIGINT, signal.SIGTERM):  # with the SIGINT handler that polars installs, waits go on
        signal.signal(number, interrupt)
    record = Record(project=name, speed=speed, began=time.time(), setup_seconds=setup_seconds, planned=len(chosen))
    try:
        workspace = Workspace(project.resolve(), out.resolve() / "project", identity.APART if apart else {})
        record.policy = promised(workspace, plan.policy)
        _live(record, plan, workspace, out.resolve(), console, chosen)
    except KeyboardInterrupt:
        console.print("Interrupted: everything that was started is stopped.")
        sys.exit(130)
    except (RuntimeError, OSError) as error:  # before the first step: no git, no port, no room
        record.steps.append(Step(name="start", title="Project and account are ready", reason=str(error)))
        console.print(f"start: {error}", style="red", markup=False)
    finally:
        _write(record, out)
    console.print(f"{out / 'report.html'} shows it.")
    sys.exit(0 if record.ok else 1)


def _chosen(faulty: bool, drilled: str | None, keep: float) -> Steps:
    """The steps that were asked for. Raises UsageError for two kinds of them at once."""
    if faulty and drilled:
        raise click.UsageError("--faults and --drill are two rehearsals: name one of them")
    if drilled:
        return drill.steps(drilled, keep)
    return FAULTS if faulty else STEPS


def _live(
    record: Record, plan: scenario.Scenario, workspace: Workspace, out: Path, console: Console, chosen: Steps
) -> None:
    """Run every step in accounts of its own; they end with it, whichever way."""
    account = Account(out / "account", cwd=workspace.folder, speed=record.speed)
    life = None
    try:
        runner = Runner(workspace.identity, account.environment(), out / "tokens", _signer(out / "account"))
        verbs = Verbs(workspace.folder, out / "logs")
        observer = Observer(account.url, workspace.identity)
        life = Life(record.project, plan, workspace, account, runner, verbs, observer, record)
        for name, title, step in chosen:
            if not _run(name, title, step, life, console):
                break
    finally:
        if life:
            teardown.stop_traffic(life)
        account.stop()
        for name in decisions.FILES:
            if (file := out / "account" / name).is_file():
                shutil.copy(file, out / name)
        record.rehearsal_seconds = record.now()


def promised(workspace: Workspace, policy: scenario.Policy) -> list[dict[str, str]]:
    """Write the scenario's numbers into the workspace's policy.toml; returns each with the one that the project has."""
    changed = [
        {"key": f"{table}.{key}", "project": workspace.set(steps.POLICY, key, value, table), "here": str(value)}
        for table, keys in policy.items()
        for key, value in keys.items()
    ]
    if changed:
        workspace.commit("Promise what a rehearsal has the time to prove")
    return changed


def _signer(folder: Path) -> Callable[[dict[str, Any]], str]:
    """Makes tokens of claims, as the issuer of the sandbox in `folder` does."""
    found = issuer.Issuer.read(folder)
    return lambda claims: found.token(issuer.Job(**claims))


def _run(name: str, title: str, step: Callable[[Life], str], life: Life, console: Console) -> bool:
    """Run one step and say how it went; False when it was not as it should be."""
    entry = Step(name=name, title=title, started=life.record.now())
    life.record.steps.append(entry)
    with console.status(f"{title} …"):
        try:
            entry.observed = step(life)
            life.nothing_denied()
            entry.ok = True
        except Failed as failed:
            entry.reason = str(failed)
        except Exception as error:  # a fault of the rehearsal itself is a failed step, too
            entry.reason = f"{type(error).__name__}: {error}"
        finally:
            life.note_principals()
            entry.seconds = round(life.record.now() - entry.started, 1)
    mark, said = ("[green]✓[/]", entry.observed) if entry.ok else ("[bold red]✗[/]", entry.reason or "")
    console.print(f"{mark} {entry.seconds:5.1f} s  {name}: {title}")
    console.print(f"           {said}", style="dim" if entry.ok else "red", markup=False)
    return entry.ok


def _write(record: Record, out: Path) -> None:
    if out.is_dir():
        document = record.write(out / "rehearsal.json")
        out.joinpath("report.html").write_text(report.page(document))


def clear(out: Path) -> None:
    """Make way for a new rehearsal. Raises OSError when the folder holds anything else."""
    if out.is_dir() and any(out.iterdir()):
        if not (out / MARK).is_file():
            raise FileExistsError(f"{out} holds something else than a rehearsal: name another folder with --out")
        shutil.rmtree(out)
    out.mkdir(parents=True, exist_ok=True)
    out.joinpath(MARK).touch()


def interrupt(_signal: int, _frame: FrameType | None) -> None:
    """End as Ctrl-C does, whichever signal it was."""
    raise KeyboardInterrupt
