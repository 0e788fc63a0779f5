"""What Pulumi failed with, as one sentence that says what to do. Pure.

Pulumi has no codes for these: its own Automation API tells them by the text, too
(pulumi/automation/errors.py of the SDK), and each pattern here is of a message seen from version 3.250.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from pipeline.errors import InfrastructureError, PipelineError, RefusalError, UserError
from pipeline.stack.where import Where

LOCKED = re.compile(
    r"currently locked by \d+ lock.*?created by (?P<who>\S+) \(pid (?P<pid>\d+)\) at (?P<since>\S+)"
)
UNAUTHORISED = re.compile(
    r"not authorized to perform: (?P<action>[\w:-]+\w)(?: on resource: (?P<resource>\S+))?"
)
PROTECTED = re.compile(
    r"(?:resource|replace) \"(?P<urn>[^\"]+)\".*?(?:it is protected|marked for protection)"
)
LONGEST = 600  # characters of what Pulumi says


@dataclass(frozen=True)
class Known:
    """A failure that is known by a pattern of its text, and the sentence for it."""

    pattern: re.Pattern[str]
    sentence: Callable[[Where, re.Match[str]], str]
    kind: type[PipelineError]


def locked(where: Where, found: re.Match[str]) -> str:
    """Somebody is at work on the stack, or died while at work: who, since when, what to do in either case.

    `pulumi cancel` deletes the lock and stops nobody:
    https://www.pulumi.com/docs/iac/cli/commands/pulumi_cancel/.
    """
    who, pid = found["who"], found["pid"]
    return (
        f"the stack {where.stack} is locked by {who} (process {pid}) since {found['since']}: wait while that "
        f"runs (`gh run list --status in_progress`, or `ps -p {pid}` on its machine); if it died, "
        f"`pulumi cancel --stack {where.stack}` in infra/{where.program} lifts it, and this verb goes on"
    )


def unauthorised(where: Where, found: re.Match[str]) -> str:
    """The credentials may not do something: what no workflow's role may, a person with all rights does."""
    on = f" on {found['resource']}" if found["resource"] else ""
    return (
        f"AWS refused {found['action']}{on}: these credentials may not; the stack's own infra role, new keys "
        "and the loss of what holds data are left to the account's administrator, who runs "
        f"`make up STACK={where.stack}`"
    )


def protected(_: Where, found: re.Match[str]) -> str:
    """A resource would be lost that holds data, or serves."""
    resource = found["urn"].rpartition("$")[2]
    return (
        f"{resource} is protected and would be deleted or replaced: take back the change that asks for it; "
        "if it is to go, its data and all, say so with `pulumi state unprotect` first"
    )


def absent(where: Where, _: re.Match[str]) -> str:
    """There is no such stack."""
    return (
        f"there is no stack {where.stack} in {where.backend}: if there is none yet, "
        f"`make up STACK={where.stack}` makes it, and asks before it does"
    )


def _says(sentence: str) -> Callable[[Where, re.Match[str]], str]:
    return lambda where, _: sentence.format(where=where)


KNOWN = (
    Known(LOCKED, locked, InfrastructureError),
    Known(re.compile(r"no stack named"), absent, UserError),
    Known(PROTECTED, protected, RefusalError),
    Known(
        re.compile(r"no EC2 IMDS role found|failed to refresh cached credentials"),
        _says(
            "there are no AWS credentials: sign in to AWS, or paste the exports that `make sandbox` prints"
        ),
        UserError,
    ),
    Known(
        re.compile(
            r"InvalidAccessKeyId|InvalidClientTokenId|ExpiredToken|security token included in the request"
        ),
        _says("AWS does not know these credentials, or they have expired: sign in to AWS anew"),
        UserError,
    ),
    Known(UNAUTHORISED, unauthorised, RefusalError),
    Known(
        re.compile(r"NoSuchBucket|unable to open bucket|PULUMI_ACCESS_TOKEN must be set"),
        _says(
            "PULUMI_BACKEND_URL is {where.backend}, where no state can be kept: write "
            "s3://STATE_BUCKET/PROJECT?region=REGION, with the foundation's output state_bucket"
        ),
        UserError,
    ),
    Known(
        re.compile(r"passphrase must be set|could not create secrets manager|constructing secrets manager"),
        _says(
            "the secrets of the stack {where.stack} cannot be opened: its Pulumi.{where.stack}.yaml names "
            "who encrypts them; commit it as its first `make up` left it, or mend PULUMI_SECRETS_PROVIDER"
        ),
        UserError,
    ),
    Known(
        re.compile(r"--yes or .*must be passed"),
        _says("there is no terminal to ask on: write `pipeline stack up {where.stack} --yes`"),
        UserError,
    ),
)


def explain(where: Where, doing: str, said: str, errors: list[str]) -> PipelineError:
    """Why Pulumi failed at `doing`, such as `preview`; `said` is its stderr, `errors` are the engine's.

    What is not known here is told in Pulumi's words.
    """
    text = " ".join(" ".join([*errors, said]).split())
    for known in KNOWN:
        if found := known.pattern.search(text):
            return known.kind(known.sentence(where, found))
    told = errors[0] if errors else text.removeprefix("error: ") or "it says nothing"
    short = told if len(told) <= LONGEST else f"{told[:LONGEST]}…"
    return InfrastructureError(f"Pulumi could not {doing} the stack {where.stack}: {short}")
