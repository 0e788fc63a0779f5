"""`pipeline lineage`: which data, code, image, gate and releases made a version; who saw a file."""

from collections.abc import Iterable
from dataclasses import asdict
from functools import partial
from typing import Any

import click

from pipeline import aws, evaluate, gate, ledger, manifest, names, reach, record, registry, seen, settings
from pipeline.command import Answer, Document, verb
from pipeline.errors import UserError

FILES_SHOWN = 12
MADE = ("started", "seconds", "instance_type", "instance_count", "cost_usd")


def describe(
    version: registry.Version,
    run: Document,
    pinned: manifest.Manifest | None,
    verdict: Document | None,
    releases: Iterable[ledger.Record],
) -> Document:
    """What a version was made of and what became of it. Pure; of what was never recorded it says None."""
    made = version.properties
    return {
        "version": version.number,
        "arn": version.arn,
        "stage": version.stage,
        "status": version.status,
        "candidate": made.get("train_job"),
        "model_of": int(made["model_of"]) if "model_of" in made else None,
        "data": {
            "manifest": made.get("manifest"),
            "evaluate_from": pinned.evaluate_from if pinned else None,
            "files": pinned.files if pinned else [],
        },
        "code": {key: run.get(key) for key in ("branch", "dirty", "lock_sha256")}
        | {"commit": made.get("commit"), "serve_commit": made.get("serve_commit", made.get("commit"))},
        "images": {"train": made.get("train_image"), "serve": version.image},
        "hyperparameters": run.get("hyperparameters"),
        "libraries": run.get("libraries"),
        "run": {key: run.get(key) for key in MADE},
        "model": {"data": version.model_data, "sha256": made.get("model_sha256")},
        "gate": _gate(verdict),
        "registered": {"at": version.created, "by": made.get("by")},
        "releases": [asdict(one) for one in releases if one.version == version.number],
    }


def _gate(verdict: Document | None) -> Document | None:
    """What of a verdict belongs to the screen: the rules are `pipeline history`'s evidence."""
    if verdict is None:
        return None
    overridden = [{"rule": rule, **one} for rule, one in gate.given(verdict).items()]
    champion = verdict["champion"]
    return {
        "passed": verdict["passed"],
        "called": verdict.get("called"),
        "champion": champion["version"] if champion else None,
        "rules": len(verdict["rules"]),
        "overrides": overridden,
    }


def of(number: int | None) -> Document:
    """The document of a version, of the one that production serves by default. Raises UserError."""
    version = registry.get(settings.registry().model_package_group, number or live())
    job, pinned = version.properties.get("train_job", ""), version.properties.get("manifest", "")
    reads = {one: partial(of_environment, one) for one in names.ENVIRONMENTS}
    releases, left_out = reach.collect(reads)
    run, verdict = record.read(job) or {}, gate.read(job)
    return {**describe(version, run, seen.pinned(pinned), verdict, releases), "left_out": left_out}


def of_environment(environment: str) -> list[ledger.Record]:
    """The releases of an environment."""
    return ledger.records(names.ledger(names.project(), environment))


def live() -> int:
    """The version that production serves. Raises UserError when there is none."""
    champion = evaluate.champion()
    if champion is None:
        raise UserError("production serves nothing yet: name a version, as in `pipeline lineage 1`")
    return champion.version


def screen(found: Document) -> Any:
    """One screen: a line or some for each question about a version."""
    from rich.table import Table
    from rich.text import Text

    shown = Table.grid(padding=(0, 2))
    shown.add_column(style="bold")
    shown.add_column(overflow="fold")  # a name that is cut off cannot be copied
    for name, lines in lines_of(found).items():
        shown.add_row(name, Text("\n".join(lines)))
    return shown


