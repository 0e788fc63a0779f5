"""Who the credentials are, and what of the project is in the account that they reach."""

from collections.abc import Collection

from pipeline import names
from pipeline.checks.finding import Finding, fail, ok

SUBJECT = "identity"
PARTS = (names.REGISTRY, *names.ENVIRONMENTS)


def parts(project: names.Project, here: str) -> list[str]:
    """What of the project is in account `here`: the registry, environments, or nothing."""
    return [part for part in PARTS if names.account(project, part, here) == here]


def region(project: names.Project, regions: Collection[str]) -> Finding:
    """Whether the region is one of `regions`, which have SageMaker."""
    if project.region in regions:
        return ok("region", f"{project.region} has SageMaker")
    near = sorted(one for one in regions if one.startswith(project.region[:3]))
    listed = ", ".join(near or sorted(regions))
    return fail("region", f"{project.region} has no SageMaker", f"write one of {listed} in project.toml")


def whose(project: names.Project, here: str, arn: str) -> Finding:
    """Whether project.toml knows the account."""
    own = parts(project, here)
    if not own:
        named = ", ".join(f"{part} {project.accounts[part]}" for part in PARTS)
        return fail(
            SUBJECT,
            f"{arn} is in account {here}, and project.toml names {named}",
            f"sign in to one of them, or write {here} under [accounts]",
        )
    return ok(SUBJECT, f"{arn}; account {here} has {', '.join(own)}")
