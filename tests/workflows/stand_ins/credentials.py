"""A job's credentials: GitHub signs a token of it, the sandbox's STS trades the token in, or its trust refuses.

As on GitHub there is no token for a job without `id-token: write`, nor for a pull request from a fork or of Dependabot
(https://docs.github.com/en/actions/reference/security/oidc,
https://docs.github.com/en/code-security/dependabot/troubleshooting-dependabot/troubleshooting-dependabot-on-github-actions).
"""

import json
import os
import sys
import tomllib
from pathlib import Path
from typing import Any

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError
from sandbox.access.issuer import Issuer, Job

sys.path.insert(0, str(Path(__file__).parents[2]))
from workflows.workflow import Workflow  # found by the line above


def main() -> None:
    """Put a role's credentials into the environment of the job's later steps."""
    inputs = json.loads(os.environ["STAND_IN_INPUTS"])
    root = Path(os.environ["STAND_IN_ROOT"])
    event = json.loads(Path(os.environ["GITHUB_EVENT_PATH"]).read_text())
    workflow = running(root, os.environ["GITHUB_WORKFLOW"], os.environ["GITHUB_JOB"])
    refusal = withheld(workflow, os.environ["GITHUB_JOB"], event)
    if refusal:
        refuse(refusal)
    taken = assume(inputs, token(workflow, root))
    keys = {
        "AWS_ACCESS_KEY_ID": taken["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": taken["SecretAccessKey"],
        "AWS_SESSION_TOKEN": taken["SessionToken"],
    }
    for secret in ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        print(f"::add-mask::{keys[secret]}")
    region = inputs["aws-region"]
    with Path(os.environ["GITHUB_ENV"]).open("a") as file:
        for name, value in {**keys, "AWS_REGION": region, "AWS_DEFAULT_REGION": region}.items():
            file.write(f"{name}={value}\n")


def running(root: Path, name: str, job: str) -> Workflow:
    """The file of the workflow of this name that has the job: act names the called one, GitHub's token the caller."""
    files = [Workflow(path) for path in sorted((root / ".github" / "workflows").glob("*.yml"))]
    [found] = [one for one in files if one.name == name and job in one.jobs]
    return found


def withheld(workflow: Workflow, job: str, event: dict[str, Any]) -> str:
    """Why GitHub gives this job no token; empty when it does. Pure."""
    if workflow.permissions(job).get("id-token") != "write":
        return f"the job {job} has no `id-token: write`"
    pulled = event.get("pull_request")
    if pulled and pulled["head"]["repo"]["full_name"] != event["repository"]["full_name"]:
        return "a pull request from a fork gets no token"
    if pulled and event["sender"]["login"] == "dependabot[bot]":
        return "a pull request of Dependabot gets no token"
    return ""


def token(workflow: Workflow, root: Path) -> str:
    """What GitHub would sign for the job that runs this."""
    settings = tomllib.loads((root / "project.toml").read_text())
    job = Job(
        repository=os.environ["STAND_IN_REPOSITORY"],
        ref=os.environ["GITHUB_REF"],
        environment=workflow.environment(os.environ["GITHUB_JOB"], os.environ),
        event=os.environ["GITHUB_EVENT_NAME"],
        workflow=workflow.path.name,
        owner_id=settings["github_owner_id"],
        repository_id=settings["github_repository_id"],
    )
    print(f"subject {job.subject}")
    return Issuer.read(Path(os.environ["SANDBOX_STATE"])).token(job)


def assume(inputs: dict[str, str], signed: str) -> dict[str, str]:
    """The role's credentials; ends with what STS says when it refuses."""
    if not inputs.get("role-to-assume"):
        refuse("role-to-assume is empty: is the repository's variable set?")
    sts = boto3.client("sts", region_name=inputs["aws-region"], config=Config(signature_version=UNSIGNED))
    try:
        taken = sts.assume_role_with_web_identity(
            RoleArn=inputs["role-to-assume"],
            RoleSessionName=inputs["role-session-name"],
            DurationSeconds=int(inputs["role-duration-seconds"]),
            WebIdentityToken=signed,
        )
    except ClientError as error:
        refuse(f"Could not assume role with OIDC: {error}")
    found: dict[str, str] = taken["Credentials"]
    return found


def refuse(sentence: str) -> None:
    """End the step, with an annotation as the action writes it."""
    print(f"::error::{sentence}")
    raise SystemExit(1)


if __name__ == "__main__":
    main()
