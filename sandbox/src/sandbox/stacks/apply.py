"""Apply a program to the sandbox's account: create what is absent, adopt what is the same, refuse changes.

`python -m sandbox.stacks.apply STACK` does it to the program in the working directory, in an
interpreter of its own, and prints the result as JSON.
"""

import contextlib
import gc
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sandbox.stacks import calls, invokes, reading, state
from sandbox.stacks.calls import CallError, UnfinishedError
from sandbox.stacks.changes import differing
from sandbox.stacks.clients import Clients, endpoint
from sandbox.stacks.program import ProgramError, Resource, SettingsError, config_of, project_of, run
from sandbox.stacks.state import Made, State, StateError
from sandbox.stacks.table import Table, table


class RefusedError(Exception):
    """What the program asks for needs the Pulumi command. The text is one sentence."""


class Account:
    """The account that the credentials reach, as the cloud of one stack."""

    def __init__(self, stack: State, region: str, kinds: Table) -> None:
        self.stack, self.kinds = stack, kinds
        self.client = Clients(endpoint(), region)
        self.place = self.client.place()
        self.before = {made.urn: made for made in stack.resources}
        self.seen: set[str] = set()
        self.created: list[str] = []
        self.adopted: list[str] = []

    def register(self, resource: Resource) -> tuple[str, dict[str, Any]]:
        """Create `resource`, or adopt it. Raises RefusedError when its properties changed, CallError.

        What was made and is gone, or was never finished, is made again.
        """
        if resource.urn in self.seen:
            raise RefusedError(f"{_label(resource)} is registered twice: give one of the two another name")
        self.seen.add(resource.urn)
        known = self.before.pop(resource.urn, None)
        if known is None:
            return self._create(resource)
        kind = calls.kind_of(self.kinds, known.type)
        if known.unfinished:
            calls.delete(self.client, kind, known, self.place)
        if known.unfinished or reading.described(self.client, kind, known, self.place) is None:
            self.stack.resources.remove(known)
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
        kind = calls.kind_of(self.kinds, resource.type)
        try:
            id_, outputs = calls.create(self.client, kind, resource.inputs, self.place)
        except UnfinishedError as error:
            self._keep(resource, error.id, error.outputs, unfinished=True)
            raise CallError(f"{_label(resource)}: {error}") from error
        except CallError as error:
            raise CallError(f"{_label(resource)}: {error}") from error
        self._keep(resource, id_, outputs)
        self.created.append(_label(resource))
        return id_, outputs

    def _keep(self, resource: Resource, id_: str, outputs: dict[str, Any], *, unfinished: bool = False) -> None:
        made = Made(
            urn=resource.urn,
            type=resource.type,
            name=resource.name,
            id=id_,
            inputs=resource.inputs,
            outputs=outputs,
            protect=resource.protect,
            unfinished=unfinished,
        )
        self.stack.resources.append(made)
        self.stack.save()


def differences(known: Made, resource: Resource) -> list[str]:
    """The properties of `resource` that are not as they were made, but for those that it ignores."""
    old, new = (_less(json.loads(json.dumps(one)), resource.ignored) for one in (known.inputs, resource.inputs))
    return sorted(differing(old, new))


def _less(inputs: dict[str, Any], ignored: Sequence[str]) -> dict[str, Any]:
    """`inputs` without what is ignored: a property such as `tags`, or one key of it, `tags["commit"]`."""
    for path in ignored:
        name, _, key = path.partition("[")
        if not key:
            inputs.pop(name, None)
        elif isinstance(inputs.get(name), dict):
            inputs[name].pop(key.strip('"]'), None)
    return inputs


def up(folder: Path, stack: str) -> dict[str, Any]:
    """Apply the program in `folder`.

    Raises SettingsError, ProgramError, CallError, RefusedError, StateError.
    """
    endpoint()
    config = config_of(folder, stack)
    region = config.get("aws:region") or os.environ.get("AWS_REGION")
    if not region:
        raise SettingsError(f"aws:region is missing: set it in Pulumi.{stack}.yaml")
    account = Account(state.load(project_of(folder), stack), region, table(folder, folder.parent))
    account.finish(run(folder, stack, config, account))
    return {
        "stack": f"{project_of(folder)}/{stack}",
        "created": account.created,
        "adopted": account.adopted,
        "outputs": account.stack.outputs,
    }


def destroy(folder: Path, stack: str, unprotect: bool) -> dict[str, Any]:
    """Remove what the stack has made, last first.

    Raises RefusedError before anything is removed, CallError, SettingsError, StateError.
    """
    url, kinds = endpoint(), table(folder, folder.parent)
    project = project_of(folder)
    known = state.load(project, stack)
    region = config_of(folder, stack).get("aws:region") or os.environ.get("AWS_REGION", "")
    guarded = [_label(made) for made in known.resources if made.protect]
    if guarded and not unprotect:
        raise RefusedError(f"{', '.join(guarded)} is protected: say --unprotect to remove it all the same")
    client, deleted = Clients(url, region), []
    place = client.place()
    while known.resources:
        made = known.resources[-1]
        try:
            calls.delete(client, calls.kind_of(kinds, made.type), made, place, unprotect=unprotect)
        except CallError as error:
            raise CallError(f"{_label(made)}: {error}") from error
        deleted.append(_label(made))
        known.resources.pop()
        known.save()
    known.path.unlink(missing_ok=True)
    return {"stack": f"{project}/{stack}", "deleted": deleted}


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
