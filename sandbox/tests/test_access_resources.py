"""A row's texts are filled in from the request."""

from typing import Any

import pytest

from sandbox.access.resources import Known, filled, nested, true

PLACE = {"_region": "eu-west-1", "_account": "1"}


@pytest.mark.parametrize(
    ("text", "request_", "expected"),
    [
        ("x:{_region}:{_account}:{Name}", {"Name": "n"}, ["x:eu-west-1:1:n"]),
        ("x:{Name}", {}, []),
        ("x:{Name || '*'}", {}, ["x:*"]),
        ("x:{Names}", {"Names": ["a", "b"]}, ["x:a", "x:b"]),
        ("x:{Flag}", {"Flag": True}, ["x:true"]),
        ("arn:aws:sns:{_region}:{_account}:{Name}", {"Name": "arn:aws:sns:r:2:t"}, ["arn:aws:sns:r:2:t"]),
        (
            "arn:aws:s3:::{Bucket}/{Key}",
            {"Bucket": "b", "Key": "arn:aws:s3:::o/k"},
            ["arn:aws:s3:::b/arn:aws:s3:::o/k"],
        ),
        ("{copied(Source)}", {"Source": "/b/a%20b?versionId=1"}, ["arn:aws:s3:::b/a b"]),
        ("{host(Url)}", {"Url": "https://issuer.test/path/"}, ["issuer.test/path"]),
        ("{group(G)}", {"G": "arn:aws:logs:r:1:log-group:/a/b:*"}, ["/a/b"]),
        ("{owner(G)}", {"G": "arn:aws:sagemaker:r:2:model-package-group/g"}, ["2"]),
        ("{owner(G)}", {"G": "g"}, ["1"]),
        ("{role(R)}", {"R": "r"}, ["arn:aws:iam::1:role/r"]),
        ("{key(K)}", {"K": "k"}, []),
    ],
)
def test_a_text_is_filled_in(text: str, request_: dict[str, Any], expected: list[str]) -> None:
    """Each value gives a text, an absent one none, and an ARN in place of a name is the resource."""
    assert list(filled(text, {**request_, **PLACE}, Known())) == expected


def test_look_ups_are_asked() -> None:
    """A role's ARN and boundary and a key's ARN come from the account."""
    known = Known(
        key=lambda text: f"key of {text}", role=lambda name: f"/path/{name}", boundary=lambda name: f"b {name}"
    )

    assert list(filled("{key(name_or_arn('sns', '', T))}", {"T": "t", **PLACE}, known)) == [
        "key of arn:aws:sns:eu-west-1:1:t"
    ]
    assert list(filled("{role(R)} {boundary(R)}", {"R": "r", **PLACE}, known)) == ["/path/r b r"]
    assert list(filled("{key(Blob)}", {"Blob": b"\0", **PLACE}, known)) == ["key of AA=="]


def test_a_form_is_read_as_json_has_it() -> None:
    """Lists, maps and structures of the query protocol become what they stand for."""
    form = {
        "Name": "n",
        "Tags.member.2.Key": "b",
        "Tags.member.1.Key": "a",
        "Tags.member.1.Value": "1",
        "Names.member.1": "x",
        "Attributes.entry.1.key": "Policy",
        "Attributes.entry.1.value": "{}",
    }

    assert nested(form) == {
        "Name": "n",
        "Tags": [{"Key": "a", "Value": "1"}, {"Key": "b"}],
        "Names": ["x"],
        "Attributes": {"Policy": "{}"},
    }


@pytest.mark.parametrize(("value", "expected"), [(None, False), ("", False), ([], False), ("1", True), (0, True)])
def test_when_is_jmespaths_truth(value: object, expected: bool) -> None:
    """Empty is false, and a number is true."""
    assert true("Member", {"Member": value}) is expected
