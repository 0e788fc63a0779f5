"""A stack's part of the Pulumi state bucket that the foundation of the registry's account has, and its key.

Pulumi's own backend keeps what it knows of a stack below .pulumi/stacks, history, backups and locks, each
time under PROGRAM/STACK: https://www.pulumi.com/docs/iac/concepts/state-and-backends/.
"""

from infra.policies.documents import Document, Place, allow
from pipeline import names


def bucket(place: Place) -> str:
    """The state bucket's ARN: the one that project.toml names, else the foundation's."""
    made = f"mlops-pulumi-state-{place.registry}-{place.project.region}"
    return f"arn:aws:s3:::{place.project.state_bucket or made}"


def stack(place: Place, part: str) -> str:
    """Program and stack of the registry's part, or of an environment's."""
    name = place.project.name
    return f"{name}-platform/platform" if part == names.REGISTRY else f"{name}-service/{part}"


def read(place: Place, part: str, *more: str) -> list[Document]:
    """Read the state of `part`'s stack, and of the platform's, to whose outputs the others refer.

    `more` is what else S3 does with the key in the name of whoever has these.

    The secrets of a stack are encrypted with the stack's name as context, so that no other stack's role
    decrypts them: the secrets provider is `awskms://ALIAS?region=REGION&context_stack=PROGRAM/STACK`.
    """
    stacks = sorted({stack(place, names.REGISTRY), stack(place, part)})
    root = f"{bucket(place)}/{place.project.name}"
    objects = [f"{root}/.pulumi/meta.yaml", *(f"{root}/.pulumi/*/{one}*" for one in stacks)]
    return [
        allow(["s3:GetObject"], *objects),
        allow(["s3:ListBucket"], bucket(place), StringLike={"s3:prefix": f"{place.project.name}/*"}),
        _key(place, ["kms:Decrypt", *more], {"kms:ViaService": f"s3.{place.project.region}.amazonaws.com"}),
        _key(place, ["kms:Decrypt"], {"kms:EncryptionContext:stack": stacks}),
    ]


def change(place: Place, part: str) -> list[Document]:
    """Read all that, and write the state of `part`'s stack."""
    objects = f"{bucket(place)}/{place.project.name}/.pulumi/*/{stack(place, part)}*"
    return [
        *read(place, part, "kms:GenerateDataKey"),
        allow(["s3:DeleteObject", "s3:PutObject"], objects),
        _key(place, ["kms:Encrypt"], {"kms:EncryptionContext:stack": stack(place, part)}),
    ]


def _key(place: Place, actions: list[str], exact: dict[str, str | list[str]]) -> Document:
    """Use the state's key, which is known here by its alias only."""
    named = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": names.STATE_ALIAS}}
    return allow(actions, place.arn("kms", "key/*"), StringEquals=exact, **named)
