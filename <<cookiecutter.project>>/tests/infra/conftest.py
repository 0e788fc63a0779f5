"""The Pulumi programs, run against a cloud that only records."""

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from sandbox.stacks.recording import Recording, record

from pipeline import names

PROJECT = names.project()
INFRA = names.root() / "infra"
KEY = "arn:aws:kms:eu-west-1:123456789012:key/abc"
CONNECTION = f"arn:aws:events:{PROJECT.region}:123456789012:connection/github/0a1b"
CONNECTED = {"service:github_connection": CONNECTION}
PLATFORM = {"bucket": "the-bucket", "kms_key_arn": KEY}


def platform_with(config: dict[str, str] | None = None) -> Recording:
    """The platform program, with `config` over the stack's own."""
    return record(INFRA / "platform", "platform", PROJECT.region, config)


def service_with(
    environment: str,
    config: dict[str, str] | None = None,
    first_configuration: str | None = None,
    parameters: dict[str, str] | None = None,
) -> Recording:
    """The service program of `environment`; `first_configuration` is what a first release has prepared."""
    prepared = {names.parameter(PROJECT, environment, "first-configuration"): first_configuration}
    return record(
        INFRA / "service",
        environment,
        PROJECT.region,
        config,
        references={f"organization/{PROJECT.name}-platform/platform": PLATFORM},
        parameters={**(parameters or {}), **(prepared if first_configuration else {})},
    )


def published(recording: Recording, *path: str) -> dict[str, Any]:
    """The JSON in the parameter at `path` below the project."""
    name = names.parameter(PROJECT, *path)
    return json.loads(
        next(one.inputs["value"] for one in recording.all("Parameter") if one.inputs["name"] == name)
    )


def statements(document: str) -> list[dict[str, Any]]:
    """The statements of a policy."""
    return json.loads(document)["Statement"]


@pytest.fixture(scope="session")
def platform() -> Recording:
    """The platform as it is configured."""
    return platform_with()


@pytest.fixture(scope="session")
def service() -> Callable[..., Recording]:
    """`service(environment, first_configuration=None)`, each recorded once."""
    return cache(lambda environment, first=None: service_with(environment, first_configuration=first))
