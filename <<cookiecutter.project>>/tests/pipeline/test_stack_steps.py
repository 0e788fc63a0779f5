"""What the engine's events say about each resource."""

from typing import Any

import pytest

from pipeline.stack import steps
from tests.pipeline.known_pulumi import error, step, summary

TOPIC = "aws:sns/topic:Topic"


@pytest.mark.parametrize(
    ("operation", "line"),
    [
        ("create", f"+ {TOPIC} alarms"),
        ("delete", f"- {TOPIC} alarms"),
        ("replace", f"+- {TOPIC} alarms"),
        ("import", f"= {TOPIC} alarms"),
    ],
)
def test_each_operation_is_a_line(operation: str, line: str) -> None:
    """With its sign, its type and its name in the program."""
    assert [one.text for one in steps.read([step(operation, TOPIC, "alarms")])] == [line]


@pytest.mark.parametrize("operation", ["same", "refresh", "read", "create-replacement", "delete-replaced"])
def test_what_is_no_change_or_half_of_one_is_left_out(operation: str) -> None:
    """A replacement is told once."""
    assert steps.read([step(operation, TOPIC, "alarms")]) == []


@pytest.mark.parametrize("type_", ["pulumi:pulumi:Stack", "pulumi:providers:aws", "mlops:index:Endpoint"])
def test_what_is_nothing_on_aws_is_left_out(type_: str) -> None:
    """A stack, a provider, a component."""
    assert steps.read([step("create", type_, "it")]) == []


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        ({"a": 1, "b": 2}, {"a": 1, "b": 3}, ["b: 2 → 3"]),
        ({}, {"a": "x"}, ['a: nothing → "x"']),
        ({"a": {"b": [1, {"c": 2}]}}, {"a": {"b": [1, {"c": 3}]}}, ["a.b[1].c: 2 → 3"]),
        ({"a": [1]}, {"a": [1, 2]}, ["a: [1] → [1, 2]"]),
        ({"policy": '{"n": 30}'}, {"policy": '{"n": 40}'}, ["policy.n: 30 → 40"]),
        ({"policy": '{"n": 30}'}, {"policy": '{ "n":30 }'}, []),
        ({"a": "[secret]"}, {"a": "x"}, ['a: "[secret]" → "x"']),
        ({"a": "x"}, {"a": {steps.SIGNATURE: "1b47"}}, ['a: "x" → a secret']),
        ({"a": "x"}, {"a": steps.UNKNOWN}, ['a: "x" → known once it is made']),
        ({"__defaults": []}, {"__defaults": ["a"]}, []),
    ],
)
def test_values_that_differ_are_shown(old: Any, new: Any, lines: list[str]) -> None:
    """One a line, by their path, and no other."""
    [found] = steps.read([step("update", TOPIC, "alarms", old, new)])
    assert [line.strip() for line in found.text.splitlines()[1:]] == lines


def test_a_secret_that_differs_is_named() -> None:
    """The engine masks both of its values alike; of a secret that stays nothing is said."""
    secret = {steps.SIGNATURE: "1b47", "ciphertext": "[secret]"}
    event = step("update", "aws:ssm/parameter:Parameter", "clock", {"value": secret}, {"value": secret})
    [same] = steps.read([event])
    event["resourcePreEvent"]["metadata"]["diffs"] = ["value", "gone"]
    [other] = steps.read([event])
    assert same.text == "~ aws:ssm/parameter:Parameter clock"
    assert other.text == f"{same.text}\n    value: a secret, other than before"


def test_a_long_value_is_cut() -> None:
    """A comment has its limit."""
    [found] = steps.read([step("update", TOPIC, "alarms", {"a": "x" * 500}, {"a": 1})])
    assert len(found.text) < 200


def test_only_what_happens_is_counted() -> None:
    """By Pulumi's words."""
    found = steps.read([step("update", TOPIC, "a"), step("update", TOPIC, "b"), step("create", TOPIC, "c")])
    assert steps.counts(found) == {"create": 1, "update": 2}


def test_more_and_fewer_of_a_type_are_counted() -> None:
    """What is changed or replaced is as many as before."""
    done = (
        ("create", "a"),
        ("create", "a"),
        ("delete", "b"),
        ("replace", "c"),
        ("create", "d"),
        ("delete", "d"),
    )
    found = [steps.Step(operation, kind, "x") for operation, kind in done]
    assert steps.kinds(found) == {"a": 2, "b": -1}


def test_errors_are_lines() -> None:
    """Neither debugging nor warnings."""
    warning = {"diagnosticEvent": {"severity": "warning", "message": "mind"}}
    assert steps.errors([error("no\n  such thing"), warning, summary()]) == ["no such thing"]


def test_a_failed_run_has_counted_nothing() -> None:
    """Its summary names no resource."""
    assert steps.unchanged([summary()]) == 0
    assert steps.unchanged([summary(same=4)]) == 4
