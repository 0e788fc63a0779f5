"""The state folder: whose it is, and why it cannot be resumed."""

import secrets
from pathlib import Path

BOOT = "boot"


class Stale(Exception):
    """The folder belongs to another boot."""


def claim(folder: Path) -> str:
    """Make `folder` this boot's, and return the boot's id. Raises Stale when something lies in it."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise Stale(
            f"state of an earlier sandbox lies in {folder}; it cannot be resumed because the account was in "
            "memory: delete the folder or choose another with --state"
        )
    boot = secrets.token_hex(8)
    (folder / BOOT).write_text(boot + "\n")
    return boot
