"""The jobs' definitions, which the verbs read, and the roles that the jobs run under."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import policies
import pulumi
import pulumi_aws as aws
from settings import Job

from pipeline import names


@dataclass(frozen=True, kw_only=True)
class JobsArgs:
    """Arguments of Jobs."""

    project: names.Project
    account: str
    key_arn: pulumi.Input[str]
    definitions: Mapping[str, Job]
    tags: Mapping[str, str]


class Jobs(pulumi.ComponentResource):
    """A role and a published definition per job."""

    role_arns: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: JobsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Jobs", name, None, opts)
        inside = pulumi.ResourceOptions(parent=self)
        place = policies.Place(project=args.project, account=args.account)
        documents = {"train": policies.train, "evaluate": policies.evaluate}
        self.role_arns = {}
        for kind, job in args.definitions.items():
            role = aws.iam.Role(
                kind,
                name=names.role(args.project, kind),
                description=f"The {kind} job of {args.project.name}",
                assume_role_policy=json.dumps(policies.assumed_by_sagemaker(args.account)),
                permissions_boundary=policies.boundary(args.account),
                tags=args.tags,
                opts=inside,
            )
            document = documents[kind]
            aws.iam.RolePolicy(
                kind,
                name=kind,
                role=role.name,
                policy=pulumi.Output.from_input(args.key_arn).apply(
                    lambda key, document=document: json.dumps(document(place, key))
                ),
                opts=inside,
            )
            aws.ssm.Parameter(
                kind,
                name=names.parameter(args.project, "platform", "jobs", kind),
                type="String",
                value=pulumi.Output.json_dumps(definition(job, role.arn, args.key_arn)),
                tags=args.tags,
                opts=inside,
            )
            self.role_arns[kind] = role.arn
        self.register_outputs({"role_arns": self.role_arns})


def definition(job: Job, role_arn: pulumi.Input[str], key_arn: pulumi.Input[str]) -> dict[str, object]:
    """What a verb needs to know to start the job."""
    return {
        "role_arn": role_arn,
        "instance_type": job.instance_type,
        "instance_count": job.instance_count,
        "volume_gb": job.volume_gb,
        "max_runtime_seconds": job.max_runtime_seconds,
        "kms_key_arn": key_arn if job.volume_key else None,
        "subnets": [],
        "security_groups": [],
    }
