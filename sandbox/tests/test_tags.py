"""sandbox.tags."""

from collections.abc import Callable
from typing import Any


def test_tags_are_added_replaced_and_deleted(client: Callable[..., Any]) -> None:
    """Those of a Create are the first."""
    sagemaker = client("sagemaker")
    group = {"ModelPackageGroupName": "tagged", "Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "1"}]}
    arn = sagemaker.create_model_package_group(**group)["ModelPackageGroupArn"]
    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "a", "Value": "2"}])
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["b"])
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "a", "Value": "2"}]


def test_what_has_no_tags_has_an_empty_list(client: Callable[..., Any]) -> None:
    """Pulumi asks for the tags of whatever it made."""
    arn = "arn:aws:sagemaker:eu-west-1:123456789012:model/untagged"
    assert client("sagemaker").list_tags(ResourceArn=arn)["Tags"] == []


def test_a_name_that_is_used_again_starts_without_tags(client: Callable[..., Any]) -> None:
    """What was deleted took its tags with it: what is made under its name was never promoted."""
    sagemaker, group = client("sagemaker"), {"ModelPackageGroupName": "again"}
    sagemaker.create_model_package_group(**group, Tags=[{"Key": "promoted", "Value": "true"}])
    sagemaker.delete_model_package_group(**group)
    arn = sagemaker.create_model_package_group(**group)["ModelPackageGroupArn"]
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == []
