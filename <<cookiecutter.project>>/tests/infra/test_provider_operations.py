"""What `pulumi up` and `pulumi preview` may do, held against what IAM is asked for our own resources.

The requests are those of the AWS provider and of our own table of kinds. The provider was watched while it
made, read and removed resources, not while it changed them: for changes our own table says what AWS's API
has, and the provider's source what it calls instead.
"""

import json
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import pytest
from sandbox.access.decision import Caller, Policies, decide
from sandbox.access.question import Question
from sandbox.stacks.asking import Stack, Wanted, wanted
from sandbox.stacks.recording import Recording
from sandbox.world import ACCOUNT

from infra.policies import exceptions, infrastructure, state
from infra.policies.documents import Document, around, guarded
from pipeline import names
from tests.infra.conftest import CONNECTED, PROJECT, service_with

SEEN = tomllib.loads((Path(__file__).parent / "provider_operations.toml").read_text()).values()
CALLS = {kind: " ".join(one.get(kind, "") for one in SEEN) for kinds in SEEN for kind in kinds}
STACKS = [names.REGISTRY, *names.ENVIRONMENTS]
UPS = {"platform": [names.REGISTRY], "service": [*names.ENVIRONMENTS]}  # stacks that share a document
READS = (*infrastructure.READS, "Head")


def operations(kind: str) -> Iterator[str]:
    """The operations that the provider calls for a kind, as `service.Operation`."""
    service = ""
    for word in CALLS[kind].split():
        if word.endswith(":"):
            service = word.removesuffix(":")
        else:
            yield f"{service}.{word}"


@dataclass(frozen=True)
class Applied:
    """A part's stack, with the endpoint that a first release has prepared."""

    part: str
    recording: Recording

    @cached_property
    def stack(self) -> Stack:
        """The same with AWS's ARNs."""
        return Stack(self.recording)

    @cached_property
    def requests(self) -> list[Wanted]:
        """The requests of its resources."""
        return wanted(self.stack, {kind: list(operations(kind)) for kind in CALLS})

    @cached_property
    def wanted(self) -> list[Wanted]:
        """The same, but for those that are a person's."""
        left = exceptions.LEFT_OUT
        return [one for one in self.requests if not any(asked.action in left for asked in one.questions)]

    def document(self, job: str) -> Document:
        """What the stack's role of a job may do."""
        _ = self.requests  # which find the ARNs
        return self.stack.text(json.loads(self.recording.one("RolePolicy", job)["policy"]))

    def role(self, job: str) -> str:
        """The ARN of the stack's role of a job."""
        return names.role_arn(PROJECT, ACCOUNT, job if self.part == names.REGISTRY else f"{job}-{self.part}")

    def refuses(self, job: str, document: Document, asked: Question) -> bool:
        """Whether IAM refuses a question of the role of a job that has a document."""
        key = self.recording.one("Key")["policy"] if asked.resource == self.stack.key else "null"
        policies = Policies(identity=[document], resource=json.loads(key))
        caller = Caller(arn=f"{self.role(job)}/session", account=ACCOUNT, role=self.role(job))
        return not decide(asked, policies, caller).allowed

    def own(self) -> list[Document]:
        """What an up is allowed of the stack itself: not its state, nor what the table of exceptions has."""
        found = []
        for one in self.document("ci-infra")["Statement"]:
            actions = [action for action in one["Action"] if action not in exceptions.BEYOND]
            if one["Effect"] == "Allow" and one not in stated(self.part) and actions:
                found.append({**one, "Action": actions})
        return found


def stated(part: str) -> list[Document]:
    """What is said of a part's state."""
    place = around(PROJECT, ACCOUNT)
    return state.change(place, part)


@pytest.fixture(scope="session")
def applied(platform: Recording) -> Callable[[str], Applied]:
    """`applied(part)`: the platform, or an environment's service, which reaches GitHub where it can."""

    def one(part: str) -> Applied:
        first, connected = names.release(PROJECT, part, "0" * 64), CONNECTED if guarded(part) else None
        return Applied(part, platform if part == names.REGISTRY else service_with(part, connected, first))

    return cache(one)


def changes(role: str, asked: Question) -> bool:
    """Whether a question is about a change of `role`."""
    return asked.resource == role and not asked.action.partition(":")[2].startswith(infrastructure.READS)


@pytest.mark.parametrize("part", STACKS)
def test_every_kind_was_looked_at(applied: Callable[[str], Applied], part: str) -> None:
    """Of each kind of resource it is known what the provider calls."""
    kinds = {one.type for one in applied(part).recording.resources if one.type.startswith("aws:")}
    assert kinds - CALLS.keys() == set()


