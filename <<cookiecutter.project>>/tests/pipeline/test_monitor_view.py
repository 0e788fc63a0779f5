"""A look as data."""

import json

from pipeline.monitor.finding import BROKEN, UNKNOWN, Finding

from .monitor_sample import view


def test_the_json_has_the_verdict_and_what_it_was_drawn_from() -> None:
    """It lies beside the page, and other programs read it."""
    shown = json.loads(json.dumps(view(values={"Auc": 0.7}, judged=["2026-03-02"]).json))
    assert shown["states"] == dict.fromkeys(["sight", "callers", "inputs", "log_loss", "calibration"], "kept")
    assert shown["broken"] == []
    assert shown["values"] == {"Auc": 0.7}
    assert shown["document"]["requests"] == 1400
    assert shown["system"]["dollars"] == 5.52
    assert shown["findings"][0] == {
        "promise": "sight",
        "state": "kept",
        "sentence": "sight is well",
        "subject": "",
        **dict.fromkeys(["value", "low", "high", "bound"]),
    }


def test_a_promise_that_nobody_speaks_of_is_not_kept() -> None:
    """Nobody can tell."""
    one = view(findings=[Finding("inputs", BROKEN, "")])
    assert one.broken == ["inputs"]
    assert one.states["log_loss"] == UNKNOWN
