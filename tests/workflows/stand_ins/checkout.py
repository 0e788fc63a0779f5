"""A checkout of something else than what the run is for, which act leaves to the action: a clone."""

import json
import os
import subprocess

inputs = json.loads(os.environ["STAND_IN_INPUTS"])
if inputs.get("repository") not in (None, "", os.environ["STAND_IN_REPOSITORY"]):
    raise SystemExit(f"no other repository can be reached: {inputs['repository']}")
folder = inputs.get("path") or "."
for words in (
    ["init", "--quiet", folder],
    ["-C", folder, "fetch", "--quiet", os.environ["STAND_IN_ROOT"], inputs.get("ref") or "HEAD"],
    ["-C", folder, "checkout", "--quiet", "--force", "FETCH_HEAD"],
):
    subprocess.run(["git", *words], check=True)
