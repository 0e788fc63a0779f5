"""Buckets and what is said of them, and tables."""

from sandbox.stacks.kind import Call, Kind, Listing, Read, Wait, tagging

_BUCKET = {"Bucket": "inputs.bucket"}
_ACCOUNT = {"AccountId": "inputs.accountId || account"}
_TABLE = {"TableName": "id"}
_ENCRYPTION = {
    "serverSideEncryption": "SSESpecification",
    "serverSideEncryption.kmsKeyArn": "KMSMasterKeyId",
}
_KMS = {"SSESpecification.SSEType": "inputs.serverSideEncryption.kmsKeyArn && 'KMS'"}
_BACKUPS = Call(
    operation="update_continuous_backups",
    rename={
        "pointInTimeRecovery": "PointInTimeRecoverySpecification",
        "pointInTimeRecovery.enabled": "PointInTimeRecoveryEnabled",
    },
    members=_TABLE,
)
_EXPIRY = Call(operation="update_time_to_live", rename={"ttl": "TimeToLiveSpecification"}, members=_TABLE)
_BLOCK = {
    member: f"PublicAccessBlockConfiguration.{member}"
    for member in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
}
_TAG_BUCKET = Call(
    operation="put_bucket_tagging",
    rename={"tags": "Tagging.TagSet"},
    members={"Bucket": "id"},
    when="inputs.tags",
)


def _part(put: str, get: str, delete: str | None, rename: dict[str, str], found: str) -> Kind:
    """What is put on a bucket whole, is read from it and leaves it."""
    call = Call(operation=put, rename=rename)
    return Kind(
        service="s3",
        create=(call,),
        id="inputs.bucket",
        update=(call,),
        read=Read(operation=get, members=_BUCKET, found=found),
        delete=(Call(operation=delete, members=_BUCKET),) if delete else (),
    )


KINDS: dict[str, Kind] = {
    "aws:dynamodb/table:Table": Kind(
        service="dynamodb",
        create=(
            Call(
                operation="create_table",
                rename={
                    "name": "TableName",
                    "attributes": "AttributeDefinitions",
                    "attributes.name": "AttributeName",
                    "attributes.type": "AttributeType",
                    **_ENCRYPTION,
                },
                members={
                    "KeySchema": "[{AttributeName: inputs.hashKey, KeyType: 'HASH'},"
                    " {AttributeName: inputs.rangeKey, KeyType: 'RANGE'}][?AttributeName]",
                    **_KMS,
                },
            ),
            _BACKUPS,
            _EXPIRY,
        ),
        id="inputs.name",
        outputs={"arn": "response.TableDescription.TableArn"},
        created=Wait(waiter="table_exists", members=_TABLE),
        update=(
            Call(operation="update_table", rename=_ENCRYPTION, members={**_TABLE, **_KMS}),
            _BACKUPS,
            _EXPIRY,
            *tagging("tag_resource", "untag_resource", "ResourceArn"),
        ),
        read=Read(operation="describe_table", members=_TABLE, found="Table"),
        unprotect=Call(operation="update_table", members={**_TABLE, "DeletionProtectionEnabled": "`false`"}),
        delete=(Call(operation="delete_table", members=_TABLE),),
        deleted=Wait(waiter="table_not_exists", members=_TABLE),
    ),
    "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock": Kind(
        service="s3control",
        create=(Call(operation="put_public_access_block", rename=_BLOCK, members=_ACCOUNT),),
        id="inputs.accountId || account",
        update=(Call(operation="put_public_access_block", rename=_BLOCK, members=_ACCOUNT),),
        read=Read(operation="get_public_access_block", members=_ACCOUNT, found="PublicAccessBlockConfiguration"),
        delete=(Call(operation="delete_public_access_block", members=_ACCOUNT),),
    ),
    "aws:s3/bucket:Bucket": Kind(
        service="s3",
        create=(
            Call(
                operation="create_bucket",
                rename={"tags": ""},
                # https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html: none in us-east-1
                members={"CreateBucketConfiguration.LocationConstraint": "[region][?@ != 'us-east-1'] | [0]"},
            ),
            _TAG_BUCKET,
        ),
        id="inputs.bucket",
        outputs={"arn": "join('', ['arn:aws:s3:::', id])"},
        update=(
            _TAG_BUCKET,
            Call(operation="delete_bucket_tagging", members={"Bucket": "id"}, when="!(inputs.tags)"),
        ),
        read=Read(operation="head_bucket", members={"Bucket": "id"}),
        delete=(
            Call(
                operation="delete_object",
                members={"Bucket": "id", "Key": "item.Key", "VersionId": "item.VersionId"},
                when="inputs.forceDestroy",
                each=Listing(
                    operation="list_object_versions",
                    members={"Bucket": "id"},
                    items="[Versions, DeleteMarkers][][].{Key: Key, VersionId: VersionId}",
                ),
            ),
            Call(operation="delete_bucket", members={"Bucket": "id"}),
        ),
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": _part(
        "put_bucket_lifecycle_configuration",
        "get_bucket_lifecycle_configuration",
        "delete_bucket_lifecycle",
        {"rules": "LifecycleConfiguration.Rules"},
        "@",
    ),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": _part(
        "put_bucket_ownership_controls",
        "get_bucket_ownership_controls",
        "delete_bucket_ownership_controls",
        {"rule": "OwnershipControls.Rules"},
        "OwnershipControls",
    ),
    "aws:s3/bucketPolicy:BucketPolicy": _part(
        "put_bucket_policy", "get_bucket_policy", "delete_bucket_policy", {}, "@"
    ),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _part(
        "put_public_access_block",
        "get_public_access_block",
        "delete_public_access_block",
        _BLOCK,
        "PublicAccessBlockConfiguration",
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": _part(
        "put_bucket_encryption",
        "get_bucket_encryption",
        "delete_bucket_encryption",
        {"rules": "ServerSideEncryptionConfiguration.Rules"},
        "ServerSideEncryptionConfiguration",
    ),
    "aws:s3/bucketVersioning:BucketVersioning": _part(
        "put_bucket_versioning", "get_bucket_versioning", None, {}, "Status"
    ),
}
