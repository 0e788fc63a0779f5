"""Apply a program to the sandbox's account: create what is absent, adopt what is the same, refuse changes.

`python -m sandbox.stacks.apply STACK` does it to the program in the working directory, in an
interpreter of its own, and prints the result as JSON.
"""

import contextlib
import gc
import json
import os
import sys
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sandbox.stacks import calls, invokes, state
from sandbox.stacks.calls import CallError
from sandbox.stacks.kinds import KINDS
from sandbox.stacks.program import ProgramError, Resource, SettingsError, config_of, project_of, run
from sandbox.stacks.state import Made, State, StateError
from sandbox.world import ACCOUNT, connect


class RefusedError(Exception):
    """What the program asks for needs the Pulumi command. The text is one sentence."""


class Account:
    """The sandbox's account as the cloud of one stack."""

    def __init__(self, stack: State, region: str) -> None:
        self.stack, self.place = stack, {"region": region, "account": ACCOUNT}
        self.client = cache(lambda service: connect(endpoint(), region, service))
        self.before = {made.urn: made for made in stack.resources}
        self.seen: set[str] = set()
        self.created: list[str] = []
        self.adopted: list[str] = []

    def register(self, resource: Resource) -> tuple[str, dict[str, Any]]:
        """Create `resource`, or adopt it. Raises RefusedError when its properties changed, CallError."""
        if resource.urn in self.seen:
            raise RefusedError(f"{_label(resource)} is registered twice: give one of the two another name")
        self.seen.add(resource.urn)
        known = self.before.pop(resource.urn, None)
        if known is None:
            return self._create(resource)
        changed = differences(known, resource)
        if changed:
            raise RefusedError(f"{_label(resource)}: {', '.join(changed)} changed; this needs the Pulumi command")
        known.protect = resource.protect
        self.adopted.append(_label(resource))
        return known.id, known.outputs

    def invoke(self, token: str, args: dict[str, Any]) -> dict[str, Any]:
        """The answer to an invoke. Raises CallError."""
        return invokes.answer(token, args, self.client, self.place)

    def reference(self, name: str) -> dict[str, Any]:
        """The outputs of another stack of this sandbox. Raises CallError when it is not up."""
        project, stack = name.split("/")[-2:]
        other = state.load(project, stack)
        if not other.outputs:
            raise CallError(f"the stack {project}/{stack} is not up: apply it first")
        return other.outputs

    def finish(self, outputs: dict[str, Any]) -> None:
        """Store the outputs. Raises RefusedError when a resource has left the program."""
        if self.before:
            gone = next(iter(self.before.values()))
            raise RefusedError(f"{_label(gone)} left the program; this needs the Pulumi command")
        self.stack.outputs = outputs
        self.stack.save()

    def _create(self, resource: Resource) -> tuple[str, dict[str, Any]]:
        try:
            kind = calls.kind_of(KINDS, resource.type)
            id_, outputs = calls.create(self.client, kind, resource.inputs, self.place)
        except CallError as error:
            raise CallError(f"{_label(resource)}: {error}") from error
        made = Made(
            urn=resource.urn,
            type=resource.type,
            name=resource.name,
            id=id_,
            inputs=resource.inputs,
            outputs=outputs,
            protect=resource.protect,
        )
        self.stack.resources.append(made)
        self.stack.save()
        self.created.append(_label(resource))
        return id_, outputs


def differences(known: Made, resource: Resource) -> list[str]:
    """The properties of `resource` that are not as they were made, but for those that it ignores."""
    new = json.loads(json.dumps(resource.inputs))
    names = (set(known.inputs) | set(new)) - set(resource.ignored)
    return sorted(name for name in names if known.inputs.get(name) != new.get(name))


def up(folder: Path, stack: str) -> dict[str, Any]:
    """Apply the program in `folder`.

    Raises SettingsError, ProgramError, CallError, RefusedError, StateError.
    """
    endpoint()
    config = config_of(folder, stack)
    region = config.get("aws:region") or os.environ.get("AWS_REGION")
    if not region:
        raise SettingsError(f"aws:region is missing: set it in Pulumi.{stack}.yaml")
    account = Account(state.load(project_of(folder), stack), region)
    account.finish(run(folder, stack, config, account))
    return {
        "stack": f"{project_of(folder)}/{stack}",
        "created": account.created,
        "adopted": account.adopted,
        "outputs": account.stack.outputs,
    }


def destroy(folder: Path, stack: str, unprotect: bool) -> dict[str, Any]:
    """Remove what the stack has made, last first.

    Raises RefusedError before anything is removed, CallError, StateError.
    """
    url = endpoint()
    project = project_of(folder)
    known = state.load(project, stack)
    region = config_of(folder, stack).get("aws:region") or os.environ.get("AWS_REGION", "")
    guarded = [_label(made) for made in known.resources if made.protect]
    if guarded and not unprotect:
        raise RefusedError(f"{', '.join(guarded)} is protected: say --unprotect to remove it all the same")
    client, deleted = cache(lambda service: connect(url, region, service)), []
    while known.resources:
        made = known.resources[-1]
        try:
            kind = calls.kind_of(KINDS, made.type)
            calls.delete(client, kind, made, {"region": region, "account": ACCOUNT}, unprotect=unprotect)
        except CallError as error:
            raise CallError(f"{_label(made)}: {error}") from error
        deleted.append(_label(made))
        known.resources.pop()
        known.save()
    known.path.unlink(missing_ok=True)
    return {"stack": f"{project}/{stack}", "deleted": deleted}


def endpoint() -> str:
    """The sandbox's address. Raises SettingsError when the environment points anywhere else."""
    url = os.environ.get("AWS_ENDPOINT_URL", "")
    if urlsplit(url).hostname not in ("127.0.0.1", "localhost", "::1"):
        raise SettingsError(
            f"AWS_ENDPOINT_URL is {url or 'not set'}, which is no sandbox on this machine: "
            "run `sandbox start` and paste its exports, or use the Pulumi command on AWS"
        )
    return url


def _label(resource: Resource | Made) -> str:
    return calls.label(resource.type, resource.name, resource.inputs)


def main() -> int:
    """Apply the program in the working directory; what it prints goes to standard error."""
    gc.disable()  # pulumi_aws makes a million objects that live as long as this process: looking for garbage is a fifth
    try:
        with contextlib.redirect_stdout(sys.stderr):
            result = up(Path.cwd(), sys.argv[1])
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except (ProgramError, CallError, RefusedError, StateError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
