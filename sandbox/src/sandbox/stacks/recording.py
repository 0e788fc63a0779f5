"""A cloud that makes nothing and remembers what it was asked for: for the tests of a Pulumi program."""

import contextlib
import contextvars
import os
import sys
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from sandbox.stacks.calls import kind_of, plan
from sandbox.stacks.program import Resource, config_of, run
from sandbox.stacks.table import Table, table
from sandbox.unknown import UNKNOWN
from sandbox.world import ACCOUNT, connect


@dataclass
class Recording:
    """What a program registered, in its order. Ids are `TYPE-NAME`, ARNs `arn:TYPE-NAME`."""

    region: str
    kinds: Table
    parameters: Mapping[str, str] = field(default_factory=dict)
    references: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    resources: list[Resource] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)
    invented: set[str] = field(default_factory=set)

    def register(self, resource: Resource) -> tuple[str, dict[str, Any]]:
        """Remember `resource`, and answer with its inputs and an invented ARN.

        Raises CallError for an unknown type, and for a property that no request has a place for.
        """
        kind = kind_of(self.kinds, resource.type)
        plan(offline(kind.service), kind, self._veiled(resource.inputs), {"region": self.region, "account": ACCOUNT})
        self.resources.append(resource)
        id_ = f"{resource.type.split(':')[-1]}-{resource.name}"
        made = {name: f"{name}:{id_}" for name in kind.outputs}
        self.invented |= {id_, *made.values()}
        return id_, {**resource.inputs, **made}

    def invoke(self, token: str, args: dict[str, Any]) -> dict[str, Any]:
        """The account, the region, any policy, no log group, and the parameters that the recording was given."""
        path = args.get("path", "-")
        below = {name: value for name, value in self.parameters.items() if name.startswith(path)}
        answers: dict[str, dict[str, Any]] = {
            "aws:cloudwatch/getLogGroups:getLogGroups": {"logGroupNames": [], "arns": [], "id": self.region},
            "aws:iam/getPolicy:getPolicy": {"arn": args.get("arn"), "id": args.get("arn")},
            "aws:index/getCallerIdentity:getCallerIdentity": {"accountId": ACCOUNT, "id": ACCOUNT},
            "aws:index/getRegion:getRegion": {"region": self.region, "name": self.region, "id": self.region},
            "aws:ssm/getParametersByPath:getParametersByPath": {
                "names": list(below),
                "values": list(below.values()),
                "id": "parameters",
            },
        }
        return answers[token]

    def reference(self, name: str) -> dict[str, Any]:
        """The outputs that the recording was given for the stack `name`."""
        return dict(self.references[name])

    def _veiled(self, value: Any) -> Any:
        """`value` with what was invented as unknown: it need not look like AWS's."""
        if isinstance(value, dict):
            return {name: self._veiled(item) for name, item in value.items()}
        if isinstance(value, list):
            return [self._veiled(item) for item in value]
        return UNKNOWN if isinstance(value, str) and any(text in value for text in self.invented) else value

    def all(self, kind: str) -> list[Resource]:
        """The resources of a kind, such as `Bucket`."""
        return [resource for resource in self.resources if resource.type.endswith(f":{kind}")]

    def one(self, kind: str, name: str | None = None) -> dict[str, Any]:
        """The inputs of the one resource of a kind, or of the one of that kind and name."""
        found = [resource for resource in self.all(kind) if name in (None, resource.name)]
        assert len(found) == 1, f"{len(found)} resources are {kind} {name or ''}"  # noqa: S101  for tests
        return found[0].inputs


@cache
def offline(service: str) -> Any:
    """A client that knows the service's model and is never called."""
    return connect("http://127.0.0.1:1", "eu-west-1", service)


def record(folder: Path, stack: str, region: str, config: Mapping[str, str] | None = None, **given: Any) -> Recording:
    """Run the program in `folder` and record it; `config` overrides the stack's, and `given` is Recording's.

    May be called often in one process: each run gets a context and the program's modules of its own.
    """
    recording = Recording(region, table(folder, folder.parent), **given)
    settings = {**config_of(folder, stack), **(config or {})}
    with _inside(folder):
        recording.outputs = contextvars.copy_context().run(run, folder, stack, settings, recording)
    return recording


@contextlib.contextmanager
def _inside(folder: Path) -> Iterator[None]:
    before, modules = Path.cwd(), set(sys.modules)
    os.chdir(folder)
    try:
        with warnings.catch_warnings():
            # its s3 module warns of every class in it that nobody should use, when it is imported
            warnings.filterwarnings("ignore", category=DeprecationWarning, module="pulumi_aws")
            yield
    finally:
        os.chdir(before)
        for name in set(sys.modules) - modules:
            file = getattr(sys.modules[name], "__file__", None)
            if file and Path(file).is_relative_to(folder):
                del sys.modules[name]
