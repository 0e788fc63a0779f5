"""Artifacts as folders of the run: what one job uploads another one downloads."""

import json
import os
import shutil
import sys
from pathlib import Path

STORE = Path(os.environ["STAND_IN_ARTIFACTS"])


def upload(inputs: dict[str, str]) -> None:
    """Copy what the paths name, below their least common folder, as the action does; empty is judged as asked."""
    lines = [line.strip() for line in inputs["path"].split("\n") if line.strip()]
    found = [path for line in lines for path in Path().glob(line)]
    files = [one for path in found for one in ([path] if path.is_file() else path.rglob("*")) if one.is_file()]
    if not files:
        sentence = f"no files were found at {inputs['path']!r}"
        kind = inputs.get("if-no-files-found", "warn")
        if kind != "ignore":
            print(f"::{'error' if kind == 'error' else 'warning'}::{sentence}")
        raise SystemExit(kind == "error")
    place = STORE / inputs["name"]
    if place.exists() and inputs.get("overwrite") != "true":
        raise SystemExit(f"there is an artifact {inputs['name']} already")
    single = found[0] if len(found) == 1 and found[0].is_dir() else None
    root = single or Path(os.path.commonpath([one.parent for one in files]))
    for file in files:
        to = place / file.relative_to(root)
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, to)


def download(inputs: dict[str, str]) -> None:
    """One artifact into `path`, or each into a folder of its name. Ends with a sentence where it is not there."""
    into = Path(inputs.get("path") or ".")
    if name := inputs.get("name"):
        if not (STORE / name).is_dir():
            raise SystemExit(f"Artifact not found for name: {name}")
        shutil.copytree(STORE / name, into, dirs_exist_ok=True)
        return
    merged = inputs.get("merge-multiple") == "true"
    for one in STORE.glob(inputs.get("pattern") or "*"):
        shutil.copytree(one, into if merged else into / one.name, dirs_exist_ok=True)


if __name__ == "__main__":
    does = upload if sys.argv[1].endswith("upload-artifact") else download
    does(json.loads(os.environ["STAND_IN_INPUTS"]))
