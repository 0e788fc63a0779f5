"""A release whose process dies is taken up by the same verb, and nothing is done twice."""

import json
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pipeline import aws, ledger, registry, states
from pipeline.__main__ import run

from .conftest import GROUP, Fleet
from .releasing import Guard, current, rejecting

TABLE = "flights-production-releases"
Verb = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture(autouse=True)
def guard(monkeypatch: pytest.MonkeyPatch) -> Guard:
    """Every gate is passed, no alarm fires, and two releases never begin in the same second."""
    seconds = count()
    monkeypatch.setattr(
        ledger, "identify", lambda where, what: (f"{where}-v{what}-20260301t{next(seconds):06}", ledger.now())
    )
    return Guard(monkeypatch)


@pytest.fixture
def verb(capsys: pytest.CaptureFixture[str]) -> Verb:
    """Run a verb; exit code and JSON."""

    def go(*words: str) -> tuple[int, dict[str, Any]]:
        code = run([*words, "--json"])
        document: dict[str, Any] = json.loads(capsys.readouterr().out)
        return code, document

    return go


@pytest.fixture
def live(fleet: Fleet, register: Callable[..., int], verb: Verb) -> Fleet:
    """Version 1 serves production, version 2 is registered."""
    register()
    fleet.serve(verb("release", "production")[1]["config_asked"])
    assert verb("release", "production")[1]["verdict"] == "promoted"
    register(model="two")
    return fleet


class Killed(BaseException):
    """What SIGKILL leaves behind: no handler of the program runs."""


# the calls of a release that change something, in order: a release dies at each of them, before it and after
CALLS = (
    "pipeline.replay.gate",
    "pipeline.endpoint.make",
    "pipeline.capacity.raised",
    "pipeline.preflight.plan",
    "pipeline.alarms.arm",
    "pipeline.release.update.ask",
    "pipeline.release.follow.follow",
    "pipeline.endpoint.mark_promoted",
    "pipeline.alarms.disarm",
    "pipeline.prune.prune",
    "pipeline.registry.move",
    "pipeline.ledger.close",
)


def dies(monkeypatch: pytest.MonkeyPatch, call: str, *, after: bool) -> None:
    """The process dies at a call."""
    module, _, name = call.rpartition(".")
    real = getattr(__import__(module, fromlist=[name]), name)

    def die(*arguments: Any, **more: Any) -> Any:
        if after:
            real(*arguments, **more)
        raise Killed

    monkeypatch.setattr(call, die)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", CALLS)
def test_the_same_verb_goes_on_wherever_it_died(live: Fleet, verb: Verb, call: str, after: bool) -> None:
    """One update, one record, the version promoted, and the lock free."""
    with pytest.MonkeyPatch.context() as dying:
        dies(dying, call, after=after)
        with pytest.raises(Killed):
            verb("release", "production")
    code, document = verb("release", "production")
    assert (code, document["verdict"], document["config_after"]) == (0, "promoted", document["config_asked"])
    assert (len(live.updates), len(ledger.records(TABLE)), ledger.current(TABLE)) == (1, 2, None)
    assert live.stages() == {1: "Archived", 2: "Production"}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", CALLS)
def test_reconcile_closes_it_wherever_it_died(live: Fleet, verb: Verb, call: str, after: bool) -> None:
    """By what the endpoint serves, and nothing is open afterwards."""
    with pytest.MonkeyPatch.context() as dying:
        dies(dying, call, after=after)
        with pytest.raises(Killed):
            verb("release", "production")
    closed = call == "pipeline.ledger.close" and after
    code, document = verb("reconcile", "production", "--wait")
    served, record = live.states[0][1], ledger.records(TABLE)[0]
    assert (code, document["found"], ledger.current(TABLE)) == (0, None if closed else "closed", None)
    assert record.state == ("promoted" if served == record.config_asked else "failed")
    assert live.stages()[1 if record.state == "failed" else 2] == "Production"


def test_what_was_armed_is_put_back_by_whoever_closes(live: Fleet, verb: Verb, guard: Guard) -> None:
    """Alarms are deleted, what is old is pruned."""
    with pytest.MonkeyPatch.context() as dying:
        dies(dying, "pipeline.release.follow.follow", after=False)
        with pytest.raises(Killed):
            verb("release", "production")
    live.states = live.states[-1:]
    guard.acts.clear()
    verb("reconcile", "production")
    assert guard.acts == ["disarm", "prune"]


