"""A version of another version's model, served by the present tree's image: a patch that needs no training.

The gate has let the model in, and does not look at what serves it: replay and canary do, for each pair.
"""

from typing import Any

from pipeline import aws, digest, image, regate, registry, settings
from pipeline.errors import RefusalError

TOKEN_LENGTH = 36  # API shape ClientToken
KEPT = ("ModelMetrics", "ModelCard")  # of the model's own version


def register(number: int, commit: str) -> registry.Version:
    """The version that is this pair, made unless it is there; `commit` is the present tree's.

    Raises RefusalError when the model's version, or the pair's, is not approved, and UserError when the
    model's does not say what it was made of.
    """
    group = settings.registry().model_package_group
    source = registry.get(group, number)
    if why := refusal(source):
        raise RefusalError(why)
    regate.require_origin(source)
    serve_image = image.ensure("serve").uri
    if there := registry.find(group, source.model_data, serve_image):
        return there
    sagemaker = aws.client("sagemaker")
    described = sagemaker.describe_model_package(ModelPackageName=source.arn)
    made = request(group, source, described, serve_image, commit, aws.caller())
    arn = sagemaker.create_model_package(**made)["ModelPackageArn"]
    return registry.parse(sagemaker.describe_model_package(ModelPackageName=arn))


def refusal(source: registry.Version) -> str | None:
    """Why a version's model can be in no pair; None when it can. Pure.

    A rejection tells of a pair, and not whether model or image was at fault: so its model is taken by no
    other version either, until the gate has been asked anew.
    """
    if source.status == "Approved":
        return None
    why = f" ({source.status_reason})" if source.status_reason else ""
    return (
        f"version {source.number} is {source.status}{why}: name an approved version; or, if its image was at "
        "fault and this tree still trains the same model, run `pipeline register` without --model-of"
    )


def request(
    group: str, source: registry.Version, described: dict[str, Any], serve_image: str, commit: str, by: str
) -> dict[str, Any]:
    """A CreateModelPackage request; `described` is DescribeModelPackage of `source`. Pure.

    Metrics, card and what it was made of are the model's. The token is the pair's, as in `pipeline register`.
    """
    origin = source.properties.get("model_of", str(source.number))
    more = {"by": registry.text(by), "model_of": origin, "serve_commit": commit}
    return {
        "ModelPackageGroupName": group,
        "ClientToken": digest.of(source.model_data, serve_image)[:TOKEN_LENGTH],
        "ModelPackageDescription": f"the model of version {origin}, served as of commit {commit[:12]}",
        "ModelApprovalStatus": "Approved",
        "InferenceSpecification": {
            "Containers": [{"Image": serve_image, "ModelDataUrl": source.model_data}],
            "SupportedContentTypes": ["application/json", "text/csv"],
            "SupportedResponseMIMETypes": ["application/json"],
        },
        "MetadataProperties": {"CommitId": commit, "GeneratedBy": source.properties["train_job"]},
        "CustomerMetadataProperties": source.properties | more,
        **{name: described[name] for name in KEPT if described.get(name)},
    }
