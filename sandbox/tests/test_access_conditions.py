"""Conditions hold as IAM says."""

import pytest

from sandbox.access.conditions import BadPolicy, check, holds


@pytest.mark.parametrize(
    ("operator", "wanted", "given", "expected"),
    [
        ("StringEquals", "a", "a", True),
        ("StringEquals", "a", "A", False),
        ("StringEquals", ["a", "b"], "b", True),
        ("StringEqualsIgnoreCase", "a", "A", True),
        ("StringNotEquals", "a", "b", True),
        ("StringNotEquals", ["a", "b"], "b", False),
        ("StringLike", "repo:o/*:ref", "repo:o/n:ref", True),
        ("StringEquals", "repo:o/*:ref", "repo:o/n:ref", False),
        ("StringNotLike", "a*", "b", True),
        ("ArnLike", "arn:aws:s3:::*", "arn:aws:s3:::b", True),
        ("ArnEquals", "arn:aws:s3:::*", "arn:aws:s3:::b", True),
        ("ArnNotEquals", "arn:aws:s3:::a", "arn:aws:s3:::a", False),
        ("Bool", False, "false", True),
        ("Bool", "true", "false", False),
        ("NumericLessThan", "10", "9", True),
        ("NumericLessThan", "10", "10", False),
        ("NumericGreaterThanEquals", 10, "10", True),
        ("NumericLessThanEquals", "10", "10", True),
        ("NumericGreaterThan", "10", "10", False),
        ("NumericNotEquals", "10", "10.0", False),
        ("NumericEquals", "10", "ten", False),
        ("DateLessThan", "2026-01-01T00:00:00+00:00", "2025-12-31T00:00:00+00:00", True),
        ("DateLessThanEquals", "2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z", False),
        ("DateGreaterThan", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", False),
        ("DateGreaterThanEquals", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", True),
        ("DateEquals", "2026-01-01", "1767225600", True),
        ("DateNotEquals", "2026-01-01", "1767225600", False),
        ("IpAddress", "203.0.113.0/24", "203.0.113.7", True),
        ("IpAddress", ["203.0.113.0/24", "2001:db8::/32"], "2001:db8::1", True),
        ("IpAddress", "203.0.113.0/24", "203.0.114.7", False),
        ("NotIpAddress", "203.0.113.0/24", "203.0.114.7", True),
        ("BinaryEquals", "QQ==", "QQ==", True),
        ("BinaryEquals", "QQ==", "Qg==", False),
    ],
)
def test_operators(operator: str, wanted: object, given: str, expected: bool) -> None:
    """Each operator compares the request's value with any of the policy's."""
    assert holds({operator: {"k": wanted}}, {"k": (given,)}) is expected


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("StringEquals", False),
        ("StringNotEquals", True),
        ("StringEqualsIfExists", True),
        ("Bool", False),
        ("ForAnyValue:StringEquals", False),
        ("ForAnyValue:StringNotEquals", False),
        ("ForAllValues:StringEquals", True),
    ],
)
def test_an_absent_key(operator: str, expected: bool) -> None:
    """What is not there is equal to nothing, which suits a negation, IfExists and ForAllValues."""
    assert holds({operator: {"k": "a"}}, {}) is expected


@pytest.mark.parametrize(("wanted", "expected"), [("true", False), (True, False), ("false", True)])
def test_null_asks_whether_a_key_is_there(wanted: object, expected: bool) -> None:
    """True means absent."""
    assert holds({"Null": {"k": wanted}}, {"k": ("a",)}) is expected
    assert holds({"Null": {"k": wanted}}, {}) is not expected


@pytest.mark.parametrize(
    ("operator", "given", "expected"),
    [
        ("ForAllValues:StringEquals", ("a", "b"), True),
        ("ForAllValues:StringEquals", ("a", "c"), False),
        ("ForAnyValue:StringEquals", ("a", "c"), True),
        ("ForAnyValue:StringEquals", ("c", "d"), False),
        ("ForAnyValue:StringNotEquals", ("a", "c"), True),
        ("ForAnyValue:StringNotEquals", ("a", "b"), False),
    ],
)
def test_several_values(operator: str, given: tuple[str, ...], expected: bool) -> None:
    """ForAllValues needs every value to fit one of the policy's, ForAnyValue a single one."""
    assert holds({operator: {"k": ["a", "b"]}}, {"k": given}) is expected


def test_every_line_must_hold() -> None:
    """All operators and all keys count, in any case of the key."""
    condition = {"StringEquals": {"AWS:a": "1", "aws:b": "2"}, "Bool": {"c": "true"}}

    assert holds(condition, {"aws:A": ("1",), "aws:B": ("2",), "C": ("true",)})
    assert not holds(condition, {"aws:A": ("1",), "aws:B": ("3",), "C": ("true",)})
    assert not holds(condition, {"aws:A": ("1",), "aws:B": ("2",), "C": ("false",)})


@pytest.mark.parametrize("operator", ["StringEqual", "ForEachValue:StringEquals"])
def test_an_unknown_operator_is_named(operator: str) -> None:
    """The error says which operator it was and which there are."""
    with pytest.raises(BadPolicy, match=rf"operator {operator}, which is none of IAM's: write one of StringEquals"):
        holds({operator: {"k": "a"}}, {"k": ("a",)})


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ({"StringEqual": {"k": "a"}}, "the operator StringEqual, which is none of IAM's"),
        ({"NullIfExists": {"k": "true"}}, "the operator NullIfExists, which is none of IAM's"),
        ({"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "office"]}}, "the value office: write an address or block"),
        ({"NumericLessThanIfExists": {"k": "ten"}}, "the value ten: write a number"),
        ({"DateEquals": {"k": "tomorrow"}}, "the value tomorrow: write a time such as 2026-01-31T00:00:00Z"),
        ({"BinaryEquals": {"k": "?"}}, "the value \\?: write base64"),
        ({"k": "a"}, "a Condition is no object of operators"),
        ([], "a Condition is no object of operators"),
    ],
)
def test_a_bad_condition_is_found_without_a_request(condition: object, said: str) -> None:
    """With what to write instead."""
    with pytest.raises(BadPolicy, match=said):
        check(condition)


@pytest.mark.parametrize(
    "condition",
    [
        {},
        {"Null": {"k": "true"}},
        {"ForAnyValue:StringLikeIfExists": {"k": ["a*", "b"]}},
        {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}, "Bool": {"k": False}, "NumericEquals": {"k": 1}},
        {"NumericEquals": {"k": "${aws:PrincipalTag/level}"}},
    ],
)
def test_a_good_condition_passes(condition: dict[str, object]) -> None:
    """Also one whose value is known with the request alone."""
    check(condition)
