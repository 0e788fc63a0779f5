"""A policy's words fit as IAM says."""

import pytest

from sandbox.access.matching import Grip, action_fits, arn_like, grip, like, resolved, resource_fits

ROLE = "arn:aws:iam::111111111111:role/r"
SESSION = "arn:aws:sts::111111111111:assumed-role/r/s"
ROOT = "arn:aws:iam::111111111111:root"


@pytest.mark.parametrize(
    ("pattern", "value", "fits"),
    [
        ("a*c", "abbc", True),
        ("a*c", "abbd", False),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("*", "any/thing:at all", True),
        ("a.c", "abc", False),
        ("A", "a", False),
    ],
)
def test_wildcards(pattern: str, value: str, fits: bool) -> None:
    """An asterisk is any text, a question mark one character, and the rest is itself in its own case."""
    assert like(pattern, value) is fits


def test_an_arn_is_compared_part_by_part() -> None:
    """An asterisk in one part of an ARN does not reach into the next, but for the last part."""
    assert arn_like("arn:aws:sns:*:1:t", "arn:aws:sns:eu-west-1:1:t")
    assert not arn_like("arn:aws:*:t", "arn:aws:sns:eu-west-1:1:t")
    assert arn_like("arn:aws:logs:*:1:log-group:*", "arn:aws:logs:r:1:log-group:g:log-stream:s")


@pytest.mark.parametrize(
    ("statement", "fits"),
    [
        ({"Action": "s3:GetObject"}, True),
        ({"Action": ["s3:PutObject", "S3:getobject"]}, True),
        ({"Action": "s3:Get*"}, True),
        ({"Action": "s3:GetObjectVersion"}, False),
        ({"NotAction": "s3:GetObject"}, False),
        ({"NotAction": ["iam:*"]}, True),
    ],
)
def test_actions_fit_in_any_case(statement: dict[str, object], fits: bool) -> None:
    """Action lists what is meant, NotAction what is not."""
    assert action_fits(statement, "s3:GetObject") is fits


@pytest.mark.parametrize(
    ("statement", "fits"),
    [
        ({"Resource": "arn:aws:s3:::b/*"}, True),
        ({"Resource": ["arn:aws:s3:::c/*", "*"]}, True),
        ({"Resource": "arn:aws:s3:::b"}, False),
        ({"NotResource": "arn:aws:s3:::b/*"}, False),
        ({"NotResource": "arn:aws:s3:::c/*"}, True),
        ({}, True),
        ({"Resource": "arn:aws:s3:::${aws:PrincipalAccount}/*"}, False),
    ],
)
def test_resources_fit(statement: dict[str, object], fits: bool) -> None:
    """Resource lists what is meant, NotResource what is not, and a trust policy has neither."""
    assert resource_fits(statement, "arn:aws:s3:::b/key", {}) is fits


def test_variables_are_filled_in() -> None:
    """A variable stands for the one value of its key, `${*}` for an asterisk."""
    context = {"aws:PrincipalAccount": ("1",), "many": ("1", "2"), "wild": ("a*",)}

    assert resolved("b-${AWS:principalaccount}-${*}", context) == "b-1-*"
    assert resolved("${many}", context) is resolved("${none}", context) is resolved("${wild}", context) is None


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        ("*", Grip.ANYONE),
        ({"AWS": "*"}, Grip.ANYONE),
        ({"AWS": ROLE}, Grip.ROLE),
        ({"AWS": [ROLE, SESSION]}, Grip.ITSELF),
        ({"AWS": ROOT}, Grip.ACCOUNT),
        ({"AWS": "111111111111"}, Grip.ACCOUNT),
        ({"AWS": "arn:aws:iam::222222222222:root"}, Grip.NONE),
        ({"AWS": "arn:aws:iam::111111111111:role/*"}, Grip.NONE),
        ({"Service": "sagemaker.amazonaws.com"}, Grip.NONE),
    ],
)
def test_a_principal_names_a_session_more_or_less_closely(principal: object, expected: Grip) -> None:
    """Itself, its role, anyone, its account or not at all; there are no wildcards within a principal."""
    assert grip({"Principal": principal}, arn=SESSION, role=ROLE, account="111111111111") == expected


def test_not_principal_names_the_others() -> None:
    """Whoever NotPrincipal does not list is meant."""
    assert grip({"NotPrincipal": {"AWS": ROLE}}, arn=SESSION, role=ROLE, account="111111111111") == Grip.NONE
    assert grip({"NotPrincipal": {"AWS": ROOT}}, arn="x", role="", account="2") == Grip.ANYONE


def test_a_service_is_named_by_its_name() -> None:
    """A service fits its own name and no other."""
    assert (
        grip({"Principal": {"Service": "a.amazonaws.com"}}, arn="a.amazonaws.com", role="", account="") == Grip.ITSELF
    )
    assert grip({"Principal": {"Service": "b.amazonaws.com"}}, arn="a.amazonaws.com", role="", account="") == Grip.NONE
