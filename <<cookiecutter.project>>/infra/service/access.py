"""The roles of an environment, in its account: the workflows' jobs', and one that only looks."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from infra.ground import Ground
from infra.policies import infrastructure, releases, trust, workflows
from infra.policies.documents import Document
from infra.roles import HOUR, bounded

# a release waits for instances, bakes, and waits again: policy.toml allows three hours of that, and AWS eight
SECONDS = {"ci-release": 4 * HOUR, "ci-rollback": 4 * HOUR}


@dataclass(frozen=True, kw_only=True)
class AccessArgs:
    """Arguments of Access."""

    ground: Ground
    platform_key: pulumi.Input[str]
    key_arn: pulumi.Input[str]


class Access(pulumi.ComponentResource):
    """One role per purpose, each with its own policy, all within the account's boundary."""

    role_arns: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: AccessArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Access", name, None, opts)
        inside, on = pulumi.ResourceOptions(parent=self), args.ground
        keys = pulumi.Output.all(args.platform_key, args.key_arn)
        allowed = keys.apply(lambda both: documents(on, *both))
        self.role_arns = {}
        for purpose, trusted in trust.workflows(on.place, on.part).items():
            role = bounded(
                on,
                f"{purpose}-{on.part}",
                name=purpose,
                description=f"{purpose} of {on.project.name} in {on.part}",
                trusted=trusted,
                allowed=allowed.apply(lambda found, purpose=purpose: found[purpose]),
                seconds=SECONDS.get(purpose, HOUR),
                opts=inside,
            )
            self.role_arns[purpose] = role.arn
        self.register_outputs({"role_arns": self.role_arns})


def documents(ground: Ground, platform_key: str, key_arn: str) -> Mapping[str, Document]:
    """What each role may do."""
    place, part = ground.place, ground.part
    return {
        "observe": workflows.observe(place, part),
        "ci-preview": infrastructure.preview(place, part, key_arn, ground.boundary),
        "ci-release": releases.release(place, part, platform_key, key_arn),
        "ci-rollback": releases.rollback(place, part, platform_key, key_arn),
        "ci-infra": infrastructure.up(place, part, key_arn, ground.boundary),
        "ci-monitor": workflows.monitor(place, part, key_arn),
    }
