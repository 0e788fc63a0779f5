"""The issuer of web identity tokens, which looks like GitHub's: a key of its own, and GitHub's claims.

https://docs.github.com/actions/reference/openid-connect-reference has the claims. The subject has the context
that fits first: an environment, a pull request, a ref. Repositories that were created, renamed or transferred
after 2026-07-15 have their own and their owner's number in it (GitHub's changelog of 2026-04-23).
"""

import time
import uuid
import zlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

ISSUER = "https://token.actions.githubusercontent.com"
AUDIENCE = "sts.amazonaws.com"
LIFETIME = 300  # seconds of the wall clock; the token is for the one call that trades it in
FILE = "issuer.pem"


@dataclass(frozen=True, kw_only=True)
class Job:
    """A workflow's job. The two numbers are 0 for a repository whose subjects have none.

    A pull request from a fork runs in the repository that it is for; GitHub gives it a token only where a private
    repository sends write tokens to pull requests
    (https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#permissions).
    """

    repository: str
    ref: str = "refs/heads/main"
    environment: str = ""
    event: str = "push"
    workflow: str = "check.yml"
    owner_id: int = 0
    repository_id: int = 0

    @property
    def subject(self) -> str:
        """The `sub` claim."""
        owner, _, name = self.repository.partition("/")
        numbered = self.owner_id and self.repository_id
        whose = f"{owner}@{self.owner_id}/{name}@{self.repository_id}" if numbered else self.repository
        if self.environment:
            return f"repo:{whose}:environment:{self.environment}"
        return f"repo:{whose}:pull_request" if self.event == "pull_request" else f"repo:{whose}:ref:{self.ref}"


def claims(job: Job, audience: str = AUDIENCE, *, now: float) -> dict[str, Any]:
    """All claims of a job's token. Numbers that the job does not give are made of the names; commits are zeros."""
    owner = job.repository.partition("/")[0]
    at = f"{job.repository}/.github/workflows/{job.workflow}@{job.ref}"
    pulled = {"base_ref": "main", "head_ref": "change"} if job.event == "pull_request" else {}
    named = {"environment": job.environment} if job.environment else {}
    commit = "0" * 40
    return {
        "iss": ISSUER, "sub": job.subject, "aud": audience, "jti": str(uuid.uuid4()),
        "iat": int(now), "nbf": int(now) - 5, "exp": int(now) + LIFETIME,
        "repository": job.repository, "repository_id": str(job.repository_id or _number(job.repository)),
        "repository_owner": owner, "repository_owner_id": str(job.owner_id or _number(owner)),
        "repository_visibility": "private", "ref": job.ref, "ref_type": "branch",
        "ref_protected": str(job.ref == "refs/heads/main").lower(), "sha": commit, "event_name": job.event,
        "workflow": job.workflow.partition(".")[0], "workflow_ref": at, "workflow_sha": commit,
        "job_workflow_ref": at, "job_workflow_sha": commit, "run_id": "1", "run_number": "1", "run_attempt": "1",
        "runner_environment": "github-hosted", "actor": owner, "actor_id": str(_number(owner)),
        "base_ref": "", "head_ref": "", **pulled, **named,
    }  # fmt: skip


def _number(name: str) -> int:
    return zlib.crc32(name.encode())


@dataclass(frozen=True)
class Issuer:
    """Who signs tokens, with the RSA key that lies in `folder`."""

    key: rsa.RSAPrivateKey

    @classmethod
    def found(cls, folder: Path) -> "Issuer":
        """A new issuer, whose key is written into `folder` for `read`."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        file = folder / FILE
        file.touch(mode=0o600)
        file.write_bytes(key.private_bytes(*form))
        return cls(key)

    @classmethod
    def read(cls, folder: Path) -> "Issuer":
        """The issuer of the sandbox whose state is in `folder`. Raises OSError."""
        key = serialization.load_pem_private_key((folder / FILE).read_bytes(), None)
        assert isinstance(key, rsa.RSAPrivateKey)  # noqa: S101
        return cls(key)

    @cached_property
    def public_key(self) -> rsa.RSAPublicKey:
        """What a token's signature is checked with."""
        return self.key.public_key()

    def token(self, job: Job, audience: str = AUDIENCE, *, now: float | None = None) -> str:
        """A signed token of a job."""
        stamp = time.time() if now is None else now
        return jwt.encode(claims(job, audience, now=stamp), self.key, algorithm="RS256", headers={"kid": "sandbox"})
