"""sandbox.rehearsal.traffic: every request is sent once, and counted as it was answered."""

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from conftest import until

from sandbox.rehearsal.traffic import NAME, Answer, Question, Request, Row, Send, Traffic, sender, series


class Toy(BaseHTTPRequestHandler):
    """InvokeEndpoint, as AWS would answer for a container that has its own view of a row's `carrier`."""

    protocol_version = "HTTP/1.1"
    seen: list[tuple[str, Any, str]]

    def do_POST(self) -> None:
        """200 for most, the container's 500 for ZZ, something that is not the container for XX and YY."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.seen.append((self.path, body, self.headers[NAME]))
        carrier = body["instances"][0]["carrier"]
        error = {"OriginalStatusCode": 500, "OriginalMessage": json.dumps({"error": "no such value", "model": "m-1"})}
        foreign = {"OriginalStatusCode": 500, "OriginalMessage": "<html>"}
        status, answer = {
            "ZZ": (424, error),
            "YY": (424, foreign),
            "XX": (503, {"message": "not now"}),
        }.get(carrier, (200, {"predictions": [0.5]}))
        said = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("X-Amzn-SageMaker-Custom-Attributes", "model=m-1")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture
def toy() -> Iterator[tuple[str, list[tuple[str, Any, str]]]]:
    """Where a toy answers, and what it was sent."""
    seen: list[tuple[str, Any, str]] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Its", (Toy,), {"seen": seen}))
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", seen
    server.shutdown()
    server.server_close()


def all_of(carriers: str) -> list[Question]:
    """A question about each of those carriers."""
    return [Question([{"carrier": carrier}], [1.0]) for carrier in carriers.split()]


def run(send: Send, questions: list[Question], requests: int) -> Traffic:
    """Traffic that has sent that many requests and stopped."""
    traffic = Traffic(send, questions, rate=500)
    traffic.start()
    until(lambda: sum(traffic.counts().values(), Counter()).total() >= requests)
    traffic.stop()
    return traffic


def unsigned(_url: str, _body: str) -> dict[str, str]:
    """The headers of a request that nobody signed."""
    return {"Content-Type": "application/json"}


def test_a_request_is_signed(toy: tuple[str, Any]) -> None:
    """With the headers for its address and its body."""
    signed = []

    def sign(url: str, body: str) -> dict[str, str]:
        signed.append((url, body))
        return unsigned(url, body)

    sender(toy[0], "live", sign, 1)([{"carrier": "AA"}], "r-1")
    assert signed == [(f"{toy[0]}/endpoints/live/invocations", '{"instances": [{"carrier": "AA"}]}')]


def test_a_row_is_sent_as_one_instance(toy: tuple[str, Any]) -> None:
    """To the endpoint's invocations."""
    url, seen = toy
    sender(url, "live", unsigned, 1)([{"carrier": "AA"}], "r-1")
    assert seen == [("/endpoints/live/invocations", {"instances": [{"carrier": "AA"}]}, "r-1")]


@pytest.mark.parametrize(
    ("carrier", "answer"),
    [
        ("AA", Answer(200, "m-1")),
        ("ZZ", Answer(500, "m-1")),
        ("YY", Answer(0, "")),
        ("XX", Answer(0, "")),
    ],
    ids=["answered", "failed in the container", "not our container", "not a container"],
)
def test_an_answer_is_who_answered_and_how(toy: tuple[str, Any], carrier: str, answer: Answer) -> None:
    """A ModelError carries the container's own status and words."""
    assert sender(toy[0], "live", unsigned, 1)([{"carrier": carrier}], "r-1") == answer


def test_nobody_answers_where_nobody_listens() -> None:
    """Status 0, without an exception."""
    assert sender("http://127.0.0.1:9", "live", unsigned, 1)([{"carrier": "AA"}], "r-1") == Answer(0, "")


def test_a_failed_request_is_not_sent_again(toy: tuple[str, Any]) -> None:
    """Else the serving processes would count more."""
    url, seen = toy
    sender(url, "live", unsigned, 1)([{"carrier": "XX"}], "r-1")
    assert len(seen) == 1


def test_requests_are_counted_by_model_and_status(toy: tuple[str, Any]) -> None:
    """As the server saw them."""
    url, seen = toy
    traffic = run(sender(url, "live", unsigned, 16), all_of("AA AA ZZ XX"), 40)
    carriers = Counter(body["instances"][0]["carrier"] for _, body, _ in seen)
    assert traffic.counts() == {
        "m-1": Counter({200: carriers["AA"], 500: carriers["ZZ"]}),
        "": Counter({0: carriers["XX"]}),
    }


def test_an_endpoint_that_hangs_meets_the_same_load() -> None:
    """An open loop does not wait for answers."""
    held = threading.Event()

    def send(*_: object) -> Answer:
        sent.append(time.monotonic())
        held.wait(5)
        return Answer(200, "m")

    sent: list[float] = []
    traffic = Traffic(send, all_of("AA"), rate=500, workers=8)
    traffic.start()
    until(lambda: len(sent) == 8)
    held.set()
    traffic.stop()


