"""What a verb tells the GitHub workflow that runs it: outputs of its step, the job's summary, an annotation.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands. Elsewhere nobody
listens, and nothing is written. A no leaves its reasons, as Markdown, in the step's output `why`: another
job may open an issue with them (pipeline/issue.py).
"""

import os
import sys
import uuid
from collections.abc import Mapping
from pathlib import Path

from pipeline.command import Answer
from pipeline.report.markdown import plain

ERROR, WARNING = "error", "warning"


def tell(verb: str, answer: Answer) -> None:
    """Write the answer's outputs and summary; a no and a warning become annotations."""
    said = " ".join(line for line in answer.lines if isinstance(line, str))
    if answer.summary:
        _append("GITHUB_STEP_SUMMARY", answer.summary.rstrip("\n") + "\n\n")
    if answer.warning:
        _annotate(verb, answer.warning, WARNING)
    if answer.code:
        _annotate(verb, said)
    _put({**answer.outputs, **({"why": answer.summary or plain(said)} if answer.code else {})})


def stopped(verb: str, sentence: str) -> None:
    """Say why there is no answer: as an annotation, and in the summary."""
    if _annotate(verb, sentence):
        said = f"**`{verb}` stopped:** {plain(sentence)}"
        _append("GITHUB_STEP_SUMMARY", f"{said}\n\n")
        _put({"why": said})


def run() -> str | None:
    """The page of the workflow run that this is a job of; None elsewhere."""
    where = [os.environ.get(f"GITHUB_{one}") for one in ("SERVER_URL", "REPOSITORY", "RUN_ID")]
    return "{}/{}/actions/runs/{}".format(*where) if all(where) else None


def annotation(verb: str, sentence: str, level: str = ERROR) -> str:
    """The workflow command for an error; what would end it or its properties early is escaped. Pure."""
    title = _escaped(verb, {":": "%3A", ",": "%2C"})
    return f"::{level} title={title}::{_escaped(sentence, {})}"


def _annotate(verb: str, sentence: str, level: str = ERROR) -> bool:
    """Whether a workflow listens."""
    if os.environ.get("GITHUB_ACTIONS") != "true":
        return False
    print(annotation(verb, sentence, level), file=sys.stderr)
    return True


def _put(outputs: Mapping[str, str]) -> None:
    """Each in the form that takes any text: its end is a word that nobody can foresee."""
    for name, value in outputs.items():
        end = uuid.uuid4().hex
        _append("GITHUB_OUTPUT", f"{name}<<{end}\n{value}\n{end}\n")


def _append(variable: str, text: str) -> None:
    if path := os.environ.get(variable):
        with Path(path).open("a") as file:
            file.write(text)


def _escaped(text: str, more: Mapping[str, str]) -> str:
    for character, escape in {"%": "%25", "\r": "%0D", "\n": "%0A", **more}.items():
        text = text.replace(character, escape)
    return text
