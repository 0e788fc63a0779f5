"""What somebody changes in a project, by what it makes anew."""

import json
from pathlib import Path

from pipeline import manifest


def read_me(project: Path) -> None:
    """What no image is made of."""
    (project / "README.md").write_text("another text")


def serve(project: Path) -> None:
    """What the serving image alone is made of."""
    (project / "serving/service.py").write_text("another server")


def tune(project: Path) -> None:
    """A hyperparameter."""
    path = project / "model/hyperparameters.toml"
    path.write_text(path.read_text().replace("depth = 4", "depth = 5"))


def pin_less(project: Path) -> None:
    """Other data: the oldest file is pinned no more."""
    document = json.loads((project / manifest.PATH).read_text())
    (project / manifest.PATH).write_text(json.dumps({**document, "files": document["files"][1:]}))
