"""Sessions of roles: temporary credentials, whose keys begin with ASIA.

A session lasts as many seconds of the wall clock as were asked for, whatever the speed of AWS's time: the
program that holds it computes at its own pace and would see an hour end within a minute.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp.html
"""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from sandbox.access.decision import Caller
from sandbox.world import ApiError


@dataclass(frozen=True, kw_only=True)
class Session:
    """One session of the role `role` (its ARN). `expires` is a stamp; `behalf` is what AWS took the role for."""

    role: str
    role_id: str
    name: str
    expires: float
    behalf: str = ""
    key: str = field(default_factory=lambda: "ASIA" + secrets.token_hex(8).upper())
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(30), repr=False)
    token: str = field(default_factory=lambda: secrets.token_urlsafe(120), repr=False)

    @property
    def account(self) -> str:
        """The role's account."""
        return self.role.split(":")[4]

    @property
    def arn(self) -> str:
        """The session's own ARN, which has the role's name without its path."""
        return f"arn:aws:sts::{self.account}:assumed-role/{self.role.rpartition('/')[2]}/{self.name}"

    @property
    def caller(self) -> Caller:
        """Who asks, in this session."""
        return Caller(arn=self.arn, account=self.account, role=self.role)

    @property
    def expiration(self) -> datetime:
        """When it ends, as STS answers it."""
        return datetime.fromtimestamp(self.expires, UTC)


class Sessions:
    """All sessions of all accounts, by access key."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._sessions: dict[str, Session] = {}

    def begin(self, *, role: str, role_id: str, name: str, seconds: float, behalf: str = "") -> Session:
        """A new session."""
        expires = self._now() + seconds
        session = Session(role=role, role_id=role_id, name=name, expires=expires, behalf=behalf)
        self._sessions[session.key] = session
        return session

    def of(self, caller: Caller) -> Session | None:
        """The newest session whose ARN a caller has."""
        return next((each for each in reversed(self._sessions.values()) if each.arn == caller.arn), None)

    def expire(self, fits: Callable[[Session], bool]) -> int:
        """End the sessions that fit, and that no service took; how many these are."""
        ended = [each for each in list(self._sessions.values()) if not each.behalf and fits(each)]
        for session in ended:
            self._sessions[session.key] = replace(session, expires=self._now())
        return len(ended)

    def find(self, key: str, token: str) -> Session:
        """The session of a key. Raises ApiError InvalidClientTokenId (unknown, or not its token), ExpiredToken."""
        session = self._sessions.get(key)
        if session is None or not secrets.compare_digest(session.token.encode(), token.encode()):
            raise ApiError("InvalidClientTokenId", "The security token included in the request is invalid.", 403)
        if self._now() >= session.expires:
            raise ApiError("ExpiredToken", "The security token included in the request is expired", 403)
        return session
