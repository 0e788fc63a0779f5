"""The ledger."""

from collections.abc import Callable

import pytest
from sandbox.stacks.recording import Recording

from pipeline import names
from tests.infra.conftest import PROJECT

Service = Callable[..., Recording]


@pytest.mark.parametrize("environment", names.ENVIRONMENTS)
def test_the_ledger_can_be_restored_and_is_encrypted(service: Service, environment: str) -> None:
    """Point-in-time recovery, and the environment's key."""
    table = service(environment).one("Table")
    assert table["name"] == names.ledger(PROJECT, environment)
    assert table["pointInTimeRecovery"] == {"enabled": True}
    assert table["serverSideEncryption"] == {"enabled": True, "kmsKeyArn": "arn:Key-key"}


@pytest.mark.parametrize(("environment", "protected"), [("production", True), ("staging", False)])
def test_productions_ledger_cannot_be_deleted(service: Service, environment: str, protected: bool) -> None:
    """Neither by Pulumi nor by a call."""
    (table,) = service(environment).all("Table")
    assert table.protect is protected
    assert table.inputs["deletionProtectionEnabled"] is protected
