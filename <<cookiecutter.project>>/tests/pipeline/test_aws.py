"""Durations are AWS's time; what is absent is None."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pipeline import aws


def refuse(code: str, message: str) -> Callable[..., Any]:
    """A describe call that fails."""

    def call(**_: Any) -> Any:
        raise ClientError({"Error": {"Code": code, "Message": message}}, "DescribeThing")

    return call


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("ValidationException", 'Could not find endpoint "x".'),
        ("ResourceNotFound", "Requested resource not found."),
        ("ImageNotFoundException", "The image with imageId {…} does not exist"),
        ("404", "Not Found"),
        ("NoSuchKey", "The specified key is gone."),
    ],
)
def test_every_way_to_say_absent_is_none(code: str, message: str) -> None:
    """AWS's services say it in different words."""
    assert aws.find(refuse(code, message)) is None


def test_a_refusal_is_not_absence() -> None:
    """A verb without permission must not believe that there is no endpoint."""
    with pytest.raises(ClientError):
        aws.find(refuse("AccessDeniedException", "not authorized to perform sagemaker:DescribeEndpoint"))


def test_durations_are_measured_in_awss_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """At speed 60 a second is a minute of AWS's."""
    monkeypatch.setattr(aws, "SPEED", 60.0)
    assert aws.elapsed(time.monotonic() - 1) == pytest.approx(60, abs=5)


def test_waits_are_shorter_where_time_runs_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    """At speed 6000 a minute is over in ten milliseconds."""
    monkeypatch.setattr(aws, "SPEED", 6000.0)
    began = time.monotonic()
    aws.sleep(60)
    assert time.monotonic() - began < 1
