"""What a command finds in its environment: a workflow job's role and token, a person's key, or no credentials.

As on GitHub's runner, the role is not taken here: AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE say which one,
and whatever AWS client the command uses trades the token in.
"""

import os
import threading
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from typing import Any

from sandbox.rehearsal import roles
from sandbox.rehearsal.identity import Identity
from sandbox.rehearsal.roles import Administrator, Job, Who

NOBODY = {  # neither a file of this machine's user nor the machine's own role may step in
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")


class Runner:
    """Gives commands their environment. `sign` makes a token of a job's claims; tokens lie in `folder`."""

    def __init__(
        self, identity: Identity, base: Mapping[str, str], folder: Path, sign: Callable[[dict[str, Any]], str]
    ) -> None:
        self.identity, self._folder, self._sign = identity, folder, sign
        self._base = {name: value for name, value in base.items() if name not in KEYS} | NOBODY
        self._arns: dict[str, str] = {}
        self._numbers, self._lock = count(1), threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)

    def learn(self, outputs: Mapping[str, Any]) -> None:
        """Keep the roles that a stack's outputs name, as a person does in the variables of the repository."""
        before = f"{self.identity.name}-{self.identity.region}-"
        for arn in outputs.get("ci_role_arns", {}).values():
            self._arns[arn.rpartition("/")[2].removeprefix(before)] = arn

    def environment(self, who: Who) -> dict[str, str]:
        """The environment of a command of `who`. Raises LookupError for a role that no stack has put out."""
        if isinstance(who, Administrator):
            return self._base | administrator(self.identity.account(who.part))
        return self._base | (self._session(who) if who else {})

    def account(self, who: Who) -> str | None:
        """The account whose credentials `who` has."""
        return self.identity.account(who.part) if who else None

    def _session(self, job: Job) -> dict[str, str]:
        """A fresh token and the role that it is for."""
        if job.purpose not in self._arns:
            raise LookupError(f"no stack has put out the role {job.purpose}: apply the stacks first")
        with self._lock:
            file = self._folder / f"{next(self._numbers):02}-{job.purpose}"
        file.touch(mode=0o600)
        file.write_text(self._sign(roles.claims(job, self.identity)))
        return {
            "AWS_ROLE_ARN": self._arns[job.purpose],
            "AWS_WEB_IDENTITY_TOKEN_FILE": str(file),
            "AWS_ROLE_SESSION_NAME": "rehearsal",
        }


def administrator(account: str) -> dict[str, str]:
    """The key of somebody who may do everything in `account`."""
    return dict.fromkeys(KEYS, f"sandbox-{account}")
