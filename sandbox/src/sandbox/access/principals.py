"""Who calls, by the access key of a request.

`ASIA...` is a session of a role. `sandbox-222222222222` is an administrator of that account, and any other key, or
none, is one of the default account: signatures are not verified. The sandbox's own calls have a key that nobody
else knows.
"""

import re
import secrets
from dataclasses import dataclass

from sandbox.access.decision import Caller
from sandbox.access.sessions import Session, Sessions
from sandbox.credential import Credential
from sandbox.world import ACCOUNT

_ADMINISTRATOR = re.compile(r"sandbox-(\d{12})")


@dataclass(frozen=True)
class Principal:
    """Who calls. `internal`: the sandbox itself, which nobody judges; `session` is the role's, if it is one."""

    caller: Caller
    session: Session | None = None
    internal: bool = False

    @property
    def account(self) -> str:
        """The caller's account."""
        return self.caller.account

    @property
    def behalf(self) -> str:
        """What AWS took the role for, such as a training job's ARN; empty when somebody else did."""
        return self.session.behalf if self.session else ""


class Principals:
    """Tells principals apart."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._own = secrets.token_hex(16)

    def own_key(self, account: str) -> str:
        """The access key of the sandbox's own calls in `account`."""
        return f"{self._own}-{account}"

    def who(self, signed: Credential | None) -> Principal:
        """Whose request it is. Raises ApiError InvalidClientTokenId or ExpiredToken."""
        key = signed.key if signed else ""
        if signed and key.startswith("ASIA"):
            session = self._sessions.find(key, signed.token)
            return Principal(session.caller, session)
        if key.startswith(self._own):
            return Principal(root(key.rpartition("-")[2]), internal=True)
        named = _ADMINISTRATOR.fullmatch(key)
        return Principal(root(named[1] if named else ACCOUNT))


def root(account: str) -> Caller:
    """An account itself."""
    return Caller(arn=f"arn:aws:iam::{account}:root", account=account)
