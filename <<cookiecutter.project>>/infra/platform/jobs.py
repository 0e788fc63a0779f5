"""The jobs' definitions, which the verbs read, and the roles that the jobs run under."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import pulumi
import pulumi_aws as aws
from settings import Job

from infra.ground import Ground
from infra.policies import trust
from infra.policies.jobs import JOBS
from infra.roles import bounded
from pipeline import instances, names


@dataclass(frozen=True, kw_only=True)
class JobsArgs:
    """Arguments of Jobs."""

    ground: Ground
    key_arn: pulumi.Input[str]
    definitions: Mapping[str, Job]


class Jobs(pulumi.ComponentResource):
    """A role and a published definition per job."""

    role_arns: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: JobsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Jobs", name, None, opts)
        self.role_arns = {kind: self._job(kind, args) for kind in args.definitions}
        self.register_outputs({"role_arns": self.role_arns})

    def _job(self, kind: str, args: JobsArgs) -> pulumi.Output[str]:
        inside, on = pulumi.ResourceOptions(parent=self), args.ground
        role = bounded(
            on,
            kind,
            name=kind,
            description=f"The {kind} job of {on.project.name}",
            trusted=trust.sagemaker(on.account),
            allowed=pulumi.Output.from_input(args.key_arn).apply(
                lambda key: JOBS[kind](on.place, key, on.network)
            ),
            opts=inside,
        )
        aws.ssm.Parameter(
            kind,
            name=names.parameter(on.project, "platform", "jobs", kind),
            type="String",
            value=pulumi.Output.json_dumps(definition(args.definitions[kind], on, role.arn, args.key_arn)),
            tags=on.tags,
            opts=inside,
        )
        return role.arn


def definition(
    job: Job, ground: Ground, role_arn: pulumi.Input[str], key_arn: pulumi.Input[str]
) -> dict[str, object]:
    """What a verb needs to start the job. A machine with disks of its own takes no key for its volume."""
    subnets, groups = ground.network
    return {
        **asdict(job),
        "role_arn": role_arn,
        "kms_key_arn": None if instances.local_disks(job.instance_type) else key_arn,
        "max_wait_seconds": job.longest_seconds if job.spot else None,
        "subnets": list(subnets),
        "security_groups": list(groups),
    }
