"""Where a stack is: its program, and the backend and the key that hold its state."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

import click

from pipeline import names
from pipeline.errors import UserError

PLATFORM = "platform"
STACKS = (PLATFORM, *names.ENVIRONMENTS)
STACK = click.argument("stack", type=click.Choice(STACKS), metavar="STACK")
# the foundation's bucket, whose name has the account that also has the key
BUCKET = re.compile(r"s3://mlops-pulumi-state-(\d{12})-[^/?]+")


@dataclass(frozen=True, kw_only=True)
class Where:
    """A stack's name, the folder of its program, and the backend of its state as Pulumi's URL."""

    stack: str
    folder: Path
    backend: str

    @property
    def program(self) -> str:
        """The program: `platform`, or `service`, which has a stack for each environment."""
        return self.folder.name


def find(stack: str) -> Where:
    """Where `stack` is, by the environment's PULUMI_BACKEND_URL. Raises UserError without one."""
    project, backend = names.project(), os.environ.get("PULUMI_BACKEND_URL", "")
    if not backend:
        raise UserError(
            f"PULUMI_BACKEND_URL is not set: export it as "
            f"s3://STATE_BUCKET/{project.name}?region={project.region}, with the foundation's state_bucket"
        )
    program = PLATFORM if stack == PLATFORM else "service"
    return Where(stack=stack, folder=names.root() / "infra" / program, backend=backend)


def secrets_provider(project: names.Project, where: Where) -> str:
    """Who encrypts a new stack's secrets: PULUMI_SECRETS_PROVIDER, else the foundation's key.

    Each stack's are in a context of its own, as infra/policies/state.py grants them:
    https://www.pulumi.com/docs/iac/concepts/secrets/. Raises UserError where the account cannot be told.
    """
    if given := os.environ.get("PULUMI_SECRETS_PROVIDER"):
        return given
    bucket = BUCKET.match(where.backend)
    if not bucket:
        raise UserError(
            f"PULUMI_BACKEND_URL is {where.backend}, no foundation's bucket: write "
            f"s3://mlops-pulumi-state-ACCOUNT-REGION/{project.name}?region={project.region}, or where the "
            "state is elsewhere export PULUMI_SECRETS_PROVIDER as well"
        )
    key = f"arn:aws:kms:{project.region}:{bucket[1]}:{names.STATE_ALIAS}"
    context = f"{project.name}-{where.program}/{where.stack}"
    return f"awskms:///{key}?region={project.region}&context_stack={context}"
