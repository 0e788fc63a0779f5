"""The hourly run of the workflow `monitor`."""

from workflows import events
from workflows.act import Run
from workflows.github import NUMBERS, GitHub

# nothing was left open, nothing arrived, nothing is due
QUIET = {"staging": "success", "production": "success", "data": "success", "due": "success"}
QUIET |= {"start": "skipped", "tell": "skipped"}


def monitor(hosted: GitHub) -> Run:
    """An hour has passed."""
    return hosted.run("monitor.yml", events.schedule(), GITHUB_RUN_ID=str(next(NUMBERS)))
