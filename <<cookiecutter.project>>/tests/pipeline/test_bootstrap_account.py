"""Whose the credentials are, whether the account is founded, and its stacks."""

import os

import pytest

from pipeline import aws, names
from pipeline.bootstrap import account, first
from pipeline.bootstrap.asked import Asked
from pipeline.bootstrap.step import made
from pipeline.stack import up as stack
from tests.pipeline.conftest import place
from tests.pipeline.known_bootstrap import ACCOUNT, Empty, up

OTHER = "222222222222"


def test_credentials_of_a_strange_account_are_said(empty: Empty) -> None:
    """Before anything is asked of it."""
    place(empty.project, registry=OTHER, staging=OTHER, production=OTHER)
    state = account.signed_in(Asked())
    assert (state.kind, state.advice) == (
        "a person",
        f"sign in to one of them, or write {ACCOUNT} under [accounts]",
    )


@pytest.mark.parametrize("gone", ["issuer", "boundary", "bucket"])
def test_each_thing_of_the_foundation_is_looked_for(empty: Empty, gone: str) -> None:
    """A project's stack would fail without it, or its workflows."""
    assert account.founded(Asked()).kind == "done"
    if gone == "issuer":
        arn = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
        aws.client("iam").delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    elif gone == "boundary":
        empty.unfound()
    else:
        aws.client("s3").delete_bucket(Bucket=f"mlops-pulumi-state-{ACCOUNT}-eu-west-1")
    assert account.founded(Asked()).advice == "make found REGION=eu-west-1, in a clone of the template"


def test_a_stack_is_applied_once(empty: Empty) -> None:
    """Then its parameters and roles are there."""
    assert made(account.applying(Asked(), "staging")).kind == "done"
    assert account.applied(Asked(), "staging").kind == "done"


def test_a_stack_of_other_numbers_is_applied_again(empty: Empty) -> None:
    """Its roles trust a subject that no token has."""
    up(empty.project, "staging")
    file = empty.project / "project.toml"
    file.write_text(f"{file.read_text()}github_owner_id = 7\ngithub_repository_id = 1234\n")
    assert "is opened otherwise" in account.applied(Asked(), "staging").found
    up(empty.project, "staging")
    assert account.applied(Asked(), "staging").kind == "done"


def test_a_stack_of_another_account_is_another_runs(empty: Empty) -> None:
    """With the credentials of that account."""
    place(empty.project, staging=OTHER)
    state = account.applied(Asked(), "staging")
    assert (state.kind, state.advice) == (
        "a person",
        f"sign in to {OTHER}, and run the same command again",
    )


def test_pulumi_is_told_where_the_state_is(empty: Empty, monkeypatch: pytest.MonkeyPatch) -> None:
    """The foundation's bucket, and it asks nobody any more."""
    monkeypatch.undo()
    monkeypatch.chdir(empty.project)
    monkeypatch.setattr(stack, "bring", lambda name, *, yes: told.append((name, yes)))
    monkeypatch.setenv("PULUMI_BACKEND_URL", "")
    monkeypatch.delenv("PULUMI_BACKEND_URL")
    told: list[tuple[str, bool]] = []
    account.apply(Asked(), names.REGISTRY)
    assert told == [("platform", True)]
    state = f"s3://mlops-pulumi-state-{ACCOUNT}-eu-west-1/flights?region=eu-west-1"
    assert os.environ.pop("PULUMI_BACKEND_URL") == state


def test_mails_that_nobody_confirmed_are_a_persons(empty: Empty) -> None:
    """Until then an alarm tells nobody."""
    assert first.look_mails(Asked()).kind == "a person"


def test_the_first_release_is_followed(empty: Empty) -> None:
    """From what the verbs leave: the prepared configuration, the endpoint, the record."""
    assert first.stage(Asked()) == 0
    name = names.parameter(names.project(), "production", "first-configuration")
    aws.client("ssm").put_parameter(Name=name, Value="x", Type="String")
    assert first.stage(Asked()) == first.PREPARED
    (release, endpoint, *_) = [one.look().kind for one in first.people(Asked())[1:]]
    assert (release, endpoint) == ("done", "a person")
