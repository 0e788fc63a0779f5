"""Found the account: apply this program, and move its own state into the bucket that it makes.

The state bucket cannot hold its own creation. So the first run keeps the state in a folder here, moves it into the
bucket, and proves there that nothing changed; later runs work on the state in the bucket. An interrupted run leaves
either the one or the other whole: the same command goes on from there.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import yaml
from botocore.exceptions import BotoCoreError, ClientError

HERE = Path(__file__).parent
PROGRAM, STACK = "mlops-foundation", "account"
FILE = f".pulumi/stacks/{PROGRAM}/{STACK}.json"
CONFIG = HERE / f"Pulumi.{STACK}.yaml"
KEY_ALIAS = "alias/mlops-pulumi-state"
EXAMPLE = "example: AWS_PROFILE=administrator make found REGION=eu-west-1"
INTERRUPTED = 130


class FoundError(Exception):
    """The account cannot be founded. The text is one sentence."""


@dataclass(frozen=True)
class Place:
    """An account and a region, and where the state is: `local` until it has moved to `bucket`."""

    account: str
    region: str
    bucket: str
    local: Path

    @property
    def remote(self) -> str:
        """The backend in the bucket."""
        return f"s3://{self.bucket}/foundation?region={self.region}"

    @property
    def secrets(self) -> str:
        """The secrets provider: the state's key, and the name of this stack as context."""
        key = f"arn:aws:kms:{self.region}:{self.account}:{KEY_ALIAS}"
        return f"awskms:///{key}?region={self.region}&context_stack={PROGRAM}/{STACK}"


def steps(remote: int | None) -> list[str]:
    """What is left to do, by the number of resources in the bucket's state; None when there is no such state."""
    return ["update"] if remote else ["make", "move", "prove"]


def bucket_of(config: Mapping[str, Any], account: str, region: str) -> str:
    """The state bucket by the stack's configuration. Raises FoundError when there is none to move to."""
    chosen = str(config.get("foundation:state", "create"))
    if chosen == "skip":
        raise FoundError(
            "foundation:state is skip, so there is no bucket to move to: run `pulumi up` in infra/ instead"
        )
    return chosen.removeprefix("arn:aws:s3:::") if chosen != "create" else f"mlops-pulumi-state-{account}-{region}"


def resources(state: str) -> int:
    """How many resources a state's file holds."""
    return len((json.loads(state)["checkpoint"].get("latest") or {}).get("resources") or [])


def in_bucket(place: Place) -> int | None:
    """The number of resources in the bucket's state. Raises FoundError when the bucket is somebody else's."""
    s3 = boto3.client("s3", region_name=place.region)
    try:
        found = s3.get_object(Bucket=place.bucket, Key=f"foundation/{FILE}")
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in ("NoSuchBucket", "NoSuchKey"):
            return None
        raise FoundError(
            f"the state in {place.bucket} cannot be read ({code}): is it this account's bucket?"
        ) from error
    return resources(found["Body"].read().decode())


def configured() -> dict[str, Any]:
    """The stack's configuration file, empty when there is none. Raises FoundError when it cannot be read."""
    try:
        found = yaml.safe_load(CONFIG.read_text()) if CONFIG.is_file() else None
    except yaml.YAMLError as error:
        raise FoundError(f"{CONFIG.name} is no YAML: {' '.join(str(error).split())}") from error
    document = found or {}
    if not isinstance(document, dict) or not isinstance(document.get("config") or {}, dict):
        raise FoundError(f"{CONFIG.name} is no stack configuration: write settings as lines below `config:`")
    return document


def region_of(given: str | None, config: Mapping[str, Any]) -> str:
    """The region to found, if AWS has it and the account's foundation is not in another one. Raises FoundError."""
    known = boto3.Session().get_available_regions("kms")
    if given not in known:
        raise FoundError(f"the region is {given or 'missing'}: write one of AWS's, such as REGION=eu-west-1")
    before = config.get("aws:region", given)
    if given != before:
        raise FoundError(
            f"{CONFIG.name} says aws:region: {before}, and the region given is {given}: write REGION={before}, "
            "or move that file away to found another region beside it"
        )
    return given


def look(given: str | None) -> Place:
    """Where we are, in the region `given`. Raises FoundError."""
    settings = configured().get("config") or {}
    region = region_of(given, settings)
    if shutil.which("pulumi") is None:
        raise FoundError("pulumi is not on the PATH: https://www.pulumi.com/docs/install/ has it")
    try:
        account = boto3.client("sts", region_name=region).get_caller_identity()["Account"]
    except (BotoCoreError, ClientError) as error:
        raise FoundError(f"no AWS account can be reached ({error}): sign in as the account's administrator") from error
    return Place(account, region, bucket_of(settings, account, region), HERE / ".found" / account)


def has(place: Place, operation: str, **arn: str) -> bool:
    """Whether IAM knows what `operation` asks for by its ARN. Raises FoundError."""
    try:
        getattr(boto3.client("iam", region_name=place.region), operation)(**arn)
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchEntity":
            return False
        asked = next(iter(arn.values()))
        raise FoundError(f"{asked} cannot be looked for ({error}): sign in as the account's administrator") from error
    return True


