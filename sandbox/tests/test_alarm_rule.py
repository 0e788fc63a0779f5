"""The rules of composite alarms."""

import pytest

from sandbox.alarm_rule import parse
from sandbox.world import ApiError

STATES = {"bad": "ALARM", "good": "OK", "new one": "INSUFFICIENT_DATA"}


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        ("ALARM(bad)", True),
        ("OK(bad)", False),
        ('INSUFFICIENT_DATA("new one")', True),
        ("ALARM(arn:aws:cloudwatch:eu-west-1:123456789012:alarm:bad)", True),
        ("ALARM(bad) AND ALARM(good)", False),
        ("ALARM(bad) AND NOT ALARM(good)", True),
        ("ALARM(good) OR ALARM(bad)", True),
        ("ALARM(bad) OR ALARM(good) AND FALSE", True),
        ("(ALARM(bad) OR ALARM(good)) AND FALSE", False),
        ("NOT (TRUE)", False),
        ("ALARM(gone)", False),
    ],
)
def test_a_rule_is_read_as_aws_writes_it(rule: str, holds: bool) -> None:
    """AND binds more tightly than OR."""
    assert parse(rule).holds(STATES) is holds


def test_a_rule_names_the_alarms_that_it_asks() -> None:
    """Without quotes, and without the rest of an ARN."""
    text = 'ALARM("new one") OR OK(arn:aws:cloudwatch:eu-west-1:123456789012:alarm:bad)'
    assert parse(text).names == ("new one", "bad")


@pytest.mark.parametrize("rule", ["", "ALARM", "ALARM()", "ALARM(a) ALARM(b)", "(TRUE", "TRUE)", "AND", "AT_LEAST(1)"])
def test_a_rule_that_cannot_be_read_is_refused(rule: str) -> None:
    """As CloudWatch refuses it, or as the sandbox lacks it."""
    with pytest.raises(ApiError, match="AlarmRule is not valid"):
        parse(rule)
