"""Every AWS name that this project derives, in one place.

Names are functions of `project.toml`, the account and the environment, so that the Pulumi programs
and the verbs agree without passing names around. The longest allowed project name and the longest
region fit AWS's bounds; the template's tests compute that for every function here.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any

from pipeline.errors import UserError

ENVIRONMENTS = ("staging", "production")
REGISTRY = "registry"  # the account of data, images, models and training
VARIANT = "live"
# What the monitor tells CloudWatch of a live model, beside its metrics: a promise is broken, 1 or 0; the
# prefix of an estimate without labels; the share of rows whose labels came; columns that moved; requests.
BROKEN, EXPECTED, LABEL_SHARE, DRIFTED, ASKED = "Broken", "Expected", "LabelShare", "Drifted", "Requests"
STATE_ALIAS = "alias/mlops-pulumi-state"  # of the foundation's key for Pulumi's state
# key: what it matches, the bound in words, what to write instead; the template asks the same of its answers
TEXTS = {
    "name": (
        r"(?=.{2,24}$)(?!aws|ssm|sthree-)(?!.*-(staging|production)$)[a-z][a-z0-9]*(-[a-z0-9]+)*",
        "takes 2 to 24 of a-z, 0-9 and single dashes, starts with a letter but not aws, ssm or sthree-, and "
        "ends with no environment's name",
        "flight-delays",
    ),
    "description": (
        r"[^\x00-\x1f\x7f\U00010000-\U0010ffff]{1,200}",
        "is one line of 1 to 200 characters without emoji",
        "Will this flight leave late?",
    ),
    "github_owner": (
        r"(?=.{1,39}$)[A-Za-z0-9]+(-[A-Za-z0-9]+)*",
        "takes 1 to 39 letters, digits and single dashes",
        "my-organisation",
    ),
    "region": (r"[a-z]{2,4}(-[a-z]+){1,2}-[1-9]", "is the code of one AWS region", "eu-west-1"),
    "owner_email": (
        r"[\w.+-]+@[\w-]+(\.[\w-]+)+",
        "is one address that alarms can be sent to",
        "mlops@example.com",
    ),
    "role_path": (
        r"(/[\w+=,.@-]+)+/",
        "is a path of the projects' own, the foundation's role_path or one below it",
        "/mlops/",
    ),
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    "state_bucket": (
        r"|[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
        "is a bucket's name, the one that foundation:state names without arn:aws:s3:::, or empty",
        "our-pulumi-state",
    ),
}
NUMBERS = ("github_owner_id", "github_repository_id")


@dataclass(frozen=True, kw_only=True)
class Project:
    """What `project.toml` says."""

    name: str
    description: str
    github_owner: str
    region: str
    owner_email: str
    role_path: str = "/mlops/"
    state_bucket: str = ""
    github_owner_id: int = 0
    github_repository_id: int = 0
    accounts: Mapping[str, str] = field(default_factory=dict)


def root(start: Path | None = None) -> Path:
    """The folder of the project that `start` (default: the working directory) lies in.

    Raises UserError when no folder upwards holds a project.toml.
    """
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / "project.toml").is_file():
            return folder
    raise UserError(f"no project.toml in {here} or above: run this inside a generated project")


def project(folder: Path | None = None) -> Project:
    """The project of `folder`, or of the working directory. Raises UserError."""
    path = (folder or root()) / "project.toml"
    try:
        return parse(tomllib.loads(path.read_text()))
    except FileNotFoundError as error:
        raise UserError(f"{path} is missing: restore it from git") from error
    except ValueError as error:  # not TOML, or not even text
        raise UserError(f"project.toml is not TOML: {error}") from error


def parse(document: Mapping[str, Any]) -> Project:
    """The project in `document`. Raises UserError naming the key, its bound, and what to write instead."""
    known = {item.name: item for item in fields(Project)}
    if unknown := sorted(set(document) - set(known)):
        raise UserError(f"project.toml: unknown key {unknown[0]}: write one of {', '.join(known)}")
    for key, item in known.items():
        if key not in document and item.default is MISSING and item.default_factory is MISSING:
            raise UserError(f"project.toml: {key} is missing: write it back")
    found = Project(**document)
    if wrong := fault(found):
        raise UserError(f"project.toml: {wrong}")
    return found


def fault(project: Project) -> str | None:
    """What is wrong with who the project says it is: which key, and what to write; None when nothing is."""
    for key, (pattern, bound, example) in TEXTS.items():
        value = getattr(project, key)
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            return f'{key} {bound}; instead of {value!r} write something like "{example}"'
    for key in NUMBERS:
        value = getattr(project, key)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            return f"{key} = {value!r} is no number of GitHub's: write a whole number, or 0"
    if bool(project.github_owner_id) != bool(project.github_repository_id):
        return "github_owner_id and github_repository_id belong together: write both numbers, or 0 twice"
    return _fault_of_accounts(project.accounts)


def _fault_of_accounts(accounts: Any) -> str | None:
    parts = (REGISTRY, *ENVIRONMENTS)
    if not isinstance(accounts, Mapping):
        return f"accounts = {accounts!r} is no table: write [accounts], and {', '.join(parts)} below it"
    for part, account in accounts.items():
        if part not in parts:
            return f"[accounts] has no {part}: write one of {', '.join(parts)}"
        if not isinstance(account, str) or not re.fullmatch(r"[0-9]{12}", account):
            return f"accounts.{part} = {account!r} is no account id: write its 12 digits in quotes"
    if missing := [part for part in parts if accounts and part not in accounts]:
        return (
            f"[accounts] names no {missing[0]}: name all of {', '.join(parts)} (they may be equal), or none"
        )
    return None


def account(project: Project, part: str, here: str) -> str:
    """The account of `part`, an environment or REGISTRY: the one that project.toml names, else `here`."""
    return project.accounts.get(part, here)


def bucket(project: Project, account: str) -> str:
    """Data, models and records. S3: at most 63, unique in the world."""
    return f"{project.name}-{account}-{project.region}"


def role(project: Project, purpose: str) -> str:
    """An IAM role, `purpose` such as `train` or `release-production`. IAM: at most 64, not regional."""
    return f"{project.name}-{project.region}-{purpose}"


def role_arn(project: Project, account: str, purpose: str) -> str:
    """The ARN of a role, below the path that project.toml names."""
    return f"arn:aws:iam::{account}:role{project.role_path}{role(project, purpose)}"


def repository(project: Project, target: str) -> str:
    """The ECR repository of an image target, `train` or `serve`."""
    return f"{project.name}/{target}"


def key_alias(project: Project, environment: str | None = None) -> str:
    """The alias of the platform's KMS key, or of an environment's."""
    return f"alias/{endpoint(project, environment) if environment else project.name}"


def model_package_group(project: Project) -> str:
    """The registry's group. SageMaker: at most 63."""
    return project.name


