"""Durations are AWS's time; what is absent is None."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pipeline import aws

from .conftest import place


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


class Sts:
    """Answers AssumeRole as it is told, and remembers whose role was asked for."""

    def __init__(self, refusal: str | None = None) -> None:
        """Refuse with this code, or give credentials."""
        self.refusal, self.asked = refusal, ""

    def get_caller_identity(self) -> dict[str, str]:
        """The credentials' own account."""
        return {"Account": "123456789012"}

    def assume_role(self, RoleArn: str, **_: str) -> dict[str, dict[str, str]]:  # noqa: N803  # AWS's spelling
        """Credentials that nobody checks."""
        self.asked = RoleArn
        if self.refusal:
            raise ClientError({"Error": {"Code": self.refusal, "Message": ""}}, "AssumeRole")
        return {"Credentials": {"AccessKeyId": "ASIA", "SecretAccessKey": "s", "SessionToken": "t"}}


def observe(monkeypatch: pytest.MonkeyPatch, sts: Sts, environment: str = "production") -> Any:
    """`aws.observer`, asked for the first time."""
    monkeypatch.setattr(aws, "client", lambda service: sts)
    aws.account.cache_clear()
    aws.observer.cache_clear()
    return aws.observer(environment)


@pytest.mark.parametrize(
    ("environment", "account"), [("production", "123456789012"), ("staging", "222222222222")]
)
def test_an_environment_is_looked_at_in_its_own_account(
    project: Path, monkeypatch: pytest.MonkeyPatch, environment: str, account: str
) -> None:
    """Through its role, also where the account is the credentials' own."""
    place(project, staging="222222222222")
    sts = Sts()
    look = observe(monkeypatch, sts, environment)
    assert sts.asked == f"arn:aws:iam::{account}:role/mlops/flights-eu-west-1-observe-{environment}"
    assert look("sagemaker").meta.region_name == "eu-west-1"


@pytest.mark.usefixtures("project")
def test_a_role_that_cannot_be_assumed_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS does not say whether it is missing or closed."""
    assert observe(monkeypatch, Sts("AccessDenied")) is None


@pytest.mark.usefixtures("project")
def test_any_other_failure_of_sts_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """An expired session is no answer to what is served."""
    with pytest.raises(ClientError):
        observe(monkeypatch, Sts("ExpiredToken"))
