"""serving/service.py: every kind of answer, without a socket."""

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model import features
from model.scoring import Model
from serving.service import LARGEST_BODY, Service

JSON = "application/json"


@pytest.fixture
def counts() -> Counter[int]:
    """What the service says it answered."""
    return Counter()


@pytest.fixture
def service(trained: Path, counts: Counter[int]) -> Service:
    """The trained model, served as m-1."""

    def count(status: int) -> None:
        counts[status] += 1

    return Service(Model(trained / "model"), "m-1", count)


def body(*rows: dict[str, Any]) -> bytes:
    """`rows` as JSON."""
    return json.dumps({"instances": rows}).encode()


def good(service: Service) -> dict[str, Any]:
    """A row that must be answered."""
    row: dict[str, Any] = service.model.signature["examples"]["good"][0]
    return row


def test_json_and_csv_get_the_same_prediction(service: Service) -> None:
    """One row, twice: the model's own score."""
    row = good(service)
    expected = service.model.score({name: [value] for name, value in row.items()}).tolist()
    line = ",".join(str(row[name]) for name in features.COLUMNS).encode()
    assert service.handle(body(row), JSON).document == {"predictions": expected}
    assert service.handle(line, "text/csv").document == {"predictions": expected}


def test_a_batch_has_one_prediction_for_each_row(service: Service) -> None:
    """In the order of the rows."""
    rows = [good(service) | {"hour": hour} for hour in range(5, 24)]
    together = service.handle(body(*rows), JSON).document["predictions"]
    alone = [service.handle(body(row), JSON).document["predictions"][0] for row in rows]
    assert together == pytest.approx(alone, abs=1e-6)
    assert len(set(together)) > 1


def test_a_bad_example_of_the_signature_is_refused_by_name(service: Service) -> None:
    """The contract test in staging sends the same rows."""
    for example in service.model.signature["examples"]["bad"]:
        answer = service.handle(body(example["row"]), JSON)
        assert answer.status == 400
        assert f".{example['names']} " in answer.document["error"]


def test_one_bad_row_refuses_the_batch(service: Service) -> None:
    """Half an answer is a wrong answer."""
    answer = service.handle(body(good(service), good(service) | {"distance": "far"}), JSON)
    assert answer.status == 400
    assert "$.instances[1].distance" in answer.document["error"]


def test_an_unseen_category_is_answered(service: Service) -> None:
    """A newcomer has a code of its own."""
    assert service.handle(body(good(service) | {"carrier": "ZZ"}), JSON).status == 200


def test_a_body_beyond_the_limit_is_413(service: Service) -> None:
    """The sentence says the bound."""
    answer = service.handle(b"x" * (LARGEST_BODY + 1), "text/csv")
    assert answer.status == 413
    assert "25000000 bytes" in answer.document["error"]


@pytest.mark.parametrize("score", [1.5, -0.1, float("nan")])
def test_an_output_outside_the_signature_is_500(
    service: Service, monkeypatch: pytest.MonkeyPatch, score: float
) -> None:
    """A wrong number becomes a failure that an alarm sees, even for one row of two."""
    scores = np.array([0.5, score], dtype=np.float32)
    monkeypatch.setattr(service.model, "predict", lambda matrix: scores)
    answer = service.handle(body(good(service), good(service)), JSON)
    assert answer.status == 500
    assert answer.document == {"error": "the model answered outside its signature, 0 to 1", "model": "m-1"}


def test_a_narrower_signature_is_enforced(service: Service, trained: Path, tmp_path: Path) -> None:
    """The bound is read from signature.json, not assumed."""
    shutil.copytree(trained / "model", tmp_path / "model")
    path = tmp_path / "model/signature.json"
    document = json.loads(path.read_text())
    document["output"]["max"] = 0.0
    path.write_text(json.dumps(document))
    service.model = Model(tmp_path / "model")
    assert service.handle(body(good(service)), JSON).status == 500


def test_an_exception_of_the_model_is_500_and_its_trace_stays_here(
    service: Service, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The client reads one sentence; the log has the trace, on one line."""

    def strict(values: list[str], known: list[str]) -> None:
        raise KeyError(values[0])

    monkeypatch.setattr(features, "encode", strict)
    answer = service.handle(body(good(service) | {"carrier": "ZZ"}), JSON)
    (line,) = capsys.readouterr().out.splitlines()
    assert answer.status == 500
    assert answer.document == {"error": "the model failed on these rows: KeyError('ZZ')", "model": "m-1"}
    assert json.loads(line)["status"] == 500
    assert "Traceback" in json.loads(line)["trace"]


def test_a_success_is_not_logged(service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    """The log holds failures and the final count."""
    service.handle(body(good(service)), JSON)
    assert capsys.readouterr().out == ""
