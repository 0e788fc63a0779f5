"""What a preview, an up or a look for drift found, as a JSON document and as Markdown. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.report.markdown import fenced
from pipeline.stack import steps
from pipeline.stack.engine import Event
from pipeline.stack.steps import Step

WOULD = {
    "create": "to create",
    "update": "to update",
    "delete": "to delete",
    "replace": "to replace",
    "import": "to import",
    "import-replacement": "to replace by import",
}
DID = {
    "create": "created",
    "update": "updated",
    "delete": "deleted",
    "replace": "replaced",
    "import": "imported",
    "import-replacement": "replaced by import",
}
MOST_LINES = 120  # a stack's; the issue of three reaches the shell as one variable, of 128 KiB at most


def document(
    stack: str, found: Sequence[Step], events: Sequence[Event], words: Mapping[str, str]
) -> dict[str, Any]:
    """`stack`, `counts` by operation, `kinds` (how many more of a type), `unchanged`, `sentence`, `text`.

    `text` is the difference, `markdown` all of it.
    """
    counts, unchanged = steps.counts(found), steps.unchanged(events)
    said = ", ".join(f"{count} {words[operation]}" for operation, count in counts.items()) or "no changes"
    sentence = f"{stack}: {said}, {unchanged} unchanged"
    text = shortened("\n".join(step.text for step in found))
    return {
        "stack": stack,
        "counts": counts,
        "kinds": steps.kinds(found),
        "unchanged": unchanged,
        "sentence": sentence,
        "text": text,
        "markdown": f"**Stack {sentence}**\n" + (f"\n{fenced(text)}\n" if text else ""),
    }


def shortened(text: str) -> str:
    """At most so many lines; the last says how many are left out."""
    lines = text.splitlines()
    if len(lines) <= MOST_LINES:
        return text
    return "\n".join((*lines[:MOST_LINES], f"… and {len(lines) - MOST_LINES} lines more"))


def plain(text: str) -> Any:
    """`text` as it is, for a screen; an annotation leaves it out."""
    from rich.text import Text

    return Text(text)