def test_nothing_open_is_nothing_to_do(live: Fleet, verb: Verb) -> None:
    """Reconcile may run at any time."""
    assert verb("reconcile", "production") == (
        0,
        {"environment": "production", "found": None, "release": None},
    )


def left(live: Fleet, verb: Verb, call: str = "pipeline.release.follow.follow") -> ledger.Record:
    """An open release whose process is dead; the endpoint updates and does not end."""
    with pytest.MonkeyPatch.context() as dying:
        dies(dying, call, after=False)
        with pytest.raises(Killed):
            verb("release", "production")
    return current(TABLE)


def test_an_update_without_a_judge_is_left_to_its_alarm(live: Fleet, verb: Verb) -> None:
    """Reconcile says so, and touches nothing."""
    record = left(live, verb)
    live.states = [("Updating", str(record.config_before))]
    code, document = verb("reconcile", "production")
    assert (code, document["found"], "heartbeat" in document["sentence"]) == (0, "unattended", True)
    assert current(TABLE).ended is None


def test_what_the_heartbeats_alarm_took_back_is_closed_as_such(live: Fleet, verb: Verb, guard: Guard) -> None:
    """The version is not rejected: nobody judged it."""
    record, guard.signal = left(live, verb), "heartbeat"
    live.states = [("Updating", str(record.config_before)), ("InService", str(record.config_before))]
    code, document = verb("reconcile", "production", "--wait")
    assert (code, document["verdict"], document["cause"]) == (0, "rolled_back", "heartbeat")
    assert registry.get(GROUP, 2).status == "Approved"


