"""What a change of a stack costs while nobody uses it."""

import pytest

from pipeline.comment import idle
from pipeline.comment.idle import ENDPOINT

KEY, ROLE = "aws:kms/key:Key", "aws:iam/role:Role"


@pytest.mark.parametrize(
    ("kinds", "said"),
    [
        ({KEY: 2, ROLE: 9}, "about 2.00 US$ a month more"),
        ({KEY: -1}, "about 1.00 US$ a month less"),
        ({ROLE: 1}, "nothing more or less"),
        ({}, "nothing more or less"),
        ({KEY: 1, ENDPOINT: 1}, "about 1.00 US$ a month more, and the instances of 1 endpoint ("),
        ({ENDPOINT: 2}, "nothing more or less, and the instances of 2 endpoints ("),
    ],
)
def test_the_estimate(kinds: dict[str, int], said: str) -> None:
    """By the piece; an endpoint is paid by the hour of its instances."""
    assert f"this costs {said}" in idle.sentence(kinds)
