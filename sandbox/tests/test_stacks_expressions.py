"""The expressions of a row."""

import pytest
from jmespath.exceptions import JMESPathError

from sandbox.stacks.expressions import holds, inputs_of, members, value
from sandbox.unknown import UNKNOWN


def test_what_is_not_known_yet_makes_a_text_unknown() -> None:
    """JMESPath's functions refuse it."""
    assert value("join('/', [inputs.a, id])", {"inputs": {"a": "x"}, "id": UNKNOWN}) is UNKNOWN


def test_a_mistake_is_no_unknown_value() -> None:
    """Where everything is known, an expression that fails is wrong."""
    with pytest.raises(JMESPathError):
        value("join('/', [inputs.a, id])", {"inputs": {"a": "x"}, "id": None})


def test_a_part_of_an_unknown_block_is_unknown() -> None:
    """At any depth."""
    assert value("inputs.a.b", {"inputs": {"a": UNKNOWN}}) is UNKNOWN


def test_null_is_left_out_at_any_depth() -> None:
    """AWS refuses it."""
    expressions = {"A": "inputs.a", "B": "[{C: inputs.b, D: inputs.a}]"}
    assert members(expressions, {"inputs": {"b": 1}}) == {"B": [{"C": 1}]}


@pytest.mark.parametrize(("given", "there"), [(UNKNOWN, True), (True, True), (0, True), ("", False), ({}, False)])
def test_a_condition_holds_of_what_is_there(given: object, there: bool) -> None:
    """What is not known yet counts as there."""
    assert holds("inputs.a", {"inputs": {"a": given}}) is there


def test_the_properties_that_expressions_read() -> None:
    """Tags that go are the tags' affair."""
    assert inputs_of("inputs.a.b || inputs.c", "untagged") == {"a", "c", "tags"}
