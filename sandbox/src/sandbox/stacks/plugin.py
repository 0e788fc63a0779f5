"""`sandbox provider`: the provider as the process that a Pulumi engine attaches to.

PULUMI_DEBUG_PROVIDERS=aws:PORT puts every provider of a program on this one process, the default one and those
of other regions; calls do not say whose they are, but each has a connection of its own.
"""

import os
import threading
import time
from collections.abc import Callable
from concurrent import futures
from typing import Any, TypeVar

import grpc  # type: ignore[import-untyped]
from google.protobuf import empty_pb2, json_format, struct_pb2  # type: ignore[import-untyped]
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2
from pulumi.runtime.rpc import UNKNOWN as UNKNOWN_TEXT

from sandbox.stacks.calls import CallError, UnfinishedError
from sandbox.stacks.clients import Clients, endpoint
from sandbox.stacks.program import SettingsError, plain
from sandbox.stacks.provider import Properties, Provider
from sandbox.stacks.state import Made
from sandbox.stacks.table import Table
from sandbox.unknown import UNKNOWN

Answer = TypeVar("Answer")
Proto = Any  # the stubs are generated without types


def serve(kinds: Table) -> None:
    """Serve on a free port, which is printed, until the parent is gone. Raises SettingsError off the sandbox."""
    parent = os.getppid()  # before anybody knows the port, and may end it
    servicer = Servicer(kinds, endpoint())
    server = grpc.server(futures.ThreadPoolExecutor(16), options=_GRPC_CHANNEL_OPTIONS)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    while os.getppid() == parent:  # the engine never stops what it only attached to
        time.sleep(0.5)
    server.stop(None)


class Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """The protocol's methods, in its own names."""

    def __init__(self, kinds: Table, url: str) -> None:
        self.kinds, self.url = kinds, url
        self.default = os.environ.get("AWS_REGION", "")
        self.regions: dict[str, str] = {}  # by connection
        self.providers: dict[str, Provider] = {}  # by region
        self.lock = threading.Lock()

    def Handshake(self, request: Proto, context: Proto) -> Proto:  # noqa: N802
        """No secrets, no outputs: the engine keeps track of both."""
        return provider_pb2.ProviderHandshakeResponse()

    def GetPluginInfo(self, request: Proto, context: Proto) -> Proto:  # noqa: N802
        """A version that satisfies every program."""
        return plugin_pb2.PluginInfo(version="7.999.0")

    def GetSchema(self, request: Proto, context: Proto) -> Proto:  # noqa: N802
        """None: the table is the schema."""
        return provider_pb2.GetSchemaResponse(schema="{}")

    def Attach(self, request: Proto, context: Proto) -> Proto:  # noqa: N802
        """Nothing to remember of the engine."""
        return empty_pb2.Empty()

    def Cancel(self, request: Proto, context: Proto) -> Proto:  # noqa: N802
        """Calls end by themselves."""
        return empty_pb2.Empty()

    def CheckConfig(self, request: Proto, context: Proto) -> Proto:  # noqa: N802
        """A provider's configuration is as the program says."""
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Proto, context: Proto) -> Proto:  # noqa: N802
        """Another region is another provider."""
        moved = _dict(request.olds).get("region") != _dict(request.news).get("region")
        some = provider_pb2.DiffResponse.DIFF_SOME if moved else provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(changes=some, replaces=["region"] if moved else [])

    def Configure(self, request: Proto, context: Proto) -> Proto:  # noqa: N802
        """Remember the region of this connection."""
        region = _dict(request.args).get("region") or request.variables.get("aws:config:region") or self.default
        with self.lock:
            self.regions[context.peer()] = region
        return provider_pb2.ConfigureResponse(supportsPreview=True, acceptSecrets=False)

    def Invoke(self, request: Proto, context: Proto) -> Proto:  # noqa: N802
        """Answer a question."""
        answer = _guarded(context, lambda: self._of(context).invoke(request.tok, _dict(request.args)))
        return provider_pb2.InvokeResponse(**{"return": _struct(answer)})

    def Check(self, request: Proto, context: Proto) -> Proto:  # noqa: N802
        """Refuse what AWS would refuse, before anything is made."""
        inputs = _dict(request.news)
        refused = _guarded(context, lambda: self._of(context).check(_type(request), inputs))
        failures = [provider_pb2.CheckFailure(reason=refused)] if refused else []
        return provider_pb2.CheckResponse(inputs=request.news, failures=failures)

    def Diff(self, request: Proto, context: Proto) -> Proto:  # noqa: N802
        """Compare what was asked for with what is."""
        made = _made(request, request.old_inputs, request.olds)
        found = _guarded(context, lambda: self._of(context).diff(made, _dict(request.news)))
        changes = provider_pb2.DiffResponse.DIFF_SOME if found.names else provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(
            changes=changes,
            diffs=found.names,
            replaces=found.replaces,
            deleteBeforeReplace=found.delete_first,
        )

    def Create(self, request: Proto, context: Proto) -> Proto:  # noqa: N802
        """Make a resource, or say what it would be."""
        inputs = _dict(request.properties)
        id_, outputs = _guarded(
            context, lambda: self._of(context).create(_type(request), inputs, preview=request.preview), inputs
        )
        return provider_pb2.CreateResponse(id=id_, properties=_struct(outputs))

    def Update(self, request: Proto, context: Proto) -> Proto:  # noqa: N802
        """Change a resource, or say what it would be."""
        made, inputs = _made(request, request.old_inputs, request.olds), _dict(request.news)
        outputs = _guarded(context, lambda: self._of(context).update(made, inputs, preview=request.preview), inputs)
        return provider_pb2.UpdateResponse(properties=_struct(outputs))

    def Delete(self, request: Proto, context: Proto) -> Proto:  # noqa: N802
        """Remove a resource."""
        made = _made(request, request.old_inputs, request.properties)
        _guarded(context, lambda: self._of(context).delete(made))
        return empty_pb2.Empty()

    def Read(self, request: Proto, context: Proto) -> Proto:  # noqa: N802
        """Look a resource up; an empty answer says that it is gone."""
        made = _made(request, request.inputs, request.properties)
        found = _guarded(context, lambda: self._of(context).read(made))
        if found is None:
            return provider_pb2.ReadResponse()
        inputs, outputs = found
        return provider_pb2.ReadResponse(id=made.id, inputs=_struct(inputs), properties=_struct(outputs))

    def _of(self, context: Proto) -> Provider:
        """The provider whose connection this is."""
        with self.lock:
            region = self.regions.get(context.peer()) or self.default
            if not region:
                raise SettingsError("aws:region is missing: set it in Pulumi.STACK.yaml")
            if region not in self.providers:
                self.providers[region] = Provider(self.kinds, Clients(self.url, region))
            return self.providers[region]


