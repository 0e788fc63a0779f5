"""sandbox.access.sessions and sandbox.access.principals: who holds which key."""

import pytest

from sandbox.access.principals import Principals
from sandbox.access.sessions import Sessions
from sandbox.credential import Credential
from sandbox.world import ApiError

ROLE = "arn:aws:iam::222222222222:role/some/path/toy"


class Now:
    """A clock that tests set."""

    at = 0.0

    def __call__(self) -> float:
        """The time."""
        return self.at


@pytest.fixture
def now() -> Now:
    """The sessions' clock."""
    return Now()


@pytest.fixture
def sessions(now: Now) -> Sessions:
    """No session yet."""
    return Sessions(now)


def signed(key: str, token: str = "") -> Credential:
    """A credential of a key."""
    return Credential(key, "eu-west-1", "s3", token)


def test_a_sessions_arn_has_no_path(sessions: Sessions) -> None:
    """As on AWS."""
    session = sessions.begin(role=ROLE, role_id="AROA", name="me", seconds=900)
    assert session.arn == "arn:aws:sts::222222222222:assumed-role/toy/me"


def test_a_session_is_its_roles_caller(sessions: Sessions) -> None:
    """In the role's account."""
    session = sessions.begin(role=ROLE, role_id="AROA", name="me", seconds=900)
    principal = Principals(sessions).who(signed(session.key, session.token))
    assert (principal.caller.role, principal.account, principal.internal) == (ROLE, "222222222222", False)


def test_a_session_ends(sessions: Sessions, now: Now) -> None:
    """To the second, by the wall clock."""
    session = sessions.begin(role=ROLE, role_id="AROA", name="me", seconds=900)
    now.at = 899.9
    assert sessions.find(session.key, session.token) is session
    now.at = 900.0
    with pytest.raises(ApiError, match="expired") as caught:
        sessions.find(session.key, session.token)
    assert caught.value.code == "ExpiredToken"


@pytest.mark.parametrize("wrong", ["token", "key"])
def test_a_key_is_nothing_without_its_token(sessions: Sessions, wrong: str) -> None:
    """Nor is a key that nobody was given."""
    session = sessions.begin(role=ROLE, role_id="AROA", name="me", seconds=900)
    given = signed(session.key, "other") if wrong == "token" else signed("ASIAOTHER", session.token)
    with pytest.raises(ApiError, match="invalid") as caught:
        Principals(sessions).who(given)
    assert caught.value.code == "InvalidClientTokenId"


@pytest.mark.parametrize(
    ("key", "account"),
    [("sandbox", "123456789012"), ("test", "123456789012"), ("sandbox-333333333333", "333333333333")],
)
def test_other_keys_are_administrators(sessions: Sessions, key: str, account: str) -> None:
    """Of the account that they name, or of the default one."""
    principal = Principals(sessions).who(signed(key))
    assert principal.caller.arn == f"arn:aws:iam::{account}:root" and not principal.internal


def test_an_unsigned_request_is_the_default_administrators(sessions: Sessions) -> None:
    """Signatures are not verified anyway."""
    assert Principals(sessions).who(None).account == "123456789012"


def test_the_sandboxs_own_calls_are_told_apart(sessions: Sessions) -> None:
    """By a key that differs from one sandbox to the next."""
    mine, other = Principals(sessions), Principals(sessions)
    assert mine.who(signed(mine.own_key("333333333333"))).internal
    assert not other.who(signed(mine.own_key("333333333333"))).internal


def test_sessions_can_be_ended_before_their_time(sessions: Sessions) -> None:
    """Those that fit, and none that a service took: AWS renews its own."""
    ended, other, service = (
        sessions.begin(role=ROLE, role_id="AROA", name=name, seconds=900, behalf=behalf)
        for name, behalf in (("ended", ""), ("other", ""), ("service", "arn:aws:sagemaker:::endpoint/e"))
    )
    assert sessions.expire(lambda session: session.name != "other") == 1
    with pytest.raises(ApiError, match="expired"):
        sessions.find(ended.key, ended.token)
    assert [sessions.find(each.key, each.token) for each in (other, service)] == [other, service]
