"""Durations are AWS's time; what is absent is None."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pipeline import aws, names
from pipeline.errors import UserError

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
    """Answers AssumeRole as it is told, and remembers whose role was asked for, and how often one was."""

    def __init__(self, refusal: str | None = None, seconds: float = 3600) -> None:
        """Refuse with this code, or give credentials that last so long."""
        self.refusal, self.asked, self.times, self.seconds = refusal, "", 0, seconds

    def get_caller_identity(self) -> dict[str, str]:
        """The credentials' own account."""
        return {"Account": "123456789012"}

    def assume_role(self, RoleArn: str, **_: str) -> dict[str, dict[str, Any]]:  # noqa: N803  # AWS's spelling
        """Credentials that nobody checks."""
        self.asked, self.times = RoleArn, self.times + 1
        if self.refusal:
            raise ClientError({"Error": {"Code": self.refusal, "Message": ""}}, "AssumeRole")
        keys = {"AccessKeyId": f"ASIA{self.times}", "SecretAccessKey": "s", "SessionToken": "t"}
        return {"Credentials": {**keys, "Expiration": datetime.now(UTC) + timedelta(seconds=self.seconds)}}


def observe(monkeypatch: pytest.MonkeyPatch, sts: Sts, environment: str = "production") -> Any:
    """`aws.observer`, asked for the first time."""
    forget(monkeypatch, sts)
    return aws.observer(environment)


def forget(monkeypatch: pytest.MonkeyPatch, sts: "Sts") -> None:
    """Nobody has been asked anything yet, and the verb's own STS is `sts`."""
    monkeypatch.setattr(aws, "_own", lambda service: sts)
    aws._account.cache_clear()
    aws._session.cache_clear()


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


def key_of(client: Any) -> str:
    """Whose credentials a client has."""
    return str(client._request_signer._credentials.access_key)


@pytest.mark.usefixtures("project")
def test_who_acts_in_a_role_has_its_clients_and_then_their_own_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever happens meanwhile; the session is taken once for all times."""
    forget(monkeypatch, sts := Sts())
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), aws.acting(names.REGISTRY, "examine"):
            assert key_of(aws.client("s3")) == "ASIA1"
            raise ZeroDivisionError
        assert aws.client("s3") is sts
    assert (sts.asked, sts.times) == ("arn:aws:iam::123456789012:role/mlops/flights-eu-west-1-examine", 1)


def test_a_role_is_taken_from_within_another(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By that one's own right, and not by the caller's; the account is then the inner one's."""
    place(project, registry="333333333333", production="222222222222")
    forget(monkeypatch, Sts())
    asked: list[tuple[str, str]] = []

    def own(service: str, **given: Any) -> Any:
        class Service(Sts):
            def assume_role(self, RoleArn: str, **_: str) -> Any:  # noqa: N803  # AWS's spelling
                asked.append((given["aws_access_key_id"], RoleArn.rpartition("-")[2]))
                return super().assume_role(RoleArn)

        return Service()

    monkeypatch.setattr(aws.boto3, "client", own)
    with aws.acting(names.REGISTRY, "examine"), aws.acting("production", "observe-production"):
        pass
    assert asked == [("ASIA1", "production")]


@pytest.mark.usefixtures("project")
def test_a_session_is_taken_again_before_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job may last longer than the hour that AWS gives to a role taken by a role."""
    forget(monkeypatch, sts := Sts(seconds=200))
    with aws.acting(names.REGISTRY, "examine"):
        sts.seconds = 3600
        assert [key_of(aws.client("s3")) for _ in range(2)] == ["ASIA2", "ASIA2"]


@pytest.mark.usefixtures("project")
def test_a_role_that_is_closed_says_which_stack_makes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the caller stays who they are."""
    forget(monkeypatch, sts := Sts("AccessDenied"))
    with (
        pytest.raises(UserError, match=r"-examine cannot be taken: apply the platform stack"),
        aws.acting(names.REGISTRY, "examine"),
    ):
        pass
    assert aws.client("s3") is sts
