"""The table of kinds agrees with AWS's own service model."""

from collections.abc import Iterator

import jmespath
import pytest

from sandbox.stacks.kind import Call, Kind
from sandbox.stacks.kinds import KINDS
from sandbox.stacks.recording import offline
from sandbox.stacks.shapes import member_path


def calls(kind: Kind) -> Iterator[Call]:
    """Every call of a kind."""
    yield from kind.create
    yield from (call for call in (kind.delete, kind.unprotect) if call)


@pytest.mark.parametrize("type_", KINDS)
def test_every_member_of_a_row_is_in_the_request(type_: str) -> None:
    """Neither a rename nor an expression leads to a member that AWS does not know."""
    service = offline(KINDS[type_].service)
    for call in calls(KINDS[type_]):
        name = service.meta.method_to_api_mapping[call.operation]
        shape = service.meta.service_model.operation_model(name).input_shape
        # a nested rename is relative to its block: its last step is checked when it is used
        paths = [*call.members, *(to for path, to in call.rename.items() if "." not in path)]
        assert [path for path in paths if not member_path(shape, path)] == []


@pytest.mark.parametrize("type_", KINDS)
def test_every_expression_of_a_row_parses(type_: str) -> None:
    """JMESPath accepts it."""
    kind = KINDS[type_]
    waits = [wait.members for wait in (kind.created, kind.deleted) if wait]
    texts = [kind.id, *kind.outputs.values(), *(text for members in waits for text in members.values())]
    texts += [text for call in calls(kind) for text in (*call.members.values(), call.when)]
    assert all(jmespath.compile(text).parsed for text in texts)


@pytest.mark.parametrize("type_", KINDS)
def test_every_waiter_of_a_row_exists(type_: str) -> None:
    """boto3 has it."""
    kind = KINDS[type_]
    waits = {wait.waiter for wait in (kind.created, kind.deleted) if wait}
    assert waits <= set(offline(kind.service).waiter_names)
