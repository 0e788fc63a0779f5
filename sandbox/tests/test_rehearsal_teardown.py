"""sandbox.rehearsal.teardown: both counts must agree, and nothing may be left."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import rehearsal_fakes as fakes
from rehearsal_fakes import Client

from sandbox.rehearsal import caller, upstream
from sandbox.rehearsal.life import Failed
from sandbox.rehearsal.teardown import requests, stop_traffic, teardown

NOTHING = {"left": [], "processes": [], "keys_pending_deletion": [{"service": "kms", "kind": "key", "name": "k"}]}


@pytest.fixture
def life(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A rehearsal with traffic, at its end, where all goes well."""
    for one in (caller, upstream):
        monkeypatch.setattr(one, "remove", lambda _: None)
    made = fakes.life(tmp_path)
    made.client = Client()
    made.client.saw(("m-1", 200), ("m-1", 200), ("m-2", 500))
    made.observer.counted = {"m-1": Counter({200: 2}), "m-2": Counter({500: 1})}
    made.verbs.answers = {
        "pipeline teardown": (0, {"deleted": [], "left": []}),
        "sandbox destroy": (0, {"deleted": []}),
        "sandbox left": (0, NOTHING),
    }
    return made


def test_a_good_end_says_what_was_seen(life: Any) -> None:
    """Requests, and the keys that AWS keeps for a while."""
    assert teardown(life) == "3 requests counted alike; nothing is left but 1 keys that AWS deletes in its own time"


def test_everything_is_taken_down_once(life: Any) -> None:
    """What the verbs made before the stack that it lies in."""
    teardown(life)
    order = life.verbs.said
    assert sorted(order) == sorted(set(order))
    assert order.index("pipeline teardown production --confirm toy") < order.index(
        "sandbox destroy infra/service --stack production --unprotect"
    )
    assert order[-3:] == [
        "sandbox destroy infra/platform --stack platform --unprotect",
        "sandbox destroy ../foundation --stack account --unprotect",
        "sandbox left",
    ]


def test_the_platform_is_emptied_while_the_environments_can_be_looked_at(life: Any) -> None:
    """The roles that show that nothing is live go with the services' stacks."""
    teardown(life)
    order = life.verbs.said
    assert order.index("pipeline teardown platform --confirm toy") < min(
        order.index(f"sandbox destroy infra/service --stack {one} --unprotect") for one in ("staging", "production")
    )


def test_people_take_down_what_is_in_their_account(life: Any) -> None:
    """No workflow can."""
    life.runner = fakes.Runner({"staging": "222222222222"})
    teardown(life)
    assert set(life.verbs.by.values()) == {"administrator of 123456789012", "administrator of 222222222222"}
    assert life.verbs.by["pipeline teardown staging --confirm toy"] == "administrator of 222222222222"


def test_traffic_stops_before_its_endpoint(life: Any) -> None:
    """Else its last requests would fail."""
    life.verbs.answers["pipeline teardown"] = lambda: (0 if life.client.stopped else 1, {"error": "under traffic"})
    teardown(life)


def test_both_counts_are_recorded(life: Any) -> None:
    """Side by side."""
    teardown(life)
    assert life.record.requests == {
        "sent": 3,
        "failed": 1,
        "agree": True,
        "by_model": [
            {"model": "m-1", "traffic": {"200": 2}, "served": {"200": 2}},
            {"model": "m-2", "traffic": {"500": 1}, "served": {"500": 1}},
        ],
    }


@pytest.mark.parametrize(
    "served",
    [
        {"m-1": Counter({200: 3}), "m-2": Counter({500: 1})},
        {"m-1": Counter({200: 2})},
        {"m-1": Counter({200: 2}), "m-2": Counter({200: 1})},
        {"m-1": Counter({200: 2}), "m-2": Counter({500: 1}), "m-3": Counter({200: 1})},
        {},
    ],
    ids=["one more", "a model less", "another status", "a model more", "none at all"],
)
def test_counts_that_differ_fail(life: Any, served: dict[str, Counter[int]]) -> None:
    """In whatever way; the record says how."""
    life.observer.counted = served
    with pytest.raises(Failed, match=r"the traffic counted .* and the serving processes"):
        teardown(life)
    assert life.record.requests["agree"] is False


def test_a_request_that_nobody_answered_fails(life: Any) -> None:
    """No serving process can have counted it."""
    life.client.saw(("", 0))
    with pytest.raises(Failed, match=r"the traffic counted \{'': \{'0': 1\}"):
        teardown(life)


@pytest.mark.parametrize("kind", ["left", "processes"])
def test_what_the_account_still_lists_fails(life: Any, kind: str) -> None:
    """A resource or a process; the record has it."""
    life.verbs.answers["sandbox left"] = (1, NOTHING | {kind: [{"name": "forgotten"}]})
    with pytest.raises(Failed, match=r"left after teardown: .*forgotten"):
        teardown(life)
    assert life.record.left == [{"name": "forgotten"}]


def test_what_outlives_the_account_fails(life: Any) -> None:
    """Looked at when the account has stopped."""
    life.account.outlives = ["port 4566"]
    with pytest.raises(Failed, match="port 4566"):
        teardown(life)


def test_a_listing_that_fails_is_no_empty_listing(life: Any) -> None:
    """What was not looked at is not gone."""
    life.verbs.answers["sandbox left"] = (1, {"error": "no answer"})
    with pytest.raises(Failed, match="`sandbox left` ended with 1 and no list: no answer"):
        teardown(life)
    assert life.record.left is None


@pytest.mark.parametrize("verb", ["pipeline teardown staging", "sandbox destroy infra/service --stack production"])
def test_a_teardown_that_fails_fails(life: Any, verb: str) -> None:
    """Also one of two that run side by side."""
    life.verbs.answers[verb] = (20, {"error": "it is in use"})
    with pytest.raises(Failed, match="ended with 20 instead of 0: it is in use"):
        teardown(life)


def test_stopping_keeps_what_the_traffic_saw(life: Any) -> None:
    """For the report, in seconds since the rehearsal began."""
    stop_traffic(life)
    seen = life.record.traffic
    assert life.client.stopped
    assert 0 <= seen["started"] < seen["ended"] < 5
    lanes = {model: {lane: sum(counts) for lane, counts in lanes.items()} for model, lanes in seen["models"].items()}
    assert lanes == {"m-1": {"answered": 2, "failed": 0}, "m-2": {"answered": 0, "failed": 1}}


def test_stopping_twice_keeps_the_first(life: Any) -> None:
    """A failed teardown has stopped it already."""
    stop_traffic(life)
    before = life.record.traffic
    life.client.saw(("m-1", 200))
    stop_traffic(life)
    assert life.record.traffic is before


def test_traffic_that_never_began_is_not_stopped(life: Any) -> None:
    """Nothing to say of it."""
    life.client = None
    stop_traffic(life)
    assert life.record.traffic is None


def test_traffic_without_a_request_says_nothing(life: Any) -> None:
    """As when Ctrl-C came before the first."""
    life.client = Client()
    stop_traffic(life)
    assert life.client.stopped
    assert life.record.traffic is None


def test_requests_are_summed() -> None:
    """Of all models; whatever is not 200 failed."""
    counted = {"a": Counter({200: 5, 400: 1}), "": Counter({0: 2})}
    found = requests(counted, counted)
    assert (found["sent"], found["failed"], found["agree"]) == (8, 3, True)