def stack(part: str) -> str:
    """The stack of a part, an environment or REGISTRY: its tag, and the folder of its parameters."""
    return "platform" if part == REGISTRY else part


def program(part: str) -> str:
    """The Pulumi program of a part, an environment or REGISTRY: its folder and its settings' namespace."""
    return "platform" if part == REGISTRY else "service"


def parameter(project: Project, *path: str) -> str:
    """An SSM parameter, such as `parameter(p, "platform", "storage")`."""
    return "/" + "/".join((project.name, *path))


def endpoint(project: Project, environment: str) -> str:
    """The endpoint of an environment. SageMaker: at most 63."""
    return f"{project.name}-{environment}"


def endpoint_log_group(project: Project, environment: str) -> str:
    """Where SageMaker writes the log of an endpoint's containers."""
    return f"/aws/sagemaker/Endpoints/{endpoint(project, environment)}"


def release(project: Project, environment: str, digest: str) -> str:
    """A Model or EndpointConfig, named by the content that `digest` (hex) stands for. At most 63."""
    return f"{project.name}-{environment}-{digest[:12]}"


def job(project: Project, kind: str, digest: str, attempt: int = 1) -> str:
    """A training or processing job; names are taken for good, so a new attempt is a new name. At most 63."""
    suffix = f"-{attempt}" if attempt > 1 else ""
    return f"{project.name}-{kind}-{digest[:12]}{suffix}"


def ledger(project: Project, environment: str) -> str:
    """The DynamoDB table of an environment's releases."""
    return f"{project.name}-{environment}-releases"


def alarm_topic(project: Project, environment: str) -> str:
    """The SNS topic of an environment's alarms."""
    return f"{project.name}-{environment}-alarms"


def deployments(project: Project, environment: str) -> str:
    """The EventBridge rule on the updates of an environment's endpoint. EventBridge: at most 64."""
    return f"{project.name}-{environment}-deployments"


def retraining(project: Project, environment: str) -> str:
    """The EventBridge rule on alarms that start a retrain, and what it posts to. EventBridge: at most 64."""
    return f"{project.name}-{environment}-retrain"


def alarm(project: Project, environment: str, subject: str, signal: str) -> str:
    """An alarm on `signal`; `subject` is a release id, or `slo`."""
    return f"{project.name}-{environment}-{subject}-{signal}"


def metrics(project: Project, environment: str) -> str:
    """The CloudWatch namespace of an environment's own metrics: the judge's and the container's."""
    return f"{project.name}/{environment}"


def measure(metric: str) -> str:
    """A metric of model/metrics.py as CloudWatch has it: words in capitals, without their underscores."""
    return "".join(word.capitalize() for word in metric.split("_"))


def dashboard(project: Project, environment: str) -> str:
    """The CloudWatch dashboard of an environment."""
    return f"{project.name}-{environment}"


def budget(project: Project, part: str) -> str:
    """The monthly budget of an environment, or of the platform. AWS Budgets: at most 100."""
    return f"{project.name}-{part}"
