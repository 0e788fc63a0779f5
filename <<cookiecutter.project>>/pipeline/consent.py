"""Who let a release into its environment, as `pipeline approval` writes it and the ledger keeps it."""

import json
from collections.abc import Sequence
from pathlib import Path

from pipeline import workflow
from pipeline.command import Document
from pipeline.errors import UserError
from pipeline.sections import BY_HAND, REVIEWERS

NONE, VERB = "none", "verb"  # nobody was asked; a person ran the verb, without a workflow
WORDS = {
    REVIEWERS: "approved by {by}",
    BY_HAND: "started by hand by {by}",
    VERB: "released by {by} without a workflow",
}


def of(environment: str, form: str, by: Sequence[str] = ()) -> Document:
    """One approval; `run` is the page of the workflow run, None where there is none."""
    return {"environment": environment, "form": form, "by": list(by), "run": workflow.run()}


def read(path: Path, environment: str) -> Document:
    """What `pipeline approval` has written. Raises UserError when it is no approval of `environment`."""
    again = f"write one with `pipeline approval {environment} --granted --out {path}`"
    try:
        found = json.loads(path.read_text())
        form, by, where = found["form"], found["by"], found["environment"]
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path} is no approval: {again}") from error
    if where != environment or (form != NONE and not (form in WORDS and by)):
        raise UserError(f"{path} is no approval of {environment}: {again}")
    return {"environment": where, "form": form, "by": by, "run": found.get("run")}


def added(held: Sequence[Document], one: Document | None) -> list[Document]:
    """The approvals of a release with one more, if it is new. Pure."""
    return [*held, *([one] if one and one not in held else [])]


def words(held: Sequence[Document]) -> str:
    """Who let a release go on and in which form; empty where nobody was asked. Pure."""
    told = [WORDS[one["form"]].format(by=" and ".join(one["by"])) for one in held if one.get("form") in WORDS]
    return ", ".join(dict.fromkeys(told))
