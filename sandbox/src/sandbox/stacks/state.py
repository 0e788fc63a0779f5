"""What a stack has made: one JSON file per stack, bound to the sandbox that it was made in."""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


class StateError(Exception):
    """The state cannot be used. The text is one sentence."""


@dataclass
class Made:
    """A resource that the stack has made. `protect` as the program last said."""

    urn: str
    type: str
    name: str
    id: str
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    protect: bool = False
    unfinished: bool = False  # it is there, but not as it was asked for


@dataclass
class State:
    """A stack: its resources in the order of their creation, and its outputs."""

    path: Path
    boot: str
    resources: list[Made] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)

    def save(self) -> None:
        """Write the file whole, readable by its owner only."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        new = self.path.with_suffix(".new")
        content = {
            "boot": self.boot,
            "outputs": self.outputs,
            "resources": [asdict(made) for made in self.resources],
        }
        new.touch(mode=0o600)
        new.write_text(json.dumps(content, indent=1))
        new.replace(self.path)


def load(project: str, stack: str) -> State:
    """The stack's state, empty when it has made nothing. Raises StateError for another sandbox's state."""
    folder = _folder()
    boot_file = folder / "boot"
    if not boot_file.is_file():
        raise StateError(f"no sandbox runs in {folder}: start it with `sandbox start`")
    boot, path = boot_file.read_text().strip(), folder / "stacks" / f"{project}.{stack}.json"
    if not path.is_file():
        return State(path, boot)
    content = json.loads(path.read_text())
    if content["boot"] != boot:
        raise StateError(
            f"{path} was made in a sandbox that has stopped, and all it describes with it: delete the file"
        )
    return State(path, boot, [Made(**made) for made in content["resources"]], content["outputs"])


def _folder() -> Path:
    """The sandbox's state folder."""
    if "SANDBOX_STATE" not in os.environ:
        raise StateError("SANDBOX_STATE is not set: start the sandbox and paste the exports that it prints")
    return Path(os.environ["SANDBOX_STATE"])
