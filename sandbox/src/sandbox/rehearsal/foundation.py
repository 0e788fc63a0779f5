"""The account foundation beside the project's copy, with the stacks' settings that an account's owner writes."""

import shutil
from pathlib import Path

from sandbox.rehearsal.identity import REGISTRY, Identity
from sandbox.stacks import command


def stack(part: str) -> str:
    """The foundation's stack for the account of `part`."""
    return "account" if part == REGISTRY else part


def settings(part: str, identity: Identity) -> str:
    """The stack's Pulumi.STACK.yaml: the registry's account keeps the state of all, the others make none."""
    if part != REGISTRY:
        return "config:\n  foundation:state: skip\n"
    members = [account for account in identity.distinct() if account != identity.account(REGISTRY)]
    return f"config:\n  foundation:member_accounts: {members}\n" if members else "config: {}\n"


def write(folder: Path, identity: Identity) -> None:
    """Copy the program that the sandbox carries into `folder`, with a settings file for each account's stack."""
    shutil.copytree(command.foundation(), folder, ignore=shutil.ignore_patterns("__pycache__"))
    for part in identity.distinct().values():
        folder.joinpath(f"Pulumi.{stack(part)}.yaml").write_text(settings(part, identity))
