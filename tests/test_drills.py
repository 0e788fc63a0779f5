"""Each drill is run once: the incident is caused, found by what the runbook says, and written down."""

import json
import subprocess
from pathlib import Path

import pytest
import running

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not running.PROC.is_dir(), reason="reads /proc"),
]

FOUND = {
    "bad-batch": ("data-refused", "`pipeline data ingest` ends with 1"),
    "silent-drift": ("model-calibration", "the alarm flight-delays-production-model-calibration"),
    "broken-column": ("model-callers", "the alarm flight-delays-production-model-callers"),
    "expensive-endpoint": ("budget", "the monitor's page"),
}


@pytest.mark.parametrize("name", list(FOUND))
def test_a_drill_ends_with_a_page_and_nothing_left(project: Path, name: str) -> None:
    """Which page, and what told of it; the postmortem is begun, and no process outlives the drill."""
    page, told = FOUND[name]
    done = subprocess.run(
        [project / ".venv" / "bin" / "pipeline", "drill", name, "--json"],
        cwd=project, capture_output=True, text=True, timeout=900,
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    said = json.loads(done.stdout)
    assert (said["page"], told in said["told"]) == (f"docs/runbook/{page}.md", True)
    assert (project / said["page"]).is_file()
    assert (project / said["postmortem"]).read_text().startswith("# ")
    assert running.left(project / "build" / "drill", within=5) == {}
