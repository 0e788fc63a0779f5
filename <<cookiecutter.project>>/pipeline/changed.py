"""`pipeline changed`: is there anything left for `retrain` to do? Asked before anything slow, without Docker.

What would be trained and served is named by content: training image, data and hyperparameters are the
training job's name, the sources of the serving image its tag. So it is enough to look the names up.
"""

from dataclasses import dataclass
from pathlib import Path

from pipeline import evaluate, gate, image, jobs, names, newest, policy, registry, settings, train
from pipeline.command import Answer, Document, verb
from pipeline.report.markdown import plain
from pipeline.sections import Gate


@dataclass(frozen=True, kw_only=True)
class Found:
    """What the account has of what this tree would train and serve.

    `status` is that of the training job, None where there is none; `last` the newest version, whatever it is
    made of; `complete` whether the registration of `version` came to its end; `refusing` the rules by which
    the gate still refuses the model.
    """

    job: str
    manifest: str
    train_image: str | None = None
    status: str | None = None
    last: registry.Version | None = None
    image: str | None = None
    version: registry.Version | None = None
    complete: bool = False
    refusing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Decision:
    """Whether there is something to do, and the sentence that says why."""

    changed: bool
    sentence: str


def decide(found: Found) -> Decision:
    """Whether anything is left to do. Pure."""
    if found.status is None:
        return Decision(True, f"`{found.job}` is not trained; {news(found)}")
    if found.status != "Completed":
        return Decision(True, f"`{found.job}` is being trained")
    if found.version:
        return _known(found, found.version)
    if found.refusing:
        return Decision(
            False,
            f"the gate refused `{found.job}` ({', '.join(found.refusing)}), and neither the model nor "
            "policy.toml nor what production serves has changed since",
        )
    if found.image is None:
        return Decision(True, f"`{found.job}` is trained, and its serving image is not built")
    return Decision(True, f"`{found.job}` is trained, and no version is this model with this serving image")


def _known(found: Found, version: registry.Version) -> Decision:
    """The same where this model with this serving image is a version."""
    if not found.complete and version.status != "Rejected":
        return Decision(True, f"version {version.number} is `{found.job}`, and was not wholly registered")
    because = f": {version.status_reason}" if version.status_reason else ""
    at = f"was rejected{because}" if version.status == "Rejected" else f"is at stage {version.stage}"
    return Decision(
        False,
        f"version {version.number} is `{found.job}` (the same training image, data and hyperparameters) with "
        f"the same serving image, and {at}",
    )


def news(found: Found) -> str:
    """What is other than in the newest version, as far as that says what it was made of. Pure."""
    if found.last is None:
        return "nothing was registered before"
    now = {"train_image": found.train_image, "manifest": found.manifest}
    titles = {"train_image": "the training image", "manifest": "the data"}
    other = [titles[name] for name, value in now.items() if found.last.properties.get(name) != value]
    said = " and ".join(other) or "the hyperparameters, or its model is gone from the bucket"
    return f"other than in version {found.last.number}: {said}"


def look(root: Path) -> Found:
    """Look up what is there; starts and changes nothing. Raises UserError as the verbs of a retrain do."""
    bounds, data = policy.load(root).gate, newest.foreseen(root)
    content = train.name_digest(image.tag(root, "train"), data.sha256, train.hyperparameters(root))
    name, there = jobs.newest(jobs.TRAINING, content, train.has_model)
    described = (jobs.describe(jobs.TRAINING, name) if there else None) or {}
    status, group = described.get("TrainingJobStatus"), settings.registry().model_package_group
    if status != "Completed":
        last = next(registry.versions(group), None)
        return Found(
            job=name, manifest=data.sha256, train_image=image.find("train"), status=status, last=last
        )
    model_data, serving = described["ModelArtifacts"]["S3ModelArtifacts"], image.find("serve")
    version = registry.find(group, model_data, serving) if serving else None
    return Found(
        job=name,
        manifest=data.sha256,
        status=status,
        image=serving,
        version=version,
        complete=version is not None and complete(version),
        refusing=() if version else refusing(name, bounds),
    )


def complete(version: registry.Version) -> bool:
    """Whether both images have the tag that spares them, which `pipeline register` gives them last."""
    images = (version.image, version.properties.get("train_image"))
    return all(one and image.kept(one, f"registered-{version.number}") for one in images)


def refusing(job: str, bounds: Gate) -> tuple[str, ...]:
    """The rules by which the gate has refused a job's model and would again; none where it is to be asked."""
    verdict = gate.read(job)
    if verdict is None or verdict["passed"]:
        return ()
    if verdict["champion"] != evaluate.shown(evaluate.champion()):
        return ()
    return tuple(gate.again(verdict, bounds))


@verb("changed", "pipeline changed --json")
def command() -> Answer:
    """Say whether `retrain` has anything to do: is there a version of what this tree would train and serve?

    Compares training image, data, hyperparameters and serving image with what is registered, and with what
    the gate has refused by the same rules against the same champion. Looks only; for a workflow the outputs
    are `changed` (true or false) and `version` (registered, and no release has begun with it).
    """
    found = look(names.root())
    decision = decide(found)
    said = "There is something to do" if decision.changed else "Nothing has changed"
    document: Document = {
        "changed": decision.changed,
        "why": decision.sentence,
        "job": found.job,
        "manifest": found.manifest,
        "image": found.image,
        "version": found.version.number if found.version else None,
    }
    # what is to be done ends with `pipeline register`, which names the version itself
    waits = not decision.changed and found.version and registry.unreleased(found.version)
    outputs = {
        "changed": str(decision.changed).lower(),
        "version": str(found.version.number) if waits and found.version else "",
    }
    summary = f"**{said}**: {plain(decision.sentence)}."
    return Answer(document, [f"{said}: {decision.sentence}."], outputs=outputs, summary=summary)