def test_the_rate_is_kept() -> None:
    """Half a second at 100 a second."""
    traffic = Traffic(lambda *_: Answer(200, "m"), all_of("AA"), rate=100)
    traffic.start()
    time.sleep(0.5)
    traffic.stop()
    assert 25 <= traffic.counts()["m"].total() <= 55


def test_a_request_has_a_name(toy: tuple[str, Any]) -> None:
    """AWS captures it beside the answer, so that labels find it: its own for each, and remembered."""
    url, seen = toy
    traffic = run(sender(url, "live", unsigned, 16), all_of("AA"), 3)
    asked = traffic.between(0, time.time() + 1)
    assert {one.name for one in asked} == {name for _, _, name in seen}
    assert len({one.name for one in asked}) == len(asked) >= 3


def test_what_was_true_is_remembered() -> None:
    """Of each row that was asked."""
    traffic = Traffic(lambda *_: Answer(200, "m"), all_of("AA"), rate=1)
    assert traffic.request(Question([{}, {}], [1.0, 0.0])).question.truth == [1.0, 0.0]
    traffic.stop()


def remembering() -> tuple[list[str], Send]:
    """The carriers that were asked for, and what answers every request and adds to them."""
    seen: list[str] = []

    def send(rows: Sequence[Row], _name: str) -> Answer:
        seen.append(rows[0]["carrier"])
        return Answer(200, "m")

    return seen, send


def test_other_questions_take_the_place_of_those_before() -> None:
    """From the moment they are asked."""
    seen, send = remembering()
    traffic = Traffic(send, all_of("AA"), rate=2000)
    traffic.start()
    until(lambda: len(seen) >= 10)
    traffic.ask(all_of("BB"))
    until(lambda: "BB" in seen)
    began = len(seen) + 16
    until(lambda: len(seen) >= began + 50)
    traffic.stop()
    assert set(seen[began:]) == {"BB"}


def test_newcomers_come_in_their_share() -> None:
    """From the moment they are met, and not before."""
    seen, send = remembering()
    traffic = Traffic(send, all_of("AA"), rate=2000)
    traffic.start()
    until(lambda: len(seen) >= 100)
    assert "ZZ" not in seen
    traffic.meet(all_of("ZZ"), 0.5)
    began = len(seen)
    until(lambda: len(seen) >= began + 400)
    traffic.stop()
    assert 0.35 < Counter(seen[began:])["ZZ"] / len(seen[began:]) < 0.65


def test_stop_waits_for_answers() -> None:
    """A request that is under way is counted."""
    begun = threading.Event()

    def send(*_: object) -> Answer:
        begun.set()
        time.sleep(0.1)
        return Answer(200, "m")

    traffic = Traffic(send, all_of("AA"), rate=1)
    traffic.start()
    begun.wait(5)
    traffic.stop()
    assert traffic.counts() == {"m": Counter({200: 1})}


def test_nothing_is_sent_after_stop() -> None:
    """The count does not move any more."""
    traffic = run(lambda *_: Answer(200, "m"), all_of("AA"), 5)
    before = traffic.counts()
    time.sleep(0.05)
    assert traffic.counts() == before


def test_traffic_that_never_began_can_be_stopped() -> None:
    """As when the first request failed."""
    traffic = Traffic(lambda *_: Answer(0, ""), all_of("AA"), rate=1)
    assert traffic.request(all_of("AA")[0]).failed
    traffic.stop()


def test_a_stretch_of_time_is_in_order_and_without_its_end() -> None:
    """Two stretches that meet count no request twice."""
    traffic = Traffic(lambda *_: Answer(200, "m"), all_of("AA"), rate=1)
    first, second, third = (traffic.request(Question([{}])) for _ in range(3))
    traffic.stop()
    assert traffic.between(first.at, third.at) + traffic.between(third.at, third.at + 1) == [first, second, third]


def test_requests_fall_into_buckets() -> None:
    """By model and outcome, as many buckets for each."""
    requests = [Request(10.0, 200, "a"), Request(10.4, 200, "a"), Request(10.6, 500, "b"), Request(11.2, 0, "b")]
    assert series(requests, 10.0, 11.2, 0.5) == {
        "a": {"answered": [2, 0, 0], "failed": [0, 0, 0]},
        "b": {"answered": [0, 0, 0], "failed": [0, 1, 1]},
    }


def test_no_request_is_lost_at_the_ends() -> None:
    """One before the first bucket or after the last counts in it."""
    lanes = series([Request(9.9, 200, "a"), Request(12.0, 200, "a")], 10.0, 11.0, 0.5)
    assert lanes["a"]["answered"] == [1, 0, 1]


def test_one_moment_has_one_bucket() -> None:
    """Also when the only request is all there is."""
    assert series([Request(10.0, 200, "a")], 10.0, 10.0, 0.5) == {"a": {"answered": [1], "failed": [0]}}