def test_a_living_process_is_left_alone(live: Fleet, verb: Verb, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its beat changes while one looks."""
    left(live, verb)
    monkeypatch.setattr("pipeline.beat.alive", lambda table, record: True)
    assert verb("reconcile", "production")[1]["found"] == "alive"
    assert current(TABLE).ended is None


def test_another_release_is_refused_while_the_first_is_alive(
    live: Fleet, verb: Verb, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence names it."""
    record = left(live, verb)
    monkeypatch.setattr("pipeline.beat.alive", lambda table, record: True)
    code, document = verb("release", "production", "--version", "1")
    assert (code, f"{record.release} is under way" in document["error"]) == (2, True)


def test_another_release_closes_a_dead_one_first(live: Fleet, verb: Verb) -> None:
    """The dead one never asked for its update: it failed, and the old configuration is untouched."""
    record = left(live, verb, "pipeline.alarms.arm")
    code, document = verb("release", "production", "--version", "1")
    found = ledger.get(TABLE, record.release)
    assert (code, "nothing to do" in document["reason"], live.updates) == (0, True, [])
    assert found and (found.state, found.cause) == ("failed", "provision")


def test_a_dead_ones_update_is_in_the_way(live: Fleet, verb: Verb) -> None:
    """AWS refuses a second one, and so does the verb."""
    record = left(live, verb)
    live.states = [("Updating", str(record.config_before))]
    code, document = verb("release", "production", "--version", "1")
    assert (code, "pipeline reconcile production --wait" in document["error"]) == (2, True)


def test_a_release_that_another_process_closed_is_told_all_the_same(
    live: Fleet, verb: Verb, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever closes it first has the last word."""

    def elsewhere(record: ledger.Record, *_: Any, **__: Any) -> ledger.Record:
        written = replace(current(TABLE), verdict="promoted", state=states.UPDATING)
        ledger.close(TABLE, written, "promoted")
        return ledger.save(TABLE, record)

    monkeypatch.setattr("pipeline.release.follow.follow", elsewhere)
    assert verb("release", "production")[1]["verdict"] == "promoted"


def test_an_update_that_is_throttled_is_asked_for_once_more(
    live: Fleet, verb: Verb, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a while, and once."""
    real, refusals = live.update_endpoint, iter(["ThrottlingException"])
    monkeypatch.setattr(aws, "sleep", lambda seconds: None)

    def update(**request: Any) -> None:
        if code := next(refusals, None):
            raise ClientError({"Error": {"Code": code, "Message": "slow down"}}, "UpdateEndpoint")
        real(**request)

    monkeypatch.setattr(live, "update_endpoint", update)
    assert (verb("release", "production")[1]["verdict"], len(live.updates)) == ("promoted", 1)


def test_an_update_that_is_refused_twice_has_failed(
    live: Fleet, verb: Verb, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 20, the old configuration untouched, the lock free."""
    busy = {"Code": "ValidationException", "Message": "Cannot update in-progress endpoint"}
    monkeypatch.setattr(aws, "sleep", lambda seconds: None)

    def update(**_: Any) -> None:
        raise ClientError({"Error": busy}, "UpdateEndpoint")

    monkeypatch.setattr(live, "update_endpoint", update)
    code, document = verb("release", "production")
    assert (code, document["verdict"], document["cause"]) == (20, "failed", "provision")
    assert "in-progress" in document["reason"]
    assert (document["config_after"], ledger.current(TABLE)) == (document["config_before"], None)


def test_an_update_whose_answer_was_lost_is_not_asked_for_again(
    live: Fleet, verb: Verb, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AWS took it: the endpoint is on its way."""
    real = live.update_endpoint
    monkeypatch.setattr(aws, "sleep", lambda seconds: None)

    def update(**request: Any) -> None:
        real(**request)
        raise ClientError({"Error": {"Code": "ThrottlingException"}}, "UpdateEndpoint")

    monkeypatch.setattr(live, "update_endpoint", update)
    live.states = [live.states[0]]
    assert verb("release", "production")[1]["verdict"] == "promoted"
    assert len(live.updates) == 1


def test_the_judges_word_is_written_down(live: Fleet, verb: Verb, guard: Guard) -> None:
    """Its evidence at each tick, and when and why it decided: exit code 10, and the version is rejected."""
    live.becomes = lambda old, asked: old
    guard.opinion, guard.signal = rejecting(), "reject"
    code, document = verb("release", "production")
    details = ledger.records(TABLE)[0].details
    assert (code, document["cause"], document["reason"]) == (10, "judge", "40 of 50 failures are its own")
    assert details["ticks"][0]["signals"]["errors"]["canary_failed"] == 40
    assert registry.get(GROUP, 2).status == "Rejected"


@pytest.mark.parametrize("cause", ["replay", "gate"])
def test_what_a_gate_refuses_is_not_updated(live: Fleet, verb: Verb, guard: Guard, cause: str) -> None:
    """Exit code 1; the record says why, and the version stays as it is."""
    if cause == "replay":
        guard.replayed = {"passed": False, "sentence": "16 of 2000 requests failed"}
    else:
        guard.refused = "the gate refuses version 2"
    code, document = verb("release", "production")
    record = ledger.records(TABLE)[0]
    assert (code, document["verdict"], document["cause"], live.updates) == (1, "refused", cause, [])
    assert (record.state, record.verdict, registry.get(GROUP, 2).status) == ("failed", "refused", "Approved")


def test_thin_traffic_is_promoted_and_said_to_prove_nothing(live: Fleet, verb: Verb, guard: Guard) -> None:
    """Exit code 0, and the configuration is one to go back to."""
    guard.plan = {**guard.plan, "proves": False}
    code, document = verb("release", "production")
    assert (code, document["verdict"], document["state"]) == (0, "promoted_unproven", "promoted")
    assert live.stages()[2] == "Production"


@pytest.fixture
def taken_back(live: Fleet, verb: Verb, guard: Guard) -> Fleet:
    """Version 2 was taken back by an alarm; from now on all goes well."""
    live.becomes, guard.signal = (lambda old, asked: old), "errors"
    verb("release", "production")
    live.becomes, guard.signal = (lambda old, asked: asked), None
    return live


def test_what_was_taken_back_is_not_released_again(taken_back: Fleet, verb: Verb) -> None:
    """Neither by its version, which is Rejected, nor as the same configuration under another number."""
    code, document = verb("release", "production", "--version", "2")
    assert (code, document["verdict"], document["cause"]) == (1, "refused", "registry")


def test_the_same_configuration_under_another_number_is_refused(
    taken_back: Fleet, verb: Verb, register: Callable[..., int]
) -> None:
    """The ledger remembers what it did."""
    register(model="two")
    code, document = verb("release", "production", "--version", "3")
    assert (code, "was taken back by" in document["reason"], len(taken_back.updates)) == (1, True, 1)


def test_force_takes_a_reason_and_the_record_keeps_who(taken_back: Fleet, verb: Verb) -> None:
    """Without one it is the user's mistake."""
    assert verb("release", "production", "--version", "2", "--force")[0] == 2
    words = ("release", "production", "--version", "2", "--force", "--why", "the alarm was wrong")
    assert verb(*words)[1]["verdict"] == "promoted"
    record = ledger.records(TABLE)[0]
    assert (record.why, str(record.by)[:8]) == ("the alarm was wrong", "arn:aws:")
