"""serving/scores.py: what is counted, and the line that CloudWatch reads."""

import json
import time

import pytest

from serving.scores import BINS, Scores, line


@pytest.fixture
def scores() -> Scores:
    """Nothing counted yet, of scores from 0 to 1; nothing is printed by itself."""
    made = Scores("flights/production", "m-1", 3600)
    made.begin(0.0, 1.0)
    return made


def printed(capsys: pytest.CaptureFixture[str]) -> list[dict[str, dict[str, list[float]]]]:
    """The lines so far."""
    return [json.loads(each) for each in capsys.readouterr().out.splitlines()]


def test_each_score_is_counted_in_its_interval(scores: Scores, capsys: pytest.CaptureFixture[str]) -> None:
    """At the middle of it, the ends of the range included."""
    scores.add([0.0, 0.004, 0.256, 1.0])
    scores.add([0.251])
    scores.end()
    [document] = printed(capsys)
    assert (document["Score"]["Values"], document["Score"]["Counts"]) == ([0.005, 0.255, 0.995], [2, 2, 1])


def test_nothing_counted_nothing_printed(scores: Scores, capsys: pytest.CaptureFixture[str]) -> None:
    """A quiet minute costs no line."""
    scores.end()
    assert printed(capsys) == []


def test_it_prints_from_time_to_time(capsys: pytest.CaptureFixture[str]) -> None:
    """Every score stands in exactly one line."""
    scores = Scores("flights/production", "m-1", 0.05)
    scores.begin(0.0, 10.0)
    lines, sent = printed(capsys), 0
    while len(lines) < 2 and sent < 2000:
        scores.add([1.0, 7.0])
        sent += 2
        time.sleep(0.01)
        lines += printed(capsys)
    time.sleep(0.2)  # until the thread has printed, or has nothing to print
    lines += printed(capsys)
    assert (len(lines) > 1, sum(sum(one["Score"]["Counts"]) for one in lines)) == (True, sent)
    assert {value for document in lines for value in document["Score"]["Values"]} == {1.05, 7.05}


def test_the_line_is_in_the_embedded_metric_format() -> None:
    """Every reference has its target, values are at most 100, and a pipe takes the line in one piece."""
    document = line("flights/production", "m-1", [123456789] * BINS, -3.0, 1234.5, 1_700_000_000.5)
    [directive] = document["_aws"]["CloudWatchMetrics"]
    assert document["_aws"]["Timestamp"] == 1_700_000_000_500
    assert (directive["Namespace"], directive["Dimensions"]) == ("flights/production", [["Model"]])
    assert [document[metric["Name"]] for metric in directive["Metrics"]] == [document["Score"]]
    assert (document["Model"], len(document["Score"]["Values"])) == ("m-1", 100)
    assert len(json.dumps(document)) < 4096


def test_the_sums_are_those_of_the_values() -> None:
    """Count, Sum, Max and Min say the same as values and counts."""
    told = line("n", "m", [0, 3, 0, 1], 0.0, 4.0, 0.0)["Score"]
    assert told == {"Values": [1.5, 3.5], "Counts": [3, 1], "Max": 3.5, "Min": 1.5, "Count": 4, "Sum": 8.0}
