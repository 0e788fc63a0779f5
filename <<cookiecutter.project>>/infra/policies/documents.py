"""What a policy is made of: a project's places on AWS, statements and documents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline import canary, names, stages

Document = dict[str, Any]
MAIN = "refs/heads/main"
JOB_LOGS = {"training": "/aws/sagemaker/TrainingJobs", "processing": "/aws/sagemaker/ProcessingJobs"}


@dataclass(frozen=True, kw_only=True)
class Place:
    """A project and where it lives. `accounts` has the registry's account and each environment's."""

    project: names.Project
    accounts: Mapping[str, str]

    @property
    def registry(self) -> str:
        """The account of data, images, models and training."""
        return self.accounts[names.REGISTRY]

    def others(self) -> list[str]:
        """The environments that have an account apart from the registry's."""
        return [one for one in names.ENVIRONMENTS if self.accounts[one] != self.registry]

    def arn(self, service: str, resource: str, part: str = names.REGISTRY) -> str:
        """The ARN of a regional resource of `part`, an environment or the registry."""
        return f"arn:aws:{service}:{self.project.region}:{self.accounts[part]}:{resource}"

    def role(self, purpose: str, part: str = names.REGISTRY) -> str:
        """A role of this project."""
        return names.role_arn(self.project, self.accounts[part], purpose)

    @property
    def bucket(self) -> str:
        """The project's bucket."""
        return f"arn:aws:s3:::{names.bucket(self.project, self.registry)}"

    def objects(self, *prefixes: str) -> list[str]:
        """The objects of the project's bucket below `prefixes`."""
        return [f"{self.bucket}/{prefix}*" for prefix in prefixes]

    def repositories(self, *targets: str) -> list[str]:
        """The image repositories of `targets`."""
        return [self.arn("ecr", f"repository/{names.repository(self.project, one)}") for one in targets]

    @property
    def group(self) -> str:
        """The model package group."""
        return self.arn("sagemaker", f"model-package-group/{names.model_package_group(self.project)}")

    @property
    def packages(self) -> str:
        """The model packages of the group."""
        return self.arn("sagemaker", f"model-package/{names.model_package_group(self.project)}/*")

    def parameters(self, part: str, *path: str) -> str:
        """A parameter that the platform (part REGISTRY) or an environment's stack publishes."""
        return self.arn("ssm", f"parameter{names.parameter(self.project, names.stack(part), *path)}", part)


def endpoint(place: Place, environment: str) -> str:
    """The environment's endpoint."""
    return place.arn("sagemaker", f"endpoint/{names.endpoint(place.project, environment)}", environment)


def named(place: Place, environment: str, thing: str) -> str:
    """The environment's models, or its endpoint configurations."""
    return place.arn("sagemaker", f"{thing}/{place.project.name}-{environment}-*", environment)


def around(project: names.Project, here: str) -> Place:
    """The place of `project`, seen with credentials of account `here`."""
    parts = (names.REGISTRY, *names.ENVIRONMENTS)
    return Place(project=project, accounts={one: names.account(project, one, here) for one in parts})


def boundary(account: str) -> str:
    """The ARN of the foundation's policy, which bounds every role of a stack that names no other."""
    return f"arn:aws:iam::{account}:policy/mlops-boundary"


def guarded(environment: str) -> bool:
    """Whether an alarm judges an environment's updates; elsewhere the contract test does."""
    return environment == canary.GUARDED


def document(*statements: Document) -> Document:
    """A policy of `statements`."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(actions: Sequence[str], *resources: str, **condition: Mapping[str, Any]) -> Document:
    """A statement, with its condition by operator, such as StringEquals={...}."""
    statement: Document = {"Effect": "Allow", "Action": list(actions), "Resource": list(resources)}
    return {**statement, "Condition": condition} if condition else statement


def admit(place: Place, environment: str, purposes: Sequence[str], statement: Document) -> Document:
    """`statement` of a resource's policy, for roles of an environment in another account.

    The principal is the account and the roles are a condition: a role that is named as a principal must
    exist when the policy is written, and would have to be named again whenever it is made again
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html).
    """
    roles = [place.role(one, environment) for one in purposes]
    return {
        **statement,
        "Principal": {"AWS": f"arn:aws:iam::{place.accounts[environment]}:root"},
        "Condition": {**statement.get("Condition", {}), "ArnEquals": {"aws:PrincipalArn": roles}},
    }


def pass_role(*roles: str) -> Document:
    """Hand `roles` to SageMaker, and to nothing else."""
    return allow(["iam:PassRole"], *roles, StringEquals={"iam:PassedToService": "sagemaker.amazonaws.com"})


def staged(place: Place, environment: str) -> Document:
    """Move versions to the stages that an environment's releases decide on, and withdraw approval, give none.

    The life cycle has keys of its own; an update that names no stage fits no value of theirs:
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html
    """
    reached = [stages.SERVING[environment], stages.ARCHIVED, stages.REJECTED]
    return allow(
        ["sagemaker:UpdateModelPackage"],
        place.packages,
        StringEquals={"sagemaker:ModelLifeCycle:Stage": reached},
        StringEqualsIfExists={"sagemaker:ModelApprovalStatus": "Rejected"},
    )


def grant(key_arn: str) -> Document:
    """Let AWS's services use a key for a volume, an image or a table, for as long as that lives.

    https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
    """
    return allow(["kms:CreateGrant"], key_arn, Bool={"kms:GrantIsForAWSResource": "true"})
