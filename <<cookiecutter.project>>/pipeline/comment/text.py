"""The comment as Markdown, from what the jobs have left. Pure.

Names, sentences and differences come from outside: nothing in them ends its fence, becomes a mention, or
hides. What is too long loses differences first, then the end of the report, never what became of the jobs.
"""

from collections import Counter
from collections.abc import Mapping

from pipeline.command import Document
from pipeline.comment import idle
from pipeline.comment.parts import PREVIEW, Parts
from pipeline.comment.sticky import MARKER
from pipeline.passed import Results
from pipeline.report.markdown import code, fenced, listed, plain

LIMIT = 65_536  # characters, says GitHub's refusal: https://github.com/mshick/add-pr-comment/issues/93
LEAST = 500  # characters: a shorter piece of a difference tells nobody anything
CUT = "… cut here: the whole of it is among the run's artefacts."
BAD = {"failure": "failed", "cancelled": "was cancelled"}


def render(found: Results, parts: Parts, run: str | None) -> str:
    """The comment, at most LIMIT characters; its first line is MARKER. `run` is the workflow run's page."""
    end = f"Logs and artefacts: [this run]({run})." if run else "Logs and artefacts are with the run."
    begin = f"{MARKER}\n\n{jobs(found)}"
    spent = len(_joined([begin, "", infrastructure(found, parts.previews, 0), end]))
    report = shortened(_report(found, parts.report), LIMIT - spent)
    room = LIMIT - spent - len(report)
    return _joined([begin, report, infrastructure(found, parts.previews, room), end])


def jobs(found: Results) -> str:
    """A heading that names the jobs that failed, and below it what became of the others. Pure."""
    bad = [f"{code(name)} {BAD[one]}" for name, one in found.items() if one in BAD]
    heading = f"## This check has not passed: {', '.join(bad)}" if bad else "## This check has passed"
    lines = []
    for result, title in (("success", "Passed"), ("skipped", "Skipped")):
        if names := [name for name, one in found.items() if one == result]:
            lines.append(f"{title}: {listed(names, len(names))}.")
    return f"{heading}\n\n{' '.join(lines)}"


def infrastructure(found: Results, previews: Mapping[str, Document], room: int) -> str:
    """What a merge would change on AWS, stack by stack; `room` characters for all differences. Pure."""
    if not previews:
        skipped = found.get("preview") == "skipped"
        because = ": a pull request of a fork or a bot has no role for it, nor has a project without stacks"
        return f"## Infrastructure\n\nNothing was previewed{because if skipped else ''}."
    changing = [name for name, one in previews.items() if one.get("counts")]
    sections = [_stack(name, one, room // max(1, len(changing))) for name, one in previews.items()]
    kinds = Counter[str]()
    for one in previews.values():
        kinds.update(one.get("kinds", {}))
    cost = [idle.sentence(kinds)] if changing else []
    return "\n\n".join(["## Infrastructure", *sections, *cost])


def shortened(text: str, most: int) -> str:
    """`text`, or as many of its lines as leave room for a note within `most` characters. Pure."""
    if len(text) <= most:
        return text
    kept = text[: max(0, most - len(CUT) - 2)].rpartition("\n")[0]
    return f"{kept}\n\n{CUT}"


def _joined(sections: list[str]) -> str:
    return "\n\n".join(sections) + "\n"


def _report(found: Results, report: str | None) -> str:
    """What the job `model` has written; it could begin a comment of HTML, which hides what follows."""
    if report is None:
        return f"## No report on the model\n\nThe job {code('model')}: {found.get('model', 'unknown')}."
    return report.strip().replace("<!--", "&lt;!--")


def _stack(name: str, preview: Document, room: int) -> str:
    if "error" in preview:
        return f"{code(name)}: no preview: {plain(preview['error'])}."
    if not preview["counts"]:
        return plain(preview["sentence"]) + "."
    begin, end = "<details><summary>What changes</summary>", "</details>"
    around = len(f"{begin}\n\n\n\n{end}") + len(fenced(""))
    block = f"{begin}\n\n{fenced(shortened(preview['text'], room - around))}\n\n{end}"
    if room < LEAST or len(block) > room:
        block = (
            f"The difference is too long for a comment: it is the artefact {code(PREVIEW + name)} of the run."
        )
    return f"{plain(preview['sentence'])}.\n\n{block}"
