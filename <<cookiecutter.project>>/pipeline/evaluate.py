"""`pipeline evaluate`: candidate and champion scored on the same frozen rows, each in its own image."""

from dataclasses import dataclass
from typing import Any

from model.metrics import METRICS
from pipeline import (
    aws,
    canary,
    comparison,
    digest,
    endpoint,
    jobs,
    manifest,
    names,
    processing,
    registry,
    settings,
    table,
)
from pipeline import train as training
from pipeline.command import Answer, Document, verb
from pipeline.errors import UserError

ENTRYPOINT = ["python", "-m", "model.evaluate"]


@dataclass(frozen=True)
class Champion:
    """What production serves."""

    version: int
    name: str
    model_data: str
    train_image: str


@dataclass(frozen=True)
class Evaluated:
    """Both evaluation documents; champion's are None before the first release."""

    candidate: training.Candidate
    champion: Champion | None
    documents: dict[str, Document | None]
    uri: str

    @property
    def document(self) -> Document:
        """The verb's JSON."""
        return {
            "candidate": self.candidate.job,
            "champion": shown(self.champion),
            "evaluations": self.documents,
        }


def shown(champion: Champion | None) -> Document | None:
    """The champion as the verbs print it."""
    return {"version": champion.version, "name": champion.name} if champion else None


def serves(champion: Champion | None, candidate: training.Candidate) -> bool:
    """Whether what production serves is the candidate itself."""
    return champion is not None and champion.model_data == candidate.model_data


def champion() -> Champion | None:
    """What production serves, as its own account shows it; None before the first release.

    Raises UserError when production has no service stack yet, or serves what is not in the registry, or was
    put there by hand.
    """
    look = aws.observer(canary.GUARDED)
    if look is None:
        raise UserError(
            "this role cannot see what production serves: apply the service stack of production first "
            "(infra/service), which makes the role to look with"
        )
    served = endpoint.served(names.endpoint(names.project(), canary.GUARDED), look)
    if served is None:
        return None
    version = registry.find(settings.registry().model_package_group, served.model_data, served.image)
    if version is None:
        raise UserError(
            f"production serves the model {served.name}, which the registry does not know: "
            "release a registered version"
        )
    if "train_image" not in version.properties:
        raise UserError(
            f"production serves version {version.number}, which does not say in which image to evaluate it: "
            "release a version that `pipeline register` made"
        )
    return Champion(version.number, served.name, version.model_data, version.properties["train_image"])


def evaluate() -> Evaluated:
    """The candidate of the present tree and what production serves. Raises UserError as both do."""
    return score(training.candidate(), champion())


def score(candidate: training.Candidate, present: Champion | None) -> Evaluated:
    """Run or attach to both jobs, wait for them, and read back what they wrote; on the candidate's rows."""
    bucket = settings.storage().bucket
    models = {"candidate": (candidate.model_data, candidate.train_image)}
    if present:
        models["champion"] = (present.model_data, present.train_image)
    started = {role: _start(uri, image, candidate.manifest) for role, (uri, image) in models.items()}
    documents: dict[str, Document | None] = {"candidate": None, "champion": None}
    for role, name in started.items():
        jobs.wait(jobs.PROCESSING, name)
        documents[role] = jobs.left(bucket, _key(name))
    return Evaluated(candidate, present, documents, f"s3://{bucket}/{_key(started['candidate'])}")


def request(
    name: str,
    model_data: str,
    image: str,
    pinned: manifest.Manifest,
    job: settings.Job,
    storage: settings.Storage,
) -> dict[str, Any]:
    """A CreateProcessingJob request: one model, the pinned files, no network, one document out."""
    inputs = {"model": (model_data, "S3Prefix"), "data": (pinned.uri(storage.bucket), "ManifestFile")}
    return processing.request(name, image, ENTRYPOINT, inputs, f"evaluations/{name}", job, storage)


def name_digest(model_data: str, manifest_sha: str, image: str) -> str:
    """What an evaluation's name stands for."""
    return digest.of("evaluate", model_data, manifest_sha, image)


def _start(model_data: str, image: str, pinned: manifest.Manifest) -> str:
    """The name of a job that runs or has run for this model and this data."""
    storage = settings.storage()

    def asked(name: str) -> dict[str, Any]:
        return request(name, model_data, image, pinned, settings.job("evaluate"), storage)

    content = name_digest(model_data, pinned.sha256, image)
    return processing.start(jobs.PROCESSING, content, storage.bucket, _key, asked)


def _key(name: str) -> str:
    return f"evaluations/{name}/evaluation.json"


def side_by_side(documents: dict[str, Document | None]) -> Document:
    """Every metric of candidate, champion and base rate, with the interval of the difference."""
    return table.comparison(comparison.Comparison(documents["candidate"] or {}, documents["champion"]))


@verb("evaluate", "pipeline evaluate --json")
def command() -> Answer:
    """Score the candidate of the present tree, and what production serves, on the same frozen rows.

    Two processing jobs run side by side, each in the image that its model was trained in.
    """
    done = evaluate()
    compared = side_by_side(done.documents)
    rows = comparison.rows_of(done.documents["candidate"] or {})
    lines = [table.metrics(compared), f"{done.candidate.job} on {rows}"]
    return Answer({**done.document, "comparison": compared}, lines, summary=summary(compared, done.champion))


def summary(compared: Document, champion: Champion | None) -> str:
    """Every metric of the candidate, and in brackets of what it is compared with. Pure."""
    whose, key = (f"version {champion.version}", "champion") if champion else ("the base rate", "baseline")
    numbers = [
        f"{METRICS[name].title} {table.shown(one['candidate'])} ({table.shown(one[key])})"
        for name, one in compared.items()
    ]
    return f"**evaluate**: {', '.join(numbers)}; in brackets {whose}, on the same rows."
