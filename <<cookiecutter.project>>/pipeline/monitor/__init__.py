"""`pipeline monitor`: hold what an environment is asked, and answers, against the promises of policy.toml.

A job in the registry's account reads captured requests and labels, in the image that answered them; the
verdict is drawn here, from the document that it leaves.
"""

import json
from pathlib import Path

import click

from pipeline import policy
from pipeline.canary import GUARDED
from pipeline.command import ENVIRONMENT, Answer, verb
from pipeline.monitor import measures, screen
from pipeline.monitor.look import look, unseen
from pipeline.monitor.moment import Moment
from pipeline.monitor.page import page
from pipeline.monitor.view import View


@verb("monitor", "pipeline monitor production --html build/monitor/index.html")
@ENVIRONMENT
@click.option(
    "--html",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write one page with pictures to this file, and its numbers as JSON beside it.",
)
def command(environment: str, file: Path | None) -> Answer:
    """Judge what ENVIRONMENT was asked and answered of late: drift, contract, labels, and the model's worth.

    Each promise is kept, broken, or nobody can tell. The alarms go by what it tells CloudWatch, so it exits
    with 0 whichever it is. Staging has no traffic of its own, so nobody can tell there.
    """
    if environment == GUARDED:
        view = look(environment)
        measures.publish(view)
    else:
        why = f"{environment} answers its contract test and nobody else, so there is nothing to judge"
        view = unseen(environment, policy.load(), Moment.present(), why)
    lines = screen.screen(view)
    if file:
        lines += [str(one) for one in written(view, file)]
    outputs = {"broken": " ".join(view.broken)}
    return Answer(view.json, lines, outputs=outputs, summary=screen.summary(view))


def written(view: View, file: Path) -> list[Path]:
    """Write the page, and the JSON beside it; their paths."""
    beside = file.with_suffix(".json")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(page(view))
    beside.write_text(json.dumps(view.json, indent=2) + "\n")
    return [file, beside]
