"""The AWS account: whose the credentials are, whether it is founded, and the stacks in it."""

import os

from botocore.exceptions import BotoCoreError, ClientError

from infra.policies.documents import boundary
from pipeline import aws, names
from pipeline.bootstrap import backend
from pipeline.bootstrap.asked import Asked
from pipeline.bootstrap.step import State, Step, done, person, todo
from pipeline.bootstrap.variables import missing
from pipeline.checks import identity, roles, stacks
from pipeline.checks.finding import FAIL
from pipeline.checks.stacks import configured
from pipeline.errors import explain
from pipeline.stack import up


def signing_in(asked: Asked) -> Step:
    """The step of signing in to AWS, which a person does."""
    return Step(
        "aws", lambda: signed_in(asked), ["sign in to AWS as the account's administrator"], holds=True
    )


def founding(asked: Asked) -> Step:
    """The step of founding the account, which its owner does from a clone of the template."""
    region = asked.project.region
    by_hand = [f"make found REGION={region}, in a clone of the template; its infra/README.md says how"]
    return Step("foundation", lambda: founded(asked), by_hand, holds=True)


def applying(asked: Asked, part: str) -> Step:
    """The step of applying a part's stack."""
    stack = names.stack(part)
    by_hand = [
        "export PULUMI_BACKEND_URL='s3://STATE_BUCKET/"
        f"{asked.project.name}?region={asked.project.region}', the foundation's state_bucket",
        f"make up STACK={stack}",
    ]
    return Step(
        f"stack {stack}", lambda: applied(asked, part), by_hand, lambda: apply(asked, part), holds=True
    )


def signed_in(asked: Asked) -> State:
    """Whether the credentials reach an account that project.toml knows."""
    try:
        me = aws.client("sts").get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        return person(str(explain(error)), "sign in to AWS as the account's administrator")
    found = identity.whose(asked.project, str(me["Account"]), me["Arn"])
    return person(found.found, found.todo) if found.level == FAIL else done(found.found)


def founded(asked: Asked) -> State:
    """Whether the account has what every project stands on. Raises ClientError."""
    here = aws.account()
    lacking = [one.found for one in roles.look_provider() if one.level == FAIL]
    for part in identity.parts(asked.project, here):
        arn = bound(asked, part)
        if aws.find(aws.client("iam").get_policy, PolicyArn=arn) is None:
            lacking.append(f"there is no policy {arn}, which bounds every role of {names.stack(part)}")
    bucket = backend.bucket(asked.place)
    if asked.place.registry == here and aws.find(aws.client("s3").head_bucket, Bucket=bucket) is None:
        lacking.append(f"there is no bucket {bucket} for Pulumi's state")
    if lacking:
        found = "; ".join(dict.fromkeys(lacking))
        return person(found, f"make found REGION={asked.project.region}, in a clone of the template")
    return done(f"account {here} has GitHub's issuer, the boundary and the state's bucket")


def bound(asked: Asked, part: str) -> str:
    """The policy that bounds a part's roles: the one that its stack's file names, else the foundation's."""
    named = configured(asked.root, part).get(f"{names.program(part)}:boundary")
    return str(named or boundary(asked.place.accounts[part]))


def applied(asked: Asked, part: str) -> State:
    """Whether the stack has published what the verbs read, and its roles are as its files say.

    In an account that the credentials do not reach, GitHub's variables tell: they are written for a stack
    that was seen. Raises ClientError.
    """
    here, place = aws.account(), asked.place
    there = place.accounts[part]
    if there != here:
        if not missing(asked, [part]):
            return done(f"was applied in account {there}")
        return person(
            f"it belongs into account {there}", f"sign in to {there}, and run the same command again"
        )
    published = stacks.look(asked.project, part)
    if any(one.level == FAIL for one in published):
        return todo("it has not been applied, or not to its end")
    findings = [*published, *roles.look(asked.root, place, part)]
    wrong = [one.found for one in findings if one.level == FAIL]
    if wrong:
        return todo("; ".join(wrong))
    return done("; ".join(one.found for one in findings))


def apply(asked: Asked, part: str) -> None:
    """Have Pulumi make the stack; it was asked about already. Raises PipelineError."""
    os.environ.setdefault("PULUMI_BACKEND_URL", backend.url(asked.place))
    up.bring(names.stack(part), yes=True)
