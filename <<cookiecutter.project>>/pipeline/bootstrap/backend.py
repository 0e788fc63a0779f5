"""Where the state of the project's stacks is."""

import os

from infra.policies import state
from infra.policies.documents import Place


def bucket(place: Place) -> str:
    """The bucket of Pulumi's state: the one that project.toml names, else the foundation's."""
    return state.bucket(place).rpartition(":")[2]


def url(place: Place) -> str:
    """The state as Pulumi writes it: what the shell says, else the bucket.

    https://www.pulumi.com/docs/iac/concepts/state-and-backends/#aws-s3
    """
    project = place.project
    made = f"s3://{bucket(place)}/{project.name}?region={project.region}"
    return os.environ.get("PULUMI_BACKEND_URL") or made
