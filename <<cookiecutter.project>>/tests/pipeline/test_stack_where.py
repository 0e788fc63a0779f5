"""Where a stack's program, state and secrets are."""

import pytest

from pipeline import names
from pipeline.errors import UserError
from pipeline.stack import where
from tests.pipeline.known_pulumi import Pulumi


@pytest.mark.usefixtures("pulumi")
def test_another_bucket_needs_its_secrets_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    """The account of the key cannot be read from its name."""
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://ours/flights")
    with pytest.raises(UserError, match=r"is s3://ours/flights.*export PULUMI_SECRETS_PROVIDER as well"):
        where.secrets_provider(names.project(), where.find("staging"))
    monkeypatch.setenv("PULUMI_SECRETS_PROVIDER", "passphrase")
    assert where.secrets_provider(names.project(), where.find("staging")) == "passphrase"


def test_a_preview_needs_no_secrets_provider(pulumi: Pulumi, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stack's own file says who encrypts."""
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://ours/flights")
    assert where.find("staging").backend == "s3://ours/flights"


@pytest.mark.usefixtures("pulumi")
def test_each_stack_has_a_context_of_its_own() -> None:
    """So that no stack's role opens the secrets of another."""
    providers = [where.secrets_provider(names.project(), where.find(stack)) for stack in where.STACKS]
    contexts = [provider.rpartition("context_stack=")[2] for provider in providers]
    assert contexts == ["flights-platform/platform", "flights-service/staging", "flights-service/production"]
