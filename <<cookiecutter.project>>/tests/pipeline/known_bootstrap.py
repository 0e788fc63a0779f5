"""An empty GitHub and a founded AWS account, in a test's hands, and what the steps make of them."""

import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from infra.policies.documents import around, boundary
from pipeline import aws, github, names
from pipeline.bootstrap import account, first
from pipeline.checks import roles, stacks
from tests.pipeline import gh_stand_in
from tests.pipeline.conftest import JOB, SERVICE
from tests.pipeline.known_github import GitHub

ACCOUNT = "123456789012"
REPOSITORY = "somebody/flights"


@dataclass
class Empty:
    """Where the steps begin, and how often each stack was applied."""

    github: GitHub
    project: Path
    bare: Path
    ups: list[str]

    @property
    def settings(self) -> dict[str, Any]:
        """What GitHub has of the repository that nobody but the steps set."""
        return dict(self.github.state["repositories"][REPOSITORY]["settings"])

    def told(self) -> dict[str, Any]:
        """Everything on GitHub that the steps make, without the requests that led there."""
        kept = self.github.state
        made = {key: kept.get(key) for key in ("environments", "branches", "dispatches", "repositories")}
        made["pushed"] = git(self.bare, "log", "--all", "--format=%s")
        made["files"] = (self.project / "project.toml").read_text()
        return made

    def unfound(self) -> None:
        """Take the boundary out of the account."""
        aws.client("iam").delete_policy(PolicyArn=boundary(ACCOUNT))

    def written(self) -> list[str]:
        """The requests that change something."""
        calls = self.github.state["calls"]
        return [f"{one['method']} {one['path']}" for one in calls if one["method"] != "GET"]

    def repeated(self) -> list[str]:
        """What was asked to be made more than once."""
        made = [json.dumps(one) for one in self.github.state["calls"] if one["method"] == "POST"]
        return [one for one in made if made.count(one) > 1]


def git(folder: Path, *words: str) -> str:
    """What git prints."""
    done = subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, text=True)  # noqa: S603, S607
    return done.stdout.strip()


def found_account() -> None:
    """What `make found` leaves in the account that the credentials reach."""
    aws.client("iam").create_open_id_connect_provider(
        Url="https://token.actions.githubusercontent.com", ClientIDList=["sts.amazonaws.com"]
    )
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    aws.client("iam").create_policy(PolicyName="mlops-boundary", PolicyDocument=json.dumps(policy))
    place = {"LocationConstraint": "eu-west-1"}
    aws.client("s3").create_bucket(
        Bucket=f"mlops-pulumi-state-{ACCOUNT}-eu-west-1", CreateBucketConfiguration=place
    )


def up(root: Path, part: str) -> None:
    """What applying a stack leaves, as far as the steps look: parameters, roles, its file."""
    project = names.project(root)
    for name in stacks.expected(project, part):
        value = json.dumps(JOB if "/jobs/" in name else SERVICE)
        aws.client("ssm").put_parameter(Name=name, Value=value, Type="String", Overwrite=True)
    for name, role in roles.expected(around(project, ACCOUNT), part, boundary(ACCOUNT)).items():
        if aws.find(aws.client("iam").get_role, RoleName=name):
            document = json.dumps(role.trust)
            aws.client("iam").update_assume_role_policy(RoleName=name, PolicyDocument=document)
            continue
        aws.client("iam").create_role(
            RoleName=name,
            Path=project.role_path,
            AssumeRolePolicyDocument=json.dumps(role.trust),
            PermissionsBoundary=str(role.boundary),
        )
    if part != names.REGISTRY:
        aws.client("sns").create_topic(Name=names.alarm_topic(project, part))
    file = root / "infra" / names.program(part) / f"Pulumi.{names.stack(part)}.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("encryptedkey: of this stack\nconfig: {}\n")


def answered(github_has: GitHub) -> Callable[..., Any]:
    """GitHub's answers without a process for each request: by the same stand-in, refusals too."""

    def api(method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        with gh_stand_in.state_of(github_has.path) as state:
            status, said = gh_stand_in.answer(state, method, path, body)
        if status >= 400:
            sentence = f"GitHub refused {method} {path}: {said['message']} (HTTP {status})"
            raise github.GithubError(sentence, status)
        return json.loads(json.dumps(said))

    return api


@pytest.fixture
def empty(
    project: Path, github_has: GitHub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Empty]:
    """A project that is no repository yet, a GitHub without it, and an account that is founded."""
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.delenv("PULUMI_BACKEND_URL", raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setattr(first, "PATIENCE_SECONDS", 0)
    monkeypatch.setattr(github, "api", answered(github_has))
    bare = tmp_path / "bare.git"
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", str(bare))
    own = tmp_path / "gitconfig"
    own.write_text(
        "[user]\nname = n\nemail = e@example.com\n"
        f'[url "{bare}"]\ninsteadOf = https://github.com/{REPOSITORY}.git\n'
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(own))
    github_has.set(git=str(bare))
    ups: list[str] = []

    def apply(asked: Any, part: str) -> None:
        ups.append(part)
        up(asked.root, part)

    monkeypatch.setattr(account, "apply", apply)
    with mock_aws():
        found_account()
        yield Empty(github_has, project, bare, ups)
