"""sandbox.access.lookups and moto_records: what a request leaves unsaid, from the accounts' records."""

import base64
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from conftest import REGION, policy
from hosted import Account, account

from sandbox.access import moto_records as records
from sandbox.access.decision import Caller
from sandbox.access.lookups import find, known
from sandbox.access.principals import root
from sandbox.access.question import Question

HOME, OTHER = "123456789012", "666666666666"


@pytest.fixture(scope="module")
def toys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """A sandbox in this process."""
    with account(tmp_path_factory.mktemp("lookups"), speed=60) as made:
        yield made


@pytest.fixture(scope="module")
def client(toys: Account) -> Callable[[str], Any]:
    """Clients of the other account: moto's records are those of the whole process, and this one is ours alone."""
    return toys.world.accounts.world(OTHER).client


@pytest.fixture(scope="module")
def key(client: Callable[[str], Any]) -> str:
    """The ARN of a key with an alias."""
    arn = client("kms").create_key()["KeyMetadata"]["Arn"]
    client("kms").create_alias(AliasName="alias/lookups", TargetKeyId=arn)
    return str(arn)


@pytest.fixture(scope="module")
def texts(client: Callable[[str], Any], key: str) -> dict[str, str]:
    """What stands for the key: its names, what it encrypts, and a ciphertext."""
    s3, dynamodb = client("s3"), client("dynamodb")
    s3.create_bucket(Bucket="lookups", CreateBucketConfiguration={"LocationConstraint": REGION})
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    s3.put_bucket_encryption(Bucket="lookups", ServerSideEncryptionConfiguration={"Rules": [rule]})
    table = dynamodb.create_table(
        TableName="lookups",
        KeySchema=[{"AttributeName": "a", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "a", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key},
    )
    topic = client("sns").create_topic(Name="lookups", Attributes={"KmsMasterKeyId": "alias/lookups"})
    return {
        "id": key.rpartition("/")[2],
        "arn": key,
        "alias": "alias/lookups",
        "the alias's ARN": f"arn:aws:kms:{REGION}:{OTHER}:alias/lookups",
        "bucket": "arn:aws:s3:::lookups",
        "table": table["TableDescription"]["TableArn"],
        "topic": topic["TopicArn"],
        "ciphertext": base64.b64encode(client("kms").encrypt(KeyId=key, Plaintext=b"a")["CiphertextBlob"]).decode(),
    }


@pytest.mark.parametrize("what", ["id", "arn", "alias", "the alias's ARN", "bucket", "table", "topic", "ciphertext"])
def test_a_key_is_found_by(toys: Account, key: str, texts: dict[str, str], what: str) -> None:
    """All that stands for it."""
    assert known(toys.world.accounts, OTHER).key(texts[what]) == key


@pytest.mark.parametrize(
    "text",
    [
        "alias/aws/s3",
        "alias/none",
        "arn:aws:s3:::none",
        "arn:aws:kms",
        "arn:aws:kms:mars:1:key/a",
        "AAAA",
        "no base64!",
    ],
)
def test_no_key_is_found_by(toys: Account, text: str) -> None:
    """Keys that AWS manages, and what is none."""
    assert known(toys.world.accounts, OTHER).key(text) is None


def test_another_accounts_alias_is_another_key(toys: Account, key: str) -> None:
    """Aliases are an account's own."""
    assert known(toys.world.accounts, HOME).key("alias/lookups") is None


def test_an_endpoints_key_is_its_configurations(toys: Account) -> None:
    """As CreateEndpoint names the configuration only."""
    toys.config("lookups-config", KmsKeyId=toys.world.client("kms").create_key()["KeyMetadata"]["Arn"])
    arn = f"arn:aws:sagemaker:{REGION}:{HOME}:endpoint-config/lookups-config"
    wanted = toys.sagemaker.describe_endpoint_config(EndpointConfigName="lookups-config")["KmsKeyId"]
    assert known(toys.world.accounts, HOME).key(arn) == wanted


def test_an_endpoint_is_known_by_what_it_serves(toys: Account) -> None:
    """In lower case, as its ARN is; one that is not there serves nothing."""
    toys.endpoint("Lookups", toys.config("lookups-served"))
    found = known(toys.world.accounts, HOME)
    assert found.configuration("lookups") == "lookups-served"
    assert found.configuration("none") is None


def test_a_role_is_known_by_its_name(toys: Account, client: Callable[[str], Any]) -> None:
    """With its path, boundary and tags."""
    iam, every = client("iam"), {"Effect": "Allow", "Action": "*", "Resource": "*"}
    boundary = iam.create_policy(PolicyName="lookups", PolicyDocument=policy(every))["Policy"]["Arn"]
    arn = iam.create_role(
        RoleName="lookups", Path="/some/path/", AssumeRolePolicyDocument=policy(), PermissionsBoundary=boundary,
        Tags=[{"Key": "project", "Value": "toys"}],
    )["Role"]["Arn"]  # fmt: skip
    look = known(toys.world.accounts, OTHER)
    assert (look.role("lookups"), look.boundary("lookups")) == (arn, boundary)
    assert look.tags(arn) == {"project": "toys"}


def test_an_arn_with_another_path_is_no_role(toys: Account) -> None:
    """Names are unique, ARNs are what policies name."""
    assert records.role(f"arn:aws:iam::{OTHER}:role/lookups") is None


def test_a_buckets_account_is_not_in_its_arn(toys: Account, texts: dict[str, str]) -> None:
    """It is looked up; a caller of the same account sees no other account."""
    question = Question("s3:GetObject", "arn:aws:s3:::lookups/a")
    assert find(toys.world.accounts, root(HOME), question).resource_account == OTHER
    assert find(toys.world.accounts, root(OTHER), question).resource_account == ""


def test_a_keys_policy_has_one_name(toys: Account, key: str, texts: dict[str, str]) -> None:
    """Whichever name of the key was asked for."""
    question = Question("kms:CreateAlias", texts["the alias's ARN"])
    found = find(toys.world.accounts, root(OTHER), question).resource
    assert found is not None
    assert found[0] == key


def test_a_roles_trust_counts_only_where_it_is_taken(toys: Account, client: Callable[[str], Any]) -> None:
    """To read or change a role needs no word of its trust policy."""
    arn = client("iam").create_role(RoleName="lookups-trust", AssumeRolePolicyDocument=policy())["Role"]["Arn"]
    accounts, caller = toys.world.accounts, Caller(arn="sagemaker.amazonaws.com")
    assert find(accounts, caller, Question("iam:GetRole", arn)).resource is None
    assert find(accounts, caller, Question("sts:AssumeRole", arn)).resource == (arn, policy())
