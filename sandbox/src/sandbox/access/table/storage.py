"""S3 and ECR.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html says which permission an
S3 operation needs; most differ in name.
"""

from sandbox.access.table.row import Row, Table, arn, ask, rows, use_key

_BUCKET = "arn:aws:s3:::{Bucket}"
_OBJECT = "arn:aws:s3:::{Bucket}/{Key}"
_SOURCE = "{copied(CopySource)}"
_KEY = "key(SSEKMSKeyId || join('', ['arn:aws:s3:::', Bucket]))"
_SOURCE_KEY = "key(bucket(copied(CopySource)))"
_REPOSITORY = arn("ecr", "repository/{repositoryName}")

_OWN_NAME = """
    DeleteBucket DeleteBucketPolicy GetBucketAcl GetBucketLocation GetBucketLogging GetBucketOwnershipControls
    GetBucketPolicy GetBucketPolicyStatus GetBucketRequestPayment GetBucketTagging GetBucketVersioning
    GetBucketWebsite PutBucketOwnershipControls PutBucketPolicy PutBucketTagging PutBucketVersioning"""
_OTHER_NAME = {
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
    "DeleteBucketTagging": "PutBucketTagging",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "GetBucketCors": "GetBucketCORS",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "GetBucketReplication": "GetReplicationConfiguration",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "HeadBucket": "ListBucket",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
}
_LISTED = {"prefix": "{Prefix || ''}", "delimiter": "{Delimiter}", "max_keys": "{MaxKeys}"}


def _list(action: str) -> Row:
    """A listing, whose prefix counts as empty when there is none."""
    keys = {f"s3:{name.replace('_', '-')}": value for name, value in _LISTED.items()}
    return Row(action, (_BUCKET,), keys)


def _read(action: str, versioned: str, resource: str = _OBJECT) -> tuple[Row, ...]:
    """An object's newest version, or the named one, which is another permission."""
    return (
        ask(action, resource, when="!VersionId"),
        Row(versioned, (resource,), {"s3:VersionId": "{VersionId}"}, "VersionId"),
    )


# https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html: whoever reads or writes an
# encrypted object needs its key as well, and to join the parts of an upload they are read again.
_READS_KEY = use_key(_KEY, "s3", "Decrypt")
_WRITES_KEY = use_key(_KEY, "s3", "GenerateDataKey")
_WRITE = (
    Row(
        "s3:PutObject",
        (_OBJECT,),
        {
            "s3:x-amz-server-side-encryption": "{ServerSideEncryption}",
            "s3:x-amz-server-side-encryption-aws-kms-key-id": "{SSEKMSKeyId}",
            "s3:if-none-match": "{IfNoneMatch}",
        },
    ),
    ask("s3:PutObjectTagging", _OBJECT, when="Tagging"),
    ask("s3:PutObjectAcl", _OBJECT, when="ACL"),
)
_OBJECTS: Table = {
    "s3.AbortMultipartUpload": (ask("s3:AbortMultipartUpload", _OBJECT),),
    "s3.CompleteMultipartUpload": (*_WRITE, *_READS_KEY),
    "s3.CopyObject": (
        ask("s3:GetObject", _SOURCE),
        *use_key(_SOURCE_KEY, "s3", "Decrypt"),
        *_WRITE,
        *_WRITES_KEY,
    ),
    "s3.CreateMultipartUpload": (*_WRITE, *_WRITES_KEY),
    "s3.DeleteObject": _read("s3:DeleteObject", "s3:DeleteObjectVersion"),
    "s3.DeleteObjects": (
        ask("s3:DeleteObject", "arn:aws:s3:::{Bucket}/{Delete.Objects[?!VersionId].Key}"),
        ask("s3:DeleteObjectVersion", "arn:aws:s3:::{Bucket}/{Delete.Objects[?VersionId].Key}"),
    ),
    "s3.GetObject": (*_read("s3:GetObject", "s3:GetObjectVersion"), *_READS_KEY),
    "s3.GetObjectAttributes": (
        *_read("s3:GetObject", "s3:GetObjectVersion"),
        *_read("s3:GetObjectAttributes", "s3:GetObjectVersionAttributes"),
        *_READS_KEY,
    ),
    "s3.GetObjectTagging": _read("s3:GetObjectTagging", "s3:GetObjectVersionTagging"),
    # https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html: the key only with ChecksumMode.
    "s3.HeadObject": (
        *_read("s3:GetObject", "s3:GetObjectVersion"),
        *use_key(_KEY, "s3", "Decrypt", when="ChecksumMode"),
    ),
    "s3.ListParts": (ask("s3:ListMultipartUploadParts", _OBJECT),),
    "s3.PutObject": (*_WRITE, *_WRITES_KEY),
    "s3.PutObjectTagging": _read("s3:PutObjectTagging", "s3:PutObjectVersionTagging"),
    "s3.UploadPart": (ask("s3:PutObject", _OBJECT), *_WRITES_KEY, *_READS_KEY),
}
_S3: Table = {
    **rows("s3", _OWN_NAME, _BUCKET),
    **{f"s3.{name}": (ask(f"s3:{action}", _BUCKET),) for name, action in _OTHER_NAME.items()},
    **_OBJECTS,
    "s3.CreateBucket": (ask("s3:CreateBucket", _BUCKET),),
    "s3.ListBuckets": (ask("s3:ListAllMyBuckets", "*"),),
    "s3.ListObjects": (_list("s3:ListBucket"),),
    "s3.ListObjectsV2": (_list("s3:ListBucket"),),
    "s3.ListObjectVersions": (_list("s3:ListBucketVersions"),),
}
# https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_ListTagsForResource.html and its neighbours
_S3_CONTROL: Table = {
    "s3control.DeletePublicAccessBlock": (ask("s3:PutAccountPublicAccessBlock", "*"),),
    "s3control.GetPublicAccessBlock": (ask("s3:GetAccountPublicAccessBlock", "*"),),
    "s3control.ListTagsForResource": (ask("s3:ListTagsForResource", "{resourceArn || ResourceArn}"),),
    "s3control.PutPublicAccessBlock": (ask("s3:PutAccountPublicAccessBlock", "*"),),
}
_ECR: Table = {
    **rows(
        "ecr",
        """
        BatchCheckLayerAvailability BatchDeleteImage BatchGetImage CompleteLayerUpload DeleteLifecyclePolicy
        DeleteRepository DeleteRepositoryPolicy DescribeImages GetDownloadUrlForLayer GetLifecyclePolicy
        GetRepositoryPolicy InitiateLayerUpload ListImages PutImage PutImageScanningConfiguration
        PutImageTagMutability PutLifecyclePolicy SetRepositoryPolicy UploadLayerPart""",
        "arn:aws:ecr:{_region}:{registryId || _account}:repository/{repositoryName}",
    ),
    **rows("ecr", "ListTagsForResource TagResource UntagResource", arn("ecr", "repository/{resourceArn}")),
    "ecr.CreateRepository": (
        ask("ecr:CreateRepository", _REPOSITORY),
        ask("ecr:TagResource", _REPOSITORY, when="tags"),
        # https://docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html
        *use_key(
            "key(encryptionConfiguration.kmsKey)", "ecr", "CreateGrant", "DescribeKey", GrantIsForAWSResource="true"
        ),
    ),
    "ecr.DescribeRepositories": (ask("ecr:DescribeRepositories", arn("ecr", "repository/{repositoryNames || '*'}")),),
    "ecr.GetAuthorizationToken": (ask("ecr:GetAuthorizationToken", "*"),),
}
TABLE: Table = _S3 | _S3_CONTROL | _ECR
