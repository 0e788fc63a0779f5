"""The gate, asked again about a version: production may serve another one than it was compared with.

Everything comes from what the version says it was made of; of the tree that the verb runs in, the policy.
"""

from pipeline import aws, bucket, evaluate, gate, names, policy, registry
from pipeline import train as training
from pipeline.errors import UserError
from pipeline.progress import say
from pipeline.replay import ROLE

MADE_OF = ("train_job", "train_image", "manifest")


def ask(version: registry.Version) -> str | None:
    """Why the gate refuses a version against what production serves now; None when it does not.

    A stored verdict against the same champion is the answer. What production serves already, be it with
    another serving image, was let in before. Raises UserError when the version does not say what it is.
    """
    require_origin(version)
    caller = aws.caller()  # and not the role that it acts in
    with aws.acting(names.REGISTRY, ROLE):
        present = evaluate.champion()
        if present and present.model_data == version.model_data:
            return None
        verdict, live = gate.read(version.properties["train_job"]), evaluate.shown(present)
        if verdict is None or verdict["champion"] != live:
            say(f"gate: version {version.number} was not compared with what is live, so it is asked again")
            verdict = gate.ask(evaluate.score(of(version), present), policy.load().gate, lambda: caller)
    if verdict["passed"]:
        return None
    refused = gate.refusing(verdict)
    against = f"version {live['version']}, which production serves" if live else "the base rate"
    rules = ", ".join(rule["rule"] for rule in refused)
    return f"the gate refuses version {version.number} against {against} ({rules}): {refused[0]['next']}"


def require_origin(version: registry.Version) -> None:
    """Raise UserError when a version does not say what it was made of."""
    if missing := [name for name in MADE_OF if name not in version.properties]:
        raise UserError(
            f"version {version.number} does not say its {missing[0]}, so the gate cannot be asked about it: "
            "release a version that `pipeline register` made"
        )


def of(version: registry.Version) -> training.Candidate:
    """The candidate that a version was. Raises UserError when its manifest is gone from the bucket."""
    made = version.properties
    pinned = bucket.read(made["manifest"])
    return training.Candidate(made["train_job"], version.model_data, pinned, made["train_image"])