def _guarded(context: Proto, act: Callable[[], Answer], inputs: Properties | None = None) -> Answer:
    """`act`, with what it raises as the protocol's errors."""
    try:
        return act()
    except UnfinishedError as error:
        _keep(context, error, inputs or {})
        raise AssertionError from error  # abort_with_status has raised already
    except (CallError, SettingsError) as error:
        context.abort(grpc.StatusCode.UNKNOWN, str(error))
        raise AssertionError from error


def _keep(context: Proto, error: UnfinishedError, inputs: Properties) -> None:
    """Fail, and have the engine keep what is there: the next `up` goes on from it."""
    detail = provider_pb2.ErrorResourceInitFailed(
        id=error.id, properties=_struct(error.outputs), inputs=_struct(inputs), reasons=[str(error)]
    )
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=str(error))
    status.details.add().Pack(detail)
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(grpc.StatusCode.UNKNOWN, str(error))


def _made(request: Proto, inputs: Proto, outputs: Proto) -> Made:
    return Made(request.urn, _type(request), request.name, request.id, _dict(inputs), _dict(outputs))


def _type(request: Proto) -> str:
    """The type in a URN: `urn:pulumi:STACK::PROJECT::PARENTS$TYPE::NAME`."""
    return str(request.urn.split("::")[2].rpartition("$")[2])


def _dict(struct: Proto) -> Properties:
    made: Properties = _known(plain(json_format.MessageToDict(struct)))
    return made


def _known(item: Any) -> Any:
    """`item` with the protocol's word for what is not known yet as ours."""
    if isinstance(item, dict):
        return {name: _known(below) for name, below in item.items() if not name.startswith("__")}
    if isinstance(item, list):
        return [_known(below) for below in item]
    return UNKNOWN if item == UNKNOWN_TEXT else item


def _struct(properties: Properties) -> Proto:
    struct = struct_pb2.Struct()
    struct.update(_wire(properties))
    return struct


def _wire(item: Any) -> Any:
    if isinstance(item, dict):
        return {name: _wire(below) for name, below in item.items()}
    if isinstance(item, list | tuple):
        return [_wire(below) for below in item]
    return UNKNOWN_TEXT if item is UNKNOWN else item
