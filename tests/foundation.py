"""The foundation's program, recorded instead of applied, and what is decided within its boundary."""

import json
from collections.abc import Mapping
from typing import Any

from conftest import REPOSITORY
from sandbox.access.decision import Caller, Policies, decide
from sandbox.access.question import Question
from sandbox.stacks.recording import Recording, record

ACCOUNT, REGION = "123456789012", "eu-west-1"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/mlops-boundary"
ROLE = f"arn:aws:iam::{ACCOUNT}:role"
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def found(**config: str) -> Recording:
    """A recording of the foundation; `config` is of its own namespace."""
    settings = {f"foundation:{key}": value for key, value in config.items()}
    return record(REPOSITORY / "infra", "account", REGION, settings)


def may(foundation: Recording, action: str, resource: str, context: Mapping[str, Any] | None = None) -> bool:
    """Whether a role within the boundary may whose own policy allows it everything."""
    given = {key: (value,) if isinstance(value, str) else tuple(value) for key, value in (context or {}).items()}
    bounds = json.loads(foundation.one("Policy")["policy"])
    caller = Caller(arn=f"arn:aws:sts::{ACCOUNT}:assumed-role/any/session", account=ACCOUNT, role=f"{ROLE}/mlops/any")
    return decide(Question(action, resource, given), Policies(identity=[EVERYTHING], boundary=bounds), caller).allowed
