"""The rehearsal can fail: with one thing taken out of the account or of the project, it names the step that shows it.

The product has no switch for this. What is to be taken out is replaced in a copy of the package, and the copy
lies on PYTHONPATH, which goes before what is installed, in every process that the rehearsal starts.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest
import running

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not running.PROC.is_dir(), reason="reads /proc"),
]


class Sabotage(NamedTuple):
    """`old` is replaced by `new` in a file of a package; then `step` must fail, and `reason` be part of its reason.

    The last release says `verdict`; `live` tells whether what it asked for is live, or is None where there is none.
    """

    what: str
    package: str
    file: str
    old: str
    new: str
    step: str
    reason: str
    live: bool | None = True
    verdict: str = "promoted"


SABOTAGES = (
    Sabotage(
        "alarms are never evaluated",
        "sandbox",
        "alarms.py",
        "    threading.Thread(target=watch, args=(world,), daemon=True).start()\n",
        "",
        "refresh",
        "`pipeline release production` ended with 20 instead of 0",
        live=False,
        verdict="failed",
    ),
    Sabotage(
        "weights are ignored, the first instance answers",
        "sandbox",
        "routing.py",
        "at = bisect_right(self._bounds, draw * self._bounds[-1])",
        "at = 0",
        "refresh",
        "it gets no traffic",
        live=False,
        verdict="rolled_back",
    ),
    Sabotage(
        "every rule of the gate passes",
        "pipeline",
        "rules.py",
        "bool(passed)",
        "True",
        "damaged-labels",
        "`pipeline gate` ended with 0 instead of 1",
    ),
    Sabotage(
        "InService is taken for promoted, whichever configuration serves",
        "pipeline",
        "verdict.py",
        'status == "InService" and config == asked',
        'status == "InService"',
        "bad-release",
        "`pipeline release production` ended with 0 instead of 10",
        live=False,
    ),
    Sabotage(
        "the monitor takes every promise for kept",
        "pipeline",
        "monitor/worth.py",
        "    if worse.low > bound:\n",
        "    if False:\n",
        "renewal",
        "calibration is kept, not broken",
    ),
    Sabotage(
        "a cause is never claimed, so one alarm starts two retrains",
        "pipeline",
        "due/triggers.py",
        "    return made if objects.write(key(cause.digest), encode(made), unchanged) else None\n",
        "    return made\n",
        "renewal",
        "a second retrain was started",
    ),
    Sabotage(
        "the role that releases may not create configurations",
        "infra",
        "policies/releases.py",
        '        allow(["sagemaker:CreateEndpointConfig"], configurations, **plain),\n',
        "",
        "first-release",
        "is not authorized to perform: sagemaker:CreateEndpointConfig",
        live=None,
    ),
    Sabotage(
        "no container may write its log, and none says so",
        "infra",
        "policies/jobs.py",
        '["logs:CreateLogStream", "logs:PutLogEvents"]',
        '["logs:CreateLogStream"]',
        "data",
        "may not logs:PutLogEvents",
        live=None,
    ),
)


@pytest.mark.parametrize("sabotage", SABOTAGES, ids=lambda sabotage: sabotage.what)
def test_rehearsal_fails_at_the_step(project: Path, tmp_path: Path, sabotage: Sabotage) -> None:
    """It exits with 1, exactly the step that is about what is missing has failed, and stdout names it."""
    overlay, out = tmp_path / "overlay", tmp_path / "out"
    take_out(sabotage, project, overlay)

    done = rehearse(project, overlay, out)

    record = json.loads((out / "rehearsal.json").read_text())
    failed = {step["name"]: step["reason"] for step in record["steps"] if not step["ok"]}
    assert [sabotage.step] == list(failed), f"{failed}\n{done.stdout}\n{done.stderr}"
    assert sabotage.reason in failed[sabotage.step]
    released = [(one["verdict"], one["config_asked"] == one["config_after"]) for one in record["releases"]]
    assert released[-1:] == ([] if sabotage.live is None else [(sabotage.verdict, sabotage.live)])
    assert (done.returncode, record["ok"]) == (1, False)
    assert [sabotage.step] == [line.split()[3].rstrip(":") for line in done.stdout.splitlines() if line[:1] == "✗"]
    assert running.left(tmp_path, within=5) == {}


def take_out(sabotage: Sabotage, project: Path, overlay: Path) -> None:
    """Copy the package that `project` runs into `overlay`, with the replacement made."""
    [installed] = (project / ".venv" / "lib").glob("python3*/site-packages")
    source = {"sandbox": installed, "pipeline": project, "infra": project}[sabotage.package] / sabotage.package
    shutil.copytree(source, overlay / sabotage.package, ignore=shutil.ignore_patterns("__pycache__"))
    file = overlay / sabotage.package / sabotage.file
    text = file.read_text()
    assert text.count(sabotage.old) == 1, f"{sabotage.old!r} must occur once in {sabotage.file}"
    file.write_text(text.replace(sabotage.old, sabotage.new))


def rehearse(project: Path, overlay: Path, out: Path) -> subprocess.CompletedProcess[str]:
    """Rehearse `project` with the packages of `overlay` before the installed ones."""
    return subprocess.run(
        [project / ".venv" / "bin" / "sandbox", "rehearse", "--project", project, "--out", out],
        env=os.environ | {"PYTHONPATH": str(overlay)},
        capture_output=True,
        text=True,
        timeout=900,
    )
