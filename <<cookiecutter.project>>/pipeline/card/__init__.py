"""`pipeline card`: what a model is for, what it was made of, what it achieves and where it ends.

`register` writes it into the bucket and onto the version; this verb shows one that was written, or what the
candidate of the present tree would get.
"""

from pathlib import Path

import click

from pipeline import aws, gate, names, policy, record, registry, settings
from pipeline import train as training
from pipeline.card import content, owner, page
from pipeline.card.facts import Facts
from pipeline.command import Answer, Document, verb
from pipeline.errors import UserError

PREFIX = "cards/"
KINDS = {".md": "text/markdown; charset=utf-8", ".svg": "image/svg+xml"}


def facts(run: Document, verdict: Document) -> Facts:
    """The facts of a candidate, from its record and the gate's verdict. Raises UserError."""
    root, project = names.root(), names.project()
    return Facts(project.name, project.description, owner.read(root), run, verdict, policy.load().gate)


def keep(found: Facts) -> str:
    """Write the card and its pictures into the bucket; returns the card's URI."""
    bucket, folder = settings.storage().bucket, f"{PREFIX}{found.run['candidate']}"
    for name, text in page.files(found).items():
        kind = KINDS[Path(name).suffix]
        aws.client("s3").put_object(
            Bucket=bucket, Key=f"{folder}/{name}", Body=text.encode(), ContentType=kind
        )
    return f"s3://{bucket}/{folder}/card.md"


def for_package(found: Facts, card: str, by: str) -> Document:
    """The ModelCard of a CreateModelPackage request: whoever registers has approved it."""
    bucket, job = settings.storage().bucket, found.run["candidate"]
    here = f"arn:aws:sagemaker:{names.project().region}:{aws.account()}"
    places = {
        "card": card,
        "record": f"s3://{bucket}/{record.key(job)}",
        "data": f"s3://{bucket}/data/manifests/{found.run['manifest']}/manifest.json",
        "evaluation": found.verdict["evaluation_uri"],
        "job": f"{here}:training-job/{job}",
        "by": by,
    }
    return {"ModelCardContent": content.text(found, places), "ModelCardStatus": "Approved"}


def written(number: int) -> dict[str, str]:
    """The files of a version's card, as they were written. Raises UserError when it has none."""
    version = registry.get(settings.registry().model_package_group, number)
    bucket, folder = settings.storage().bucket, f"{PREFIX}{version.properties.get('train_job', '')}/"
    listed = aws.pages("s3", "list_objects_v2", "Contents", Bucket=bucket, Prefix=folder)
    files = {}
    for one in listed:
        body = aws.client("s3").get_object(Bucket=bucket, Key=one["Key"])["Body"].read()
        files[one["Key"].removeprefix(folder)] = body.decode()
    if "card.md" not in files:
        raise UserError(
            f"version {number} has no card in the bucket: it was registered before there were any"
        )
    return files


def present() -> dict[str, str]:
    """The files of the card that the present tree's candidate would get. Raises UserError."""
    job = training.candidate().job
    run, verdict = record.read(job), gate.read(job)
    if run is None or verdict is None:
        raise UserError("this candidate has not been judged, and a card tells of that: run `pipeline gate`")
    return page.files(facts(run, verdict))


@verb("card", "pipeline card 3 --to build/card")
@click.argument("number", required=False, type=click.IntRange(min=1), metavar="[VERSION]")
@click.option(
    "--to", "folder", type=click.Path(file_okay=False, path_type=Path), help="Write it there, with pictures."
)
def command(number: int | None, folder: Path | None) -> Answer:
    """Show the model card of VERSION as it was written when it was registered.

    Without VERSION the card that the candidate of the present tree would get, for who edits model/card.md.
    """
    files = written(number) if number else present()
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / name).write_text(text)
    lines = [f"{folder / name}" for name in files] if folder else [files["card.md"].rstrip()]
    return Answer({"card": files["card.md"], "files": sorted(files)}, lines)
