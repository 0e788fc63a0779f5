"""Tests of sandbox.hosting."""

from collections.abc import Iterator
from contextlib import suppress

import pytest
from botocore.exceptions import ClientError
from hosted import ROLE, Account, account


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """An account; its endpoints run at 300 times AWS's pace."""
    with account(tmp_path_factory.mktemp("hosting"), 300) as its:
        yield its


def variant(model: str) -> dict[str, object]:
    """A production variant."""
    return {
        "VariantName": "live",
        "ModelName": model,
        "InitialInstanceCount": 1,
        "InstanceType": "ml.m5.large",
    }


def test_describe_answers_what_create_got(aws: Account) -> None:
    """Model and configuration are described with the members of their creation."""
    capture = {
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": "s3://bucket/capture",
        "CaptureOptions": [{"CaptureMode": "Input"}],
    }
    aws.config("described", DataCaptureConfig=capture)
    model = aws.sagemaker.describe_model(ModelName="described")
    config = aws.sagemaker.describe_endpoint_config(EndpointConfigName="described")
    assert model["PrimaryContainer"]["Environment"]["MODEL_ID"] == "described"
    assert model["ModelArn"] == "arn:aws:sagemaker:eu-west-1:123456789012:model/described"
    assert config["DataCaptureConfig"] == capture
    assert config["ProductionVariants"] == [variant("described") | {"InitialVariantWeight": 1.0}]


def test_a_name_is_taken_once(aws: Account) -> None:
    """A second configuration of the same name is refused in AWS's words."""
    aws.config("twice")
    with pytest.raises(ClientError, match="Cannot create already existing endpoint configuration") as refused:
        aws.sagemaker.create_endpoint_config(EndpointConfigName="twice", ProductionVariants=[variant("twice")])
    assert refused.value.response["Error"]["Code"] == "ValidationException"


def test_a_model_name_is_taken_once(aws: Account) -> None:
    """A second model of the same name is refused in AWS's words."""
    aws.config("model-twice")
    with pytest.raises(ClientError, match="Cannot create already existing model"):
        aws.sagemaker.create_model(
            ModelName="model-twice", PrimaryContainer={"Image": "registry/toy:1"}, ExecutionRoleArn=ROLE
        )


def test_the_model_must_exist(aws: Account) -> None:
    """A configuration of an unknown model is refused."""
    with pytest.raises(ClientError, match=r'Could not find model "arn:aws:sagemaker:eu-west-1:\d+:model/nobody"'):
        aws.sagemaker.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[variant("nobody")])


def test_variant_names_are_unique(aws: Account) -> None:
    """Two variants of one name are refused."""
    aws.config("unique")
    with pytest.raises(ClientError, match="same VariantName"):
        aws.sagemaker.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[variant("unique")] * 2)


def test_what_is_not_done_is_refused(aws: Account) -> None:
    """A serverless variant is not quietly served by an instance."""
    aws.config("serverless")
    serverless = {
        "VariantName": "live",
        "ModelName": "serverless",
        "ServerlessConfig": {"MemorySizeInMB": 1024, "MaxConcurrency": 1},
    }
    with pytest.raises(ClientError, match="ServerlessConfig of a production variant is not in the sandbox"):
        aws.sagemaker.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[serverless])


def test_metrics_have_seven_frequencies(aws: Account) -> None:
    """Every 45 seconds is none of them."""
    with pytest.raises(ClientError, match="MetricPublishFrequencyInSeconds is 45"):
        aws.config("odd", MetricsConfig={"MetricPublishFrequencyInSeconds": 45})
    aws.config("even", MetricsConfig={"MetricPublishFrequencyInSeconds": 10, "EnableEnhancedMetrics": True})


def test_lists_filter_and_page(aws: Account) -> None:
    """Names are found by a part of them, page by page."""
    for name in ("listed-1", "listed-2", "listed-3"):
        aws.config(name)
    pages = aws.sagemaker.get_paginator("list_models").paginate(
        NameContains="listed-", SortBy="Name", SortOrder="Ascending", PaginationConfig={"PageSize": 2}
    )
    assert [[model["ModelName"] for model in page["Models"]] for page in pages] == [
        ["listed-1", "listed-2"],
        ["listed-3"],
    ]


def test_deleted_is_gone(aws: Account) -> None:
    """What is deleted can't be described."""
    aws.config("deleted")
    aws.sagemaker.delete_endpoint_config(EndpointConfigName="deleted")
    aws.sagemaker.delete_model(ModelName="deleted")
    with pytest.raises(ClientError, match="Could not find endpoint configuration"):
        aws.sagemaker.describe_endpoint_config(EndpointConfigName="deleted")
    with pytest.raises(ClientError, match="Could not find model"):
        aws.sagemaker.describe_model(ModelName="deleted")


def test_a_shadow_variant_is_kept(aws: Account) -> None:
    """A configuration of one production variant and one shadow variant is described as it was given."""
    aws.config("shadowed")
    shadow = variant("shadowed") | {"VariantName": "shadow", "InitialVariantWeight": 0.5}
    aws.sagemaker.create_endpoint_config(
        EndpointConfigName="with-shadow",
        ProductionVariants=[variant("shadowed")],
        ShadowProductionVariants=[shadow],
    )
    its = aws.sagemaker.describe_endpoint_config(EndpointConfigName="with-shadow")
    assert [one["VariantName"] for one in its["ShadowProductionVariants"]] == ["shadow"]


@pytest.mark.parametrize(
    ("production", "shadows"), [(["a", "b"], ["shadow"]), (["a"], ["shadow", "other"])], ids=["two live", "two shadows"]
)
def test_a_shadow_variant_stands_beside_one_other(aws: Account, production: list[str], shadows: list[str]) -> None:
    """With a shadow variant, AWS takes one of each kind."""
    with suppress(ClientError):
        aws.config("alone")
    with pytest.raises(ClientError, match="one of it and one production variant"):
        aws.sagemaker.create_endpoint_config(
            EndpointConfigName="too-many",
            ProductionVariants=[variant("alone") | {"VariantName": name} for name in production],
            ShadowProductionVariants=[variant("alone") | {"VariantName": name} for name in shadows],
        )
