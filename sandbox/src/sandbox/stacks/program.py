"""Run a Pulumi program in this process, through Pulumi's testing interface; its resources go to a cloud.

One program per process: Pulumi keeps global state. The mocks are public interface; protect and
ignore_changes are not among what they are given, so the monitor shows them the request itself.
"""

import json
import logging
import runpy
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

import pulumi
import yaml  # type: ignore[import-untyped]
from pulumi.runtime import get_root_resource, set_all_config, set_mocks
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, MockResourceArgs, Mocks
from pulumi.runtime.stack import Stack

Answer = TypeVar("Answer")
STACK_REFERENCE = "pulumi:pulumi:StackReference"
# how a secret travels: https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/sig/sig.go
SIGNATURE, SECRET = "4dabf18193072939515e22adb298388d", "1b47061264138c4ac30d75fd1eb44270"


class ProgramError(Exception):
    """The program failed. The text is one sentence."""


class SettingsError(ProgramError):
    """The program refused its settings with pulumi.RunError."""


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource that the program registers; property names as Pulumi spells them on the wire."""

    urn: str
    type: str
    name: str
    inputs: dict[str, Any]
    protect: bool = False
    ignored: tuple[str, ...] = ()


class Cloud(Protocol):
    """Where the resources go."""

    def register(self, resource: Resource) -> tuple[str, dict[str, Any]]:
        """The id and the outputs of `resource`."""

    def invoke(self, token: str, args: dict[str, Any]) -> dict[str, Any]:
        """The answer to a question of the program."""

    def reference(self, name: str) -> dict[str, Any]:
        """The outputs of the stack `name`, such as `organization/flights-platform/platform`."""


def project_of(folder: Path) -> str:
    """The project's name in Pulumi.yaml. Raises SettingsError."""
    path = folder / "Pulumi.yaml"
    if not path.is_file():
        raise SettingsError(f"{folder} holds no Pulumi.yaml: name the folder of a Pulumi program")
    name = _read(path).get("name")
    if not name:
        raise SettingsError(f"{path.name} has no name: write one, such as name: {folder.name}")
    return str(name)


def config_of(folder: Path, stack: str) -> dict[str, str]:
    """The stack's configuration as Pulumi passes it to a program: strings, and JSON for what is nested.

    Raises SettingsError.
    """
    path = folder / f"Pulumi.{stack}.yaml"
    config = (_read(path).get("config") or {}) if path.is_file() else {}
    if not isinstance(config, dict):
        raise SettingsError(f"config in {path.name} is {config!r}: write one setting a line below it")
    return {
        key if ":" in key else f"{project_of(folder)}:{key}": value if isinstance(value, str) else json.dumps(value)
        for key, value in config.items()
    }


def _read(path: Path) -> dict[str, Any]:
    try:
        found = yaml.safe_load(path.read_text()) or {}
    except yaml.YAMLError as error:
        raise SettingsError(f"{path.name} is no YAML: {' '.join(str(error).split())}") from error
    if not isinstance(found, dict):
        raise SettingsError(f"{path.name} holds {found!r}: write `config:` and below it one setting a line")
    return found


def run(folder: Path, stack: str, config: dict[str, str], cloud: Cloud) -> dict[str, Any]:
    """Run the program in `folder` against `cloud`; its outputs. The working directory is the caller's affair.

    Raises SettingsError, ProgramError, and what the cloud raised first.
    """
    bridge = Bridge(cloud)
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # tasks that die with the program's first error
    set_all_config(config)
    set_mocks(
        bridge,
        project=project_of(folder),
        stack=stack,
        preview=False,
        logger=_silent(),
        monitor=Monitor(bridge),
        organization="organization",
    )
    outputs: dict[str, Any] = {}

    @pulumi.runtime.test  # type: ignore[untyped-decorator]
    def program() -> pulumi.Output[None]:
        try:
            runpy.run_path(str(folder / "__main__.py"), run_name="__main__")
        except Exception as error:
            bridge.ended = error
            raise
        stack = cast(Stack, get_root_resource())
        return pulumi.Output.all(**stack.outputs).apply(outputs.update)

    sys.path.insert(0, str(folder))
    try:
        program()
    except Exception as error:
        raise _cause(folder, bridge, error) from error
    finally:
        sys.path.remove(str(folder))
    return outputs


class Bridge(Mocks):
    """Pulumi's mocks on one side, the cloud on the other. The first failure stops what comes after it."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.failure: Exception | None = None
        self.unanswered: Exception | None = None
        self.ended: Exception | None = None
        self.request: Any = None
        self.urn = ""

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        """Register a resource, a component, or read a stack reference."""
        if args.typ == STACK_REFERENCE:
            name = str(args.resource_id)
            outputs = self._guard(lambda: self.cloud.reference(name))
            return name, {"name": name, "outputs": outputs, "secretOutputNames": []}
        if not args.custom:
            return None, dict(args.inputs)
        resource = Resource(
            urn=self.urn,
            type=args.typ,
            name=args.name,
            inputs=plain(args.inputs),
            protect=self.request.protect,
            ignored=tuple(self.request.ignoreChanges),
        )
        return self._guard(lambda: self.cloud.register(resource))

    def call(self, args: MockCallArgs) -> dict[str, Any]:  # type: ignore[override]
        """Answer an invoke. A failure is the program's to handle, as with the real engine."""
        try:
            return self.cloud.invoke(args.token, plain(args.args))
        except Exception as error:
            self.unanswered = error
            raise

    def _guard(self, act: Callable[[], Answer]) -> Answer:
        if self.failure:
            raise self.failure
        try:
            return act()
        except Exception as error:
            self.failure = error
            raise


class Monitor(MockMonitor):
    """Pulumi's mock monitor, one registration at a time, with the request in the bridge's sight."""

    def __init__(self, bridge: Bridge) -> None:
        super().__init__(bridge)
        self.bridge, self.lock = bridge, threading.Lock()

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802  Pulumi's name
        """Register one resource."""
        with self.lock:
            self.bridge.request = request
            self.bridge.urn = self.make_urn(request.parent, request.type, request.name)
            return super().RegisterResource(request)  # type: ignore[no-untyped-call]


def plain(value: Any) -> Any:
    """`value` with the secrets in it unwrapped: an AWS request carries them as they are."""
    if isinstance(value, dict):
        if value.get(SIGNATURE) == SECRET:
            return plain(value["value"])
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def _silent() -> logging.Logger:
    logger = logging.getLogger("sandbox.stacks")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
    return logger


def _cause(folder: Path, bridge: Bridge, error: Exception) -> Exception:
    """Why the run ended with `error`: what the cloud raised first, or what the program did."""
    # the program's own last word comes before the failure of a lookup that it has handled
    last = bridge.ended or error
    return last if last is bridge.unanswered else bridge.failure or _sentence(folder, last)


def _sentence(folder: Path, error: Exception) -> ProgramError:
    """The failure as one sentence, with the line of the program where there is one."""
    if isinstance(error, pulumi.RunError):
        return SettingsError(" ".join(str(error).split()))
    where, trace = "", error.__traceback__
    while trace:
        file = Path(trace.tb_frame.f_code.co_filename)
        if file.is_relative_to(folder):
            where = f"{file.name} line {trace.tb_lineno}: "
        trace = trace.tb_next
    return ProgramError(f"{where}{type(error).__name__}: {' '.join(str(error).split())}")