@pytest.mark.parametrize("part", STACKS)
def test_an_up_is_refused_nothing(applied: Callable[[str], Applied], part: str) -> None:
    """But for what stands in the table of what an infra role is not given, and changes of itself."""
    here = applied(part)
    up, itself = here.document("ci-infra"), here.role("ci-infra")
    refused = [
        (one.resource.name, one.operation, asked.action, asked.resource)
        for one in here.wanted
        for asked in one.questions
        if not changes(itself, asked) and here.refuses("ci-infra", up, asked)
    ]
    assert refused == []


@pytest.mark.parametrize("part", STACKS)
def test_an_up_is_refused_every_change_of_its_own_role(applied: Callable[[str], Applied], part: str) -> None:
    """Though the role is one of the stack's."""
    here = applied(part)
    up, itself = here.document("ci-infra"), here.role("ci-infra")
    of_itself = [asked for one in here.wanted for asked in one.questions if changes(itself, asked)]
    assert {asked.action for asked in of_itself if here.refuses("ci-infra", up, asked)} == {
        asked.action for asked in of_itself
    }
    assert "iam:PutRolePolicy" in {asked.action for asked in of_itself}


@pytest.mark.parametrize("part", STACKS)
def test_a_preview_is_refused_no_read(applied: Callable[[str], Applied], part: str) -> None:
    """Of any resource of the stack, so that `--refresh` works; and it is refused all the rest."""
    here = applied(part)
    preview = here.document("ci-preview")
    refused, passed = set(), set()
    for one in here.wanted:
        reads = one.operation.partition(".")[2].startswith(READS)
        if any(here.refuses("ci-preview", preview, asked) for asked in one.questions) == reads:
            (refused if reads else passed).add(one.operation)
    assert (refused, passed) == (set(), set())


def spare(here: Applied) -> set[str]:
    """The actions that an up is allowed on a resource on which nothing asks for them."""
    every = [asked for one in here.wanted for asked in one.questions]
    found = set()
    for statement in here.document("ci-infra")["Statement"]:
        for resource in statement["Resource"] if statement["Effect"] == "Allow" else []:
            for action in statement["Action"]:
                alone = {"Statement": [{**statement, "Action": [action], "Resource": [resource]}]}
                asking = (asked for asked in every if asked.action == action)
                if all(here.refuses("ci-infra", alone, asked) for asked in asking):
                    found.add(action)
    return found


def beyond(applied: Callable[[str], Applied], up: str) -> set[str]:
    """Of a program's stacks: what is spare in each of them, beside the state."""
    of_state = {action for part in UPS[up] for one in stated(part) for action in one["Action"]}
    return set[str].intersection(*(spare(applied(part)) for part in UPS[up])) - of_state


@pytest.mark.parametrize("up", UPS)
def test_what_is_allowed_is_asked(applied: Callable[[str], Applied], up: str) -> None:
    """On each resource; or there is a reason in the table of exceptions."""
    assert beyond(applied, up) - exceptions.BEYOND.keys() == set()


@pytest.mark.parametrize("part", [names.REGISTRY, "production"])
def test_each_arn_is_needed(applied: Callable[[str], Applied], part: str) -> None:
    """Any of them narrowed, some request is refused: so would be one that is too narrow from the start."""
    here = applied(part)
    every = [asked for one in here.wanted for asked in one.questions]
    statements, unfelt = here.own(), []
    for at, statement in enumerate(statements):
        for resource in statement["Resource"]:
            others = [one for one in statement["Resource"] if one != resource]
            narrow = {**statement, "Resource": [*others, f"{resource}-narrower"]}
            document = {"Statement": [*statements[:at], narrow, *statements[at + 1 :]]}
            asking = [asked for asked in every if asked.action in statement["Action"]]
            asking = [asked for asked in asking if not changes(here.role("ci-infra"), asked)]
            if not any(here.refuses("ci-infra", document, asked) for asked in asking):
                unfelt.append(resource)
    assert unfelt == []


def test_no_exception_is_out_of_date(applied: Callable[[str], Applied]) -> None:
    """What stands in that table is allowed, and not asked."""
    assert exceptions.BEYOND.keys() - beyond(applied, "platform") - beyond(applied, "service") == set()


def test_nothing_is_left_out_that_is_allowed_or_not_called(applied: Callable[[str], Applied]) -> None:
    """The table of what an infra role is not given holds what would be called, and nothing else."""
    stacks = [applied(part) for part in STACKS]
    given = {action for one in stacks for statement in one.own() for action in statement["Action"]}
    called = {asked.action for one in stacks for request in one.requests for asked in request.questions}
    assert exceptions.LEFT_OUT.keys() - called == set()
    assert exceptions.LEFT_OUT.keys() & given == set()
