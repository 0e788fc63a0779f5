"""Whether the account may have as many instances as a release next to a training needs at once.

The names of the quotas are those in AWS's own refusal, "The account-level service limit 'ml.m5.large for
endpoint usage' is 0 Instances"; where they are:
https://docs.aws.amazon.com/sagemaker/latest/dg/regions-quotas.html
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from pipeline import aws, names
from pipeline.checks.finding import Finding, fail, ok, tried, warn
from pipeline.checks.stacks import configured
from pipeline.errors import UserError

SUBJECT = "quota"
SERVICE = "sagemaker"
WHERE = "Service Quotas, Amazon SageMaker"
COUNT = "service:instance_count"
FLEETS = 2  # a release makes the new fleet beside the old one


def wanted(settings: Mapping[str, Mapping[str, Any]]) -> Counter[str]:
    """Instances by quota, when everything runs at once; `settings` are the stacks' by part.

    Raises UserError for a count that is none.
    """
    need: Counter[str] = Counter()
    for part, config in settings.items():
        if part == names.REGISTRY:
            for key, job in config.items():
                if isinstance(job, Mapping) and "instance_type" in job:
                    kind = "training" if key.endswith(":train") else "processing"
                    spot = "spot " if job.get("spot") else ""
                    count = _whole(f"{key}.instance_count", job.get("instance_count"))
                    need[f"{job['instance_type']} for {spot}{kind} job usage"] += count
        elif "service:instance_type" in config:
            key = "service:maximum_instances" if "service:maximum_instances" in config else COUNT
            most = _whole(key, config.get(key))
            need[f"{config['service:instance_type']} for endpoint usage"] += FLEETS * most
    return need


def _whole(key: str, value: Any) -> int:
    if not str(value).isdecimal():
        raise UserError(f"{key} is {'missing' if value is None else value}: write a whole number")
    return int(value)


def judge(need: Mapping[str, int], quotas: Mapping[str, float]) -> list[Finding]:
    """Whether each quota is high enough."""
    return [_one(name, count, quotas.get(name)) for name, count in need.items()]


def _one(name: str, count: int, quota: float | None) -> Finding:
    if quota is None:
        return warn(SUBJECT, f"{name}: {count} needed, and AWS lists no such quota", f"look it up in {WHERE}")
    if quota < count:
        todo = f"ask for {count} of `{name}` in {WHERE}: it may take AWS days"
        return fail(SUBJECT, f"{name}: {count} needed at once, {quota:g} allowed", todo)
    return ok(SUBJECT, f"{name}: {count} needed at once, {quota:g} allowed")


def look(root: Path, parts: Iterable[str]) -> list[Finding]:
    """Read the stacks' files and AWS's quotas; where AWS does not tell them, what is needed is said."""
    need = wanted({part: configured(root, part) for part in parts})
    asked = ", ".join(f"{count} of `{name}`" for name, count in need.items()) or "what the stacks will need"
    return tried(
        SUBJECT, lambda: judge(need, listed(need)), todo=f"see in {WHERE} that the account has {asked}"
    )


def listed(need: Collection[str]) -> dict[str, float]:
    """AWS's quotas, of those that are needed. Raises ClientError."""
    quotas: dict[str, float] = {}
    # an account's own quotas where it has any, over what every account starts with
    for operation in ("list_aws_default_service_quotas", "list_service_quotas"):
        found = aws.pages("service-quotas", operation, "Quotas", ServiceCode=SERVICE)
        quotas |= {one["QuotaName"]: one["Value"] for one in found if one["QuotaName"] in need}
    return quotas