def refuse_second(place: Place, config: Mapping[str, Any]) -> None:
    """A first run, in an account that has what an account has once. Raises FoundError: IAM knows no regions."""
    iam = f"arn:aws:iam::{place.account}"
    bounds, github = f"{iam}:policy/mlops-boundary", f"{iam}:oidc-provider/token.actions.githubusercontent.com"
    if config.get("foundation:boundary", "create") == "create" and has(place, "get_policy", PolicyArn=bounds):
        raise FoundError(
            f"{place.account} has {bounds} already and no state in {place.bucket}: write the REGION that it was "
            f"founded in, or, to found a second region, foundation:boundary: {bounds} in {CONFIG.name}"
        )
    known = {"OpenIDConnectProviderArn": github}
    chosen = config.get("foundation:oidc_provider", "create")
    if chosen == "create" and has(place, "get_open_id_connect_provider", **known):
        raise FoundError(
            f"{place.account} has GitHub's identity provider already: write foundation:oidc_provider: {github} "
            f"below `config:` in {CONFIG.name}"
        )


def pulumi(backend: str, *words: str, may_fail: bool = False) -> None:
    """Run pulumi on this program. Raises FoundError when it fails; an interrupt is its own to handle."""
    passphrase = os.environ.get("PULUMI_CONFIG_PASSPHRASE", "found")  # of a state that lives for minutes
    environment = {**os.environ, "PULUMI_BACKEND_URL": backend, "PULUMI_CONFIG_PASSPHRASE": passphrase}
    told = subprocess.DEVNULL if may_fail else None
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        done = subprocess.run(  # noqa: S603  fixed program, no shell
            ["pulumi", *words, "--stack", STACK],  # noqa: S607  the user's own pulumi
            cwd=HERE,
            env=environment,
            stdout=told,
            stderr=told,
            check=False,
        )
    finally:
        signal.signal(signal.SIGINT, before)
    if done.returncode and not may_fail:
        raise FoundError(
            f"`pulumi {words[0]}` failed with code {done.returncode}: mend it and run the same command again"
        )


def make(place: Place, yes: Sequence[str]) -> None:
    """Apply the program with its state in a folder; a lock there is of a run that was interrupted."""
    backend = f"file://{place.local}"
    if not (place.local / FILE).is_file():
        refuse_second(place, configured().get("config") or {})
        place.local.mkdir(parents=True, exist_ok=True)
        pulumi(backend, "stack", "init", "--no-select")
    pulumi(backend, "cancel", "--yes", may_fail=True)
    pulumi(backend, "config", "set", "aws:region", place.region)
    pulumi(backend, "up", *yes)


def move(place: Place, yes: Sequence[str]) -> None:
    """Copy the state into the bucket, under the state's own key."""
    copy = place.local / "state.json"
    pulumi(f"file://{place.local}", "stack", "change-secrets-provider", place.secrets)
    pulumi(f"file://{place.local}", "stack", "export", "--file", str(copy))
    if in_bucket(place) is None:
        pulumi(place.remote, "stack", "init", "--no-select", "--secrets-provider", place.secrets)
    pulumi(place.remote, "stack", "import", "--file", str(copy))


def prove(place: Place, yes: Sequence[str]) -> None:
    """See that nothing changes from the bucket's state, and give up the folder's."""
    pulumi(place.remote, "preview", "--expect-no-changes")
    shutil.rmtree(place.local)


def update(place: Place, yes: Sequence[str]) -> None:
    """Apply the program with its state in the bucket; what an interrupted move left here is stale.

    Another clone may lack the configuration that the first run wrote: without the secrets provider in it pulumi
    would encrypt the state with a passphrase from here on. It goes above what people have written there.
    """
    shutil.rmtree(place.local, ignore_errors=True)
    if "secretsprovider" not in configured():
        written = CONFIG.read_text() if CONFIG.is_file() else ""
        CONFIG.write_text(f"secretsprovider: {place.secrets}\n{written}")
    pulumi(place.remote, "config", "set", "aws:region", place.region)
    pulumi(place.remote, "up", *yes)


STEPS = {
    "make": ("apply the foundation, its state in a folder here", make),
    "move": ("move the state into the bucket", move),
    "prove": ("prove that nothing changes", prove),
    "update": ("apply the foundation, its state in the bucket", update),
}


def main(words: Sequence[str] | None = None) -> int:
    """Found the account. 0 when it is founded, 2 for a mistake that a sentence explains."""
    parser = argparse.ArgumentParser(
        prog="found.py", description=str(__doc__), epilog=EXAMPLE, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--region", default=os.environ.get("AWS_REGION"), help="default: AWS_REGION")
    parser.add_argument("--yes", action="store_true", help="apply without asking")
    given = parser.parse_args(words)
    try:
        place = look(given.region)
        todo = steps(in_bucket(place))
        print(f"account {place.account}, region {place.region}, state in {place.bucket}")
        for number, step in enumerate(todo, start=1):
            words_of, act = STEPS[step]
            print(f"{number}/{len(todo)} {words_of}", flush=True)
            act(place, ["--yes"] if given.yes else [])
    except FoundError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"founded: projects log in with `pulumi login 's3://{place.bucket}/PROJECT?region={place.region}'`")
    return 0


if __name__ == "__main__":
    sys.exit(main())
