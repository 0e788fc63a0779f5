"""What `pulumi up` may do, compared with what the AWS provider calls for the kinds of resources that we have.

The provider was watched while it made, read and removed them, not while it changed them: for changes our own
table of kinds says what AWS's API has, and its source what it calls instead.
"""

import json
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sandbox.access.table import TABLE
from sandbox.stacks.recording import Recording, offline
from sandbox.stacks.table import KINDS

from infra.policies import exceptions, state
from infra.policies.documents import around
from pipeline import names
from tests.infra.conftest import PROJECT

SEEN = tomllib.loads((Path(__file__).parent / "provider_operations.toml").read_text()).values()
CALLS = {kind: " ".join(one.get(kind, "") for one in SEEN) for kinds in SEEN for kind in kinds}
TAGS = ("Tags", "tags", "ResourceTags")  # every resource of ours is made with tags
STACKS = [names.REGISTRY, *names.ENVIRONMENTS]
UPS = {"platform": [names.REGISTRY], "service": [*names.ENVIRONMENTS]}  # stacks that share a document


@pytest.fixture(scope="session")
def stack(platform: Recording, service: Callable[..., Recording]) -> Callable[[str], Recording]:
    """`stack(part)`: the platform, or an environment's service."""
    return lambda part: platform if part == names.REGISTRY else service(part, "a-configuration")


def operations(kind: str) -> Iterator[str]:
    """The operations that the provider calls for a kind, as `service.Operation`."""
    service = ""
    for word in CALLS[kind].split():
        if word.endswith(":"):
            service = word.removesuffix(":")
        else:
            yield f"{service}.{word}"


def changes(kind: str) -> Iterator[str]:
    """The operations that our own table of kinds has for a kind, in the same form."""
    service, row = KINDS[kind].service, KINDS[kind]
    calls = [one.operation for one in (*row.create, *row.update, row.read)]
    yield from (f"{service}.{offline(service).meta.method_to_api_mapping[call]}" for call in calls)


def actions(operation: str) -> set[str]:
    """The actions that an operation needs of its own service, not what that asks of others."""
    service = operation.partition(".")[0].removesuffix("control")
    rows = [row for row in TABLE[operation] if row.when in ("", *TAGS)]
    return {row.action for row in rows if row.action.startswith(f"{service}:")}


def called(recording: Recording, by: Callable[[str], Iterator[str]]) -> set[str]:
    """The actions for a stack's resources, by the provider's operations or by our changes."""
    kinds = {resource.type for resource in recording.resources if resource.type.startswith("aws:")}
    return {action for kind in kinds for operation in by(kind) for action in actions(operation)}


def allowed(recording: Recording) -> set[str]:
    """The actions that the stack's own `pulumi up` is allowed."""
    policy = json.loads(recording.one("RolePolicy", "ci-infra")["policy"])
    return {action for one in policy["Statement"] if one["Effect"] == "Allow" for action in one["Action"]}


def of_the_state(part: str) -> set[str]:
    """The actions that the stack's state takes."""
    place = around(PROJECT, "111111111111")
    return {
        action for one in (*state.read(place, part), *state.write(place, part)) for action in one["Action"]
    }


@pytest.mark.parametrize("part", STACKS)
def test_every_kind_was_looked_at(stack: Callable[[str], Recording], part: str) -> None:
    """Of each kind of resource it is known what the provider calls."""
    assert {one.type for one in stack(part).resources if one.type.startswith("aws:")} - CALLS.keys() == set()


@pytest.mark.parametrize("part", STACKS)
def test_what_the_provider_calls_is_allowed(stack: Callable[[str], Recording], part: str) -> None:
    """Or stands in the table of what an infra role is not given."""
    missing = called(stack(part), operations) - allowed(stack(part)) - exceptions.LEFT_OUT.keys()

    assert missing == set()


def beyond(stack: Callable[[str], Recording], up: str) -> set[str]:
    """What a program's `pulumi up` is allowed although nothing calls it in any of the program's stacks."""
    of_any: list[set[str]] = [set(), set()]
    for part in UPS[up]:
        of_any[0] |= allowed(stack(part))
        of_any[1] |= called(stack(part), operations) | called(stack(part), changes) | of_the_state(part)
    return of_any[0] - of_any[1]


@pytest.mark.parametrize("up", UPS)
def test_what_is_allowed_is_called(stack: Callable[[str], Recording], up: str) -> None:
    """By the provider, for a change, for the state, or for a reason in the table of exceptions."""
    assert beyond(stack, up) - exceptions.BEYOND.keys() == set()


def test_no_exception_is_out_of_date(stack: Callable[[str], Recording]) -> None:
    """What stands in that table is allowed, and not called."""
    assert exceptions.BEYOND.keys() - beyond(stack, "platform") - beyond(stack, "service") == set()


def test_nothing_is_left_out_that_is_allowed_or_not_called(stack: Callable[[str], Recording]) -> None:
    """The table of what an infra role is not given holds what the provider would call, and nothing else."""
    recordings = [stack(part) for part in STACKS]
    given = set[str]().union(*(allowed(one) for one in recordings))

    assert (
        exceptions.LEFT_OUT.keys() - set[str]().union(*(called(one, operations) for one in recordings))
        == set()
    )
    assert exceptions.LEFT_OUT.keys() & given == set()
