"""What the stacks are to make, as their files say, and what they have published."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline import aws, names
from pipeline.checks.finding import Finding, fail, ok
from pipeline.errors import UserError

SUBJECT = "stacks"
JOBS = ("train", "validate", "evaluate")


def configured(root: Path, part: str) -> Mapping[str, Any]:
    """The settings in the file of the stack of `part`, an environment or the registry; {} without a file.

    Raises UserError for a file that is not YAML, or has no table of settings.
    """
    import yaml  # type: ignore[import-untyped]  # of the group infra, which a runner's verbs do without

    file = f"infra/{names.program(part)}/Pulumi.{names.stack(part)}.yaml"
    try:
        document = yaml.safe_load((root / file).read_text()) or {}
    except FileNotFoundError:
        return {}
    except yaml.YAMLError as error:
        raise UserError(f"{file} is not YAML: {' '.join(str(error).split())}") from error
    found = (document.get("config") or {}) if isinstance(document, dict) else None
    if not isinstance(found, dict):
        raise UserError(f"{file} has no table of settings: write config: and the keys below it")
    return found


def expected(project: names.Project, part: str) -> list[str]:
    """The parameters that the stack of `part` publishes."""
    if part != names.REGISTRY:
        return [names.parameter(project, part, "service")]
    paths = [("storage",), ("images",), ("registry",), *(("jobs", job) for job in JOBS)]
    return [names.parameter(project, "platform", *path) for path in paths]


def judge(part: str, wanted: list[str], absent: list[str]) -> Finding:
    """Whether the stack of `part` has been applied."""
    stack = names.stack(part)
    if not absent:
        return ok(SUBJECT, f"{stack} has published {len(wanted)} parameter{'s' * (len(wanted) > 1)}")
    return fail(SUBJECT, f"{stack} has not published {', '.join(absent)}", f"make up STACK={stack}")


def look(project: names.Project, part: str) -> list[Finding]:
    """Ask for the parameters. Raises ClientError."""
    wanted = expected(project, part)
    ssm = aws.client("ssm")
    absent = [name for name in wanted if aws.find(ssm.get_parameter, Name=name) is None]
    return [judge(part, wanted, absent)]
