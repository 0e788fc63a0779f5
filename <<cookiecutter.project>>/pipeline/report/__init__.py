"""`pipeline report`: what a pull request changes, as one Markdown comment for its reviewers."""

from pathlib import Path

import click

from pipeline import names
from pipeline.command import Answer, verb
from pipeline.errors import UserError


@verb("report", "pipeline report --out report.md --pictures pictures")
@click.option("--base", help="The commit that the change starts from. Default: where this branch left main.")
@click.option("--out", type=click.Path(path_type=Path), help="Write the comment there instead of on stdout.")
@click.option("--pictures", type=click.Path(path_type=Path), help="A folder for the pictures, as SVG.")
def command(base: str | None, out: Path | None, pictures: Path | None) -> Answer:
    """Say what a change would do to the model, as one Markdown comment for its reviewers.

    Trains here, on the data in git, and holds the model against the gate's rules and the stored metrics of
    the version that production has; without credentials, as on a fork, against the base rate. Says what the
    change does to the data, and what a merge would train and cost. What cannot be had is named, and fails
    nothing.
    """
    from pipeline.report import collect, text  # here, because polars and numpy take their time

    found = collect.collect(names.root(), base)
    drawn = found.pictures if pictures else {}
    for name, svg in drawn.items():
        _write((pictures or Path()) / name, svg)
    comment = text.render(found.parts, sorted(drawn))
    if out:
        _write(out, comment)
    verdict = found.parts.verdict if isinstance(found.parts.verdict, dict) else {}
    document = {
        "report": comment,
        "passed": verdict.get("passed"),
        "rules": verdict.get("rules", []),
        "change": found.parts.change,
        "champion": found.parts.champion,
        "merge": found.parts.merge,
        "pictures": sorted(drawn),
    }
    return Answer(document, [f"The report is in {out}."] if out else [comment], summary=comment)


def _write(path: Path, content: str) -> None:
    """Write a file and the folders above it. Raises UserError when that cannot be done."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    except OSError as error:
        raise UserError(f"{path} cannot be written ({error.strerror}): name another place") from error
