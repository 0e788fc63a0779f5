"""The table of kinds agrees with AWS's own service model."""

from collections.abc import Iterator

import jmespath
import pytest

from sandbox.accounts import MODULES
from sandbox.operations import PASSED
from sandbox.stacks.calls import shape_of
from sandbox.stacks.kind import Call, Kind
from sandbox.stacks.kinds import KINDS
from sandbox.stacks.recording import offline
from sandbox.stacks.shapes import member_path


def calls(kind: Kind) -> Iterator[Call]:
    """Every call of a kind."""
    yield from (*kind.create, *kind.update, *kind.delete)
    if kind.unprotect:
        yield kind.unprotect


def requests(kind: Kind) -> Iterator[tuple[str, list[str]]]:
    """Every operation of a kind, and the members that its row names."""
    yield kind.read.operation, list(kind.read.members)
    for call in calls(kind):
        # a nested rename is relative to its block: its last step is checked when it is used
        yield call.operation, [*call.members, *(to for path, to in call.rename.items() if "." not in path and to)]
        if call.each:
            yield call.each.operation, list(call.each.members)


@pytest.mark.parametrize("type_", KINDS)
def test_every_member_of_a_row_is_in_the_request(type_: str) -> None:
    """Neither a rename nor an expression leads to a member that AWS does not know."""
    service = offline(KINDS[type_].service)
    for operation, paths in requests(KINDS[type_]):
        shape = shape_of(service, operation)
        assert [path for path in paths if not member_path(shape, path)] == []


@pytest.mark.parametrize("type_", KINDS)
def test_every_expression_of_a_row_parses(type_: str) -> None:
    """JMESPath accepts it."""
    kind = KINDS[type_]
    waits = [wait.members for wait in (kind.created, kind.deleted) if wait]
    texts = [kind.id, *kind.outputs.values(), *(text for members in waits for text in members.values())]
    texts += [text for call in calls(kind) for text in (*call.members.values(), call.when or "@")]
    texts += [text for call in calls(kind) if call.each for text in (*call.each.members.values(), call.each.items)]
    texts += [kind.read.found, *kind.read.members.values(), *kind.read.where.values()]
    assert all(jmespath.compile(text).parsed for text in texts)


@pytest.mark.parametrize("type_", KINDS)
def test_every_waiter_of_a_row_exists(type_: str) -> None:
    """boto3 has it."""
    kind = KINDS[type_]
    waits = {wait.waiter for wait in (kind.created, kind.deleted) if wait}
    assert waits <= set(offline(kind.service).waiter_names)


@pytest.mark.parametrize("type_", KINDS)
def test_every_operation_of_a_row_is_in_the_sandbox(type_: str) -> None:
    """A call that is refused when it is first made would be found too late."""
    kind = KINDS[type_]
    service = offline(kind.service)
    ours = {name for module in MODULES for name in getattr(module, "OPERATIONS", {})}
    operations = {service.meta.method_to_api_mapping[operation] for operation, _ in requests(kind)}
    assert {one for one in operations if f"{kind.service}.{one}" not in ours} <= PASSED[kind.service]
