"""A release of production that is planned and guarded, as its own tests need one."""

import tomllib
from dataclasses import replace
from typing import Any

from pipeline import alarms, policy
from pipeline.ledger import Record
from pipeline.settings import Service

from .conftest import REPOSITORY, SERVICE

RULES = policy.parse(tomllib.loads((REPOSITORY / "policy.toml").read_text()))
FACTS = replace(
    Service(endpoint="flights-production", ledger_table="flights-production-releases", **SERVICE),  # type: ignore[arg-type]
    alarm_topic_arn="arn:aws:sns:eu-west-1:123456789012:flights-production-alarms",
)
PLAN: dict[str, Any] = {
    "rate": 20.0,
    "share_planned": 0.5,
    "instances": 2,
    "canary_instances": 1,
    "bake_seconds": 600,
    "final_seconds": 600,
    "metric_seconds": 10,
    "needed": 400,
    "proves": True,
    "base": {"errors": 0.002},
    "phi": {"errors": 1.0},
    "latency_us": {"p90": 4000.0, "p99": 9000.0},
    "live_model": "flights-production-1",
    "provisioning_seconds": None,
}
RELEASE = Record(
    release="production-v2-20130101t000000",
    environment="production",
    kind="release",
    version=2,
    config_before="old",
    config_asked="new",
    model="flights-production-2",
    details={"plan": PLAN},
)


def planned(**changes: Any) -> Record:
    """The release with another plan."""
    return replace(RELEASE, details={"plan": PLAN | changes})


def wanted(signal: str, **plan: Any) -> dict[str, Any]:
    """The PutMetricAlarm request of one of its alarms, of another plan."""
    return alarms.requests(planned(**plan), FACTS, RULES)[signal]


def as_listed(request: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The alarm as DescribeAlarms has it: OK, with what AWS adds, dimensions in another order."""
    turned = {"Dimensions": request.get("Dimensions", [])[::-1]}
    return {**request, **turned, "StateValue": "OK", "StateReason": "fine", "OKActions": [], **changes}
