"""sandbox.rehearsal.life under traffic: a canary is seen by who answered."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import rehearsal_fakes as fakes
from rehearsal_fakes import Client, released

from sandbox.rehearsal import caller, traffic, upstream
from sandbox.rehearsal.life import JUDGED, Failed, Life, wait_for
from sandbox.rehearsal.teardown import stop_traffic
from sandbox.rehearsal.traffic import Answer, Send


@pytest.fixture
def life(tmp_path: Path) -> Any:
    """A rehearsal with nothing in it."""
    return fakes.life(tmp_path)


def test_a_canary_has_a_share(life: Any) -> None:
    """Of the requests from the new model's first to the old one's last."""
    release = released(life, *[("old", 200)] * 3, *[("new", 200), ("old", 200)] * 4, *[("new", 200)] * 5)
    assert life.canary_share(release) == 0.5


def test_a_failed_canary_has_a_share(life: Any) -> None:
    """Until the new model's last request."""
    release = released(life, *[("new", 500), ("old", 200)] * 4, *[("old", 200)] * 9, code=JUDGED)
    assert life.canary_share(release) == pytest.approx(4 / 7)


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ([("old", 200)] * 5, "answered no request during its canary"),
        ([("new", 200)] * 5, "all requests went to the new model at once"),
        ([("old", 200)] * 5 + [("new", 200)] * 5, "all requests went to the new model at once"),
        (([("new", 200)] * 9 + [("old", 200)]) * 6, "the share was 92%"),
        (([("new", 200)] + [("old", 200)] * 9) * 6, "the share was 12%"),
    ],
    ids=["none", "all", "all from one moment on", "nearly all", "hardly any"],
)
def test_a_release_without_a_canary_is_found(life: Any, answers: list[tuple[str, int]], sentence: str) -> None:
    """By who answered, whatever the endpoint's configuration says."""
    with pytest.raises(Failed, match=sentence):
        life.canary_share(released(life, *answers))


def sending(answer: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every request of traffic is answered so."""

    def sender(_url: str, _endpoint: str, sign: str, workers: int) -> Send:
        assert sign == "a caller of arn:aws:sagemaker:eu-west-1:123456789012:endpoint/toy-production"
        return lambda *_: answer

    def make(_iam: object, _sts: object, _account: str, _region: str, arn: str) -> SimpleNamespace:
        return SimpleNamespace(sign=f"a caller of {arn}")

    monkeypatch.setattr(traffic, "sender", sender)
    monkeypatch.setattr(caller, "make", make)
    monkeypatch.setattr(upstream, "make", lambda *_: lambda _key, _content: None)


def test_traffic_begins_with_an_answer(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    """And goes on."""
    sending(Answer(200, "old"), monkeypatch)
    life.begin_traffic()
    client = life.client
    assert client is not None
    assert wait_for(lambda: client.counts()["old"].total() >= 3, 5)
    stop_traffic(life)


def test_labels_come_with_the_traffic(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    """Late, and by a system of its own that writes into the registry's bucket."""
    sending(Answer(200, "old"), monkeypatch)
    made: list[tuple[str, ...]] = []

    def make(*words: object) -> upstream.Put:
        made.append(tuple(map(str, words[2:])))
        return lambda _key, _content: None

    monkeypatch.setattr(upstream, "make", make)
    life.begin_traffic()
    stop_traffic(life)
    assert life.labeller is not None
    assert life.labeller.late > 0
    assert made == [("123456789012", "eu-west-1", life.account.url, "toy-bucket", "toy-key")]


@pytest.mark.parametrize(("status", "word"), [(500, "500"), (0, "nothing")])
def test_an_endpoint_that_does_not_answer_is_found(
    life: Life, monkeypatch: pytest.MonkeyPatch, status: int, word: str
) -> None:
    """By the first request."""
    sending(Answer(status, ""), monkeypatch)
    with pytest.raises(Failed, match=f"answered its first request with {word}"):
        life.begin_traffic()


def test_newcomers_carry_the_value(life: Any) -> None:
    """In the column and the share of the scenario."""
    life.client = Client()
    life.newcomers()
    questions, share = life.client.met
    assert share == 0.5
    rows = [row for one in questions for row in one.rows]
    assert {(row["carrier"], tuple(sorted(row))) for row in rows} == {("ZZ", ("carrier", "distance"))}
