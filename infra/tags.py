"""What every resource is tagged with."""

import subprocess
from pathlib import Path

import pulumi

PROJECT = "mlops-foundation"


def tags(owner: str) -> dict[str, str]:
    """`commit` is the one of this clone that a resource was made from; `none` where there is no git."""
    try:
        done = subprocess.run(
            ["git", "rev-parse", "HEAD"],  # noqa: S607  the user's own git
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=True,
        )
        commit = done.stdout.strip()
    except (FileNotFoundError, subprocess.CalledProcessError):
        commit = "none"
    return {"project": PROJECT, "environment": "account", "owner": owner, "commit": commit}


def keep_commit(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult:
    """Leave the tag `commit` of what exists: it would make every clone a change of every resource."""
    own = pulumi.ResourceOptions(ignore_changes=['tags["commit"]'])
    opts = pulumi.ResourceOptions.merge(args.opts, own) if "tags" in args.props else args.opts
    return pulumi.ResourceTransformationResult(args.props, opts)
