"""What the jobs of a check have left for its comment, each in the folder of its artefact."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from pipeline import names
from pipeline.command import Document
from pipeline.errors import UserError

REPORT = "report"  # the artefact of the job `model`; in it report.md
PREVIEW = "preview-"  # and the stack: the artefact of a leg of the job `preview`; in it preview.json


@dataclass(frozen=True)
class Parts:
    """The report as Markdown, None where there is none, and each preview by its stack.

    A preview is the document that `pipeline stack preview --out` writes: `sentence`, `counts` by
    operation, `kinds` and `text`, or `error`. Platform comes first, then the environments in their order.
    """

    report: str | None = None
    previews: dict[str, Document] = field(default_factory=dict)


def read(folder: Path) -> Parts:
    """What lies in `folder`; a job that left nothing has no part. Raises UserError for a broken file."""
    report = folder / REPORT / "report.md"
    previews = {}
    for stack in map(names.stack, (names.REGISTRY, *names.ENVIRONMENTS)):
        path = folder / f"{PREVIEW}{stack}" / "preview.json"
        try:
            if path.is_file():
                previews[stack] = json.loads(path.read_text())
        except ValueError as error:
            raise UserError(f"{path} is no JSON: write it with `pipeline stack preview … --out`") from error
    return Parts(report.read_text() if report.is_file() else None, previews)
