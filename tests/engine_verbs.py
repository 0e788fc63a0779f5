"""The verbs of `pipeline stack`, which run the real Pulumi command, on a project in an account of its own."""

from pathlib import Path
from typing import Any

from account import HERE
from engine import QUIET
from production import Production

LONG = 900.0  # seconds for a stack, beside other tests


def attach(production: Production) -> None:
    """Have the Pulumi command find the sandbox's provider, which it starts with the credentials that it has itself."""
    account = production.account
    path = Path(account.environment["SANDBOX_STATE"]) / "bin" / "pulumi-resource-aws"
    path.write_text(f'#!/bin/sh\nexec "{account.command}" provider\n')
    path.chmod(0o755)


def stack(production: Production, *words: str, **more: str) -> dict[str, Any]:
    """Run `pipeline stack WORDS`, which must succeed, with `more` in its environment. Returns its JSON.

    The programs' own environment, which Pulumi.yaml names, is there meanwhile: it is nothing to commit.
    """
    account, its = production.account, production.project
    backend = f"s3://mlops-pulumi-state-{HERE}-{its.region}/{its.name}?region={its.region}"
    home = Path(account.environment["SANDBOX_STATE"]).parent / "pulumi"
    environment = production.workspace.folder / ".venv"
    environment.symlink_to(account.command.parent.parent)
    try:
        own = QUIET | {"PULUMI_BACKEND_URL": backend, "PULUMI_HOME": str(home)}
        ended = production.start("pipeline", "stack", *words, **own, **more).end(LONG)
    finally:
        environment.unlink()
    assert ended.code == 0, f"pipeline stack {' '.join(words)}: {ended.code}\n{ended.document}\n{ended.errors}"
    return ended.document