def lines_of(found: Document) -> dict[str, list[str]]:
    """What the screen says, by question. Pure."""
    code, run, model = found["code"], found["run"], found["model"]
    branch = f" on {code['branch']}" if code["branch"] else ""
    changed = ", with changes that no commit has" if code["dirty"] else ""
    registered = found["registered"]
    pair = []
    if found["model_of"]:
        pair = [f"the model of version {found['model_of']}, served as of commit {code['serve_commit']}"]
    return {
        "version": [f"{found['version']}, at stage {found['stage']}, {found['status']}", *pair],
        "data": _data(found["data"]),
        "code": [f"{code['commit']}{branch}{changed}", f"uv.lock {_or_unknown(code['lock_sha256'])}"],
        "images": [
            f"{name} {(uri or 'not recorded').split('@')[-1]}" for name, uri in found["images"].items()
        ],
        "parameters": [_pairs(found["hyperparameters"])],
        "libraries": [_pairs(found["libraries"])],
        "run": [f"{found['candidate']}", _run(run)],
        "model": [model["data"], f"model.onnx {_or_unknown(model['sha256'])}"],
        "gate": _verdict(found["gate"]),
        "registered": [f"{_minute(registered['at'])} by {aws.person(registered['by'])}"],
        "releases": [_release(one) for one in found["releases"]] or ["none"],
    }


def _data(data: Document) -> list[str]:
    files = data["files"]
    if not files:
        return [f"manifest {data['manifest']}, which the bucket does not have"]
    rows = sum(entry["rows"] for entry in files)
    lines = [
        f"manifest {data['manifest']}",
        f"{len(files)} files, {rows:,} rows; trained on what is before {data['evaluate_from']}",
    ]
    spans = [f"{one['path']}  {one['rows']:,} rows  {one['from'][:10]} to {one['to'][:10]}" for one in files]
    more = len(files) - FILES_SHOWN
    return lines + spans[:FILES_SHOWN] + ([f"and {more} more: --json has them all"] if more > 0 else [])


def _run(run: Document) -> str:
    if run["started"] is None:
        return "no run record"
    cost = "cost unknown" if run["cost_usd"] is None else f"US$ {run['cost_usd']:.4f}"
    machines = f"{run['instance_count']} of {run['instance_type']}"
    return f"{_minute(run['started'])}, {run['seconds']:.0f} s on {machines}, {cost}"


def _verdict(verdict: Document | None) -> list[str]:
    if verdict is None:
        return ["no verdict in the bucket"]
    against = f"version {verdict['champion']}" if verdict["champion"] else "the base rate alone"
    called = f", called {verdict['called']}" if verdict["called"] else ""
    word = "passed" if verdict["passed"] else "refused"
    return [
        f"{word} by {verdict['rules']} rules against {against}{called}",
        *(
            f"{one['rule']} overridden by {aws.person(one['by'])}: {one['reason']}"
            for one in verdict["overrides"]
        ),
    ]


def _release(one: Document) -> str:
    cause = f" ({one['cause']})" if one["cause"] else ""
    what = f"{one['kind']}, {one['verdict'] or one['state']}{cause}"
    return f"{_minute(one['started'])}  {one['environment']}  {what}  by {aws.person(one['by'])}"


def _pairs(values: Document | None) -> str:
    return ", ".join(f"{name} {value}" for name, value in (values or {}).items()) or "not recorded"


def _or_unknown(sha: str | None) -> str:
    return sha or "not recorded"


def _minute(at: str) -> str:
    return at[:16].replace("T", " ")


@verb("lineage", "pipeline lineage 3; pipeline lineage --data data/2013-01.parquet")
@click.argument("number", required=False, type=click.IntRange(min=1), metavar="[VERSION]")
@click.option("--data", "given", metavar="FILE_OR_SHA", help="A file, or its SHA-256: which models saw it?")
def command(number: int | None, given: str | None) -> Answer:
    """Show what made VERSION, by default the one that production serves: data, code, image, gate, releases.

    With --data the other way round: every run and version that a data file was given to. Changes nothing.
    """
    if given and number:
        raise UserError("a version and --data are two questions: leave out one of them")
    if given:
        sha = seen.sha_of(given)
        runs = seen.by(sha)
        lines = [seen.table(runs)] if runs else [f"no run was given a file of digest {sha}"]
        return Answer({"sha256": sha, "runs": runs}, lines)
    found = of(number)
    return Answer(found, [screen(found), *reach.sentences(found["left_out"])])
