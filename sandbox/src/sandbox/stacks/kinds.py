"""The table of kinds: Pulumi type → AWS calls. A resource of another type needs a row in `KINDS`."""

from sandbox.stacks.kind import Call, Kind, Wait


def _arn(service: str, resource: str) -> dict[str, str]:
    """The output `arn` where the creation does not answer with it; `resource` ends where the id begins."""
    return {"arn": f"join('', ['arn:aws:{service}:', region, ':', account, ':{resource}', id])"}


_ENDPOINT = {"EndpointName": "id"}
_BUCKET = {"Bucket": "inputs.bucket"}
_SCALING = {
    "ServiceNamespace": "inputs.serviceNamespace",
    "ResourceId": "inputs.resourceId",
    "ScalableDimension": "inputs.scalableDimension",
}

KINDS: dict[str, Kind] = {
    "aws:appautoscaling/policy:Policy": Kind(
        service="application-autoscaling",
        create=(Call(operation="put_scaling_policy", rename={"name": "PolicyName"}),),
        id="inputs.name",
        outputs={"arn": "response.PolicyARN"},
        delete=Call(operation="delete_scaling_policy", members={"PolicyName": "id", **_SCALING}),
    ),
    "aws:appautoscaling/target:Target": Kind(
        service="application-autoscaling",
        create=(Call(operation="register_scalable_target"),),
        id="inputs.resourceId",
        delete=Call(operation="deregister_scalable_target", members=_SCALING),
    ),
    "aws:cloudwatch/dashboard:Dashboard": Kind(
        service="cloudwatch",
        create=(Call(operation="put_dashboard"),),
        id="inputs.dashboardName",
        delete=Call(operation="delete_dashboards", members={"DashboardNames": "[id]"}),
    ),
    "aws:cloudwatch/logGroup:LogGroup": Kind(
        service="logs",
        create=(
            Call(operation="create_log_group", rename={"name": "logGroupName"}),
            Call(operation="put_retention_policy", members={"logGroupName": "id"}),
        ),
        id="inputs.name",
        outputs=_arn("logs", "log-group:"),
        delete=Call(operation="delete_log_group", members={"logGroupName": "id"}),
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": Kind(
        service="cloudwatch",
        create=(Call(operation="put_metric_alarm", rename={"name": "AlarmName"}),),
        id="inputs.name",
        outputs=_arn("cloudwatch", "alarm:"),
        delete=Call(operation="delete_alarms", members={"AlarmNames": "[id]"}),
    ),
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
                    "serverSideEncryption": "SSESpecification",
                    "serverSideEncryption.kmsKeyArn": "KMSMasterKeyId",
                },
                members={
                    "KeySchema": "[{AttributeName: inputs.hashKey, KeyType: 'HASH'}]",
                    "SSESpecification.SSEType": "inputs.serverSideEncryption.kmsKeyArn && 'KMS'",
                },
            ),
            Call(
                operation="update_continuous_backups",
                rename={
                    "pointInTimeRecovery": "PointInTimeRecoverySpecification",
                    "pointInTimeRecovery.enabled": "PointInTimeRecoveryEnabled",
                },
                members={"TableName": "id"},
            ),
        ),
        id="inputs.name",
        outputs={"arn": "response.TableDescription.TableArn"},
        created=Wait(waiter="table_exists", members={"TableName": "id"}),
        unprotect=Call(operation="update_table", members={"TableName": "id", "DeletionProtectionEnabled": "`false`"}),
        delete=Call(operation="delete_table", members={"TableName": "id"}),
        deleted=Wait(waiter="table_not_exists", members={"TableName": "id"}),
    ),
    "aws:ecr/repository:Repository": Kind(
        service="ecr",
        create=(Call(operation="create_repository", rename={"name": "repositoryName"}),),
        id="inputs.name",
        outputs={
            "arn": "response.repository.repositoryArn",
            "repositoryUrl": "response.repository.repositoryUri",
        },
        delete=Call(operation="delete_repository", members={"repositoryName": "id", "force": "inputs.forceDelete"}),
    ),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": Kind(
        service="iam",
        create=(Call(operation="create_open_id_connect_provider"),),
        id="response.OpenIDConnectProviderArn",
        outputs={"arn": "id"},
        delete=Call(operation="delete_open_id_connect_provider", members={"OpenIDConnectProviderArn": "id"}),
    ),
    "aws:iam/policy:Policy": Kind(
        service="iam",
        create=(Call(operation="create_policy", rename={"name": "PolicyName", "policy": "PolicyDocument"}),),
        id="response.Policy.Arn",
        outputs={"arn": "id"},
        delete=Call(operation="delete_policy", members={"PolicyArn": "id"}),
    ),
    "aws:iam/role:Role": Kind(
        service="iam",
        create=(
            Call(
                operation="create_role",
                rename={"name": "RoleName", "assumeRolePolicy": "AssumeRolePolicyDocument"},
            ),
        ),
        id="inputs.name",
        outputs={"arn": "response.Role.Arn", "uniqueId": "response.Role.RoleId"},
        delete=Call(operation="delete_role", members={"RoleName": "id"}),
    ),
    "aws:iam/rolePolicy:RolePolicy": Kind(
        service="iam",
        create=(
            Call(
                operation="put_role_policy",
                rename={"role": "RoleName", "name": "PolicyName", "policy": "PolicyDocument"},
            ),
        ),
        id="join(':', [inputs.role, inputs.name])",
        delete=Call(
            operation="delete_role_policy",
            members={"RoleName": "inputs.role", "PolicyName": "inputs.name"},
        ),
    ),
    "aws:kms/alias:Alias": Kind(
        service="kms",
        create=(Call(operation="create_alias", rename={"name": "AliasName"}),),
        id="inputs.name",
        outputs=_arn("kms", ""),
        delete=Call(operation="delete_alias", members={"AliasName": "id"}),
    ),
    "aws:kms/key:Key": Kind(
        service="kms",
        create=(
            Call(operation="create_key"),
            Call(operation="enable_key_rotation", members={"KeyId": "id"}, when="inputs.enableKeyRotation"),
        ),
        id="response.KeyMetadata.KeyId",
        outputs={"arn": "response.KeyMetadata.Arn", "keyId": "id"},
        delete=Call(
            operation="schedule_key_deletion",
            members={"KeyId": "id", "PendingWindowInDays": "inputs.deletionWindowInDays"},
        ),
    ),
    "aws:s3/bucket:Bucket": Kind(
        service="s3",
        create=(
            Call(
                operation="create_bucket",
                # https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html: none in us-east-1
                members={"CreateBucketConfiguration.LocationConstraint": "[region][?@ != 'us-east-1'] | [0]"},
            ),
            Call(operation="put_bucket_tagging", rename={"tags": "Tagging.TagSet"}, members={"Bucket": "id"}),
        ),
        id="inputs.bucket",
        outputs={"arn": "join('', ['arn:aws:s3:::', id])"},
        delete=Call(operation="delete_bucket", members={"Bucket": "id"}),
    ),
    "aws:s3/bucketPolicy:BucketPolicy": Kind(
        service="s3",
        create=(Call(operation="put_bucket_policy"),),
        id="inputs.bucket",
        delete=Call(operation="delete_bucket_policy", members=_BUCKET),
    ),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": Kind(
        service="s3",
        create=(
            Call(
                operation="put_public_access_block",
                rename={
                    member: f"PublicAccessBlockConfiguration.{member}"
                    for member in (
                        "blockPublicAcls",
                        "blockPublicPolicy",
                        "ignorePublicAcls",
                        "restrictPublicBuckets",
                    )
                },
            ),
        ),
        id="inputs.bucket",
        delete=Call(operation="delete_public_access_block", members=_BUCKET),
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": Kind(
        service="s3",
        create=(Call(operation="put_bucket_encryption", rename={"rules": "ServerSideEncryptionConfiguration.Rules"}),),
        id="inputs.bucket",
        delete=Call(operation="delete_bucket_encryption", members=_BUCKET),
    ),
    "aws:s3/bucketVersioning:BucketVersioning": Kind(
        service="s3",
        create=(Call(operation="put_bucket_versioning"),),
        id="inputs.bucket",
        delete=None,
    ),
    "aws:sagemaker/endpoint:Endpoint": Kind(
        service="sagemaker",
        create=(Call(operation="create_endpoint", rename={"name": "EndpointName"}),),
        id="inputs.name",
        outputs={"arn": "response.EndpointArn"},
        created=Wait(waiter="endpoint_in_service", members=_ENDPOINT),
        delete=Call(operation="delete_endpoint", members=_ENDPOINT),
        deleted=Wait(waiter="endpoint_deleted", members=_ENDPOINT),
    ),
    "aws:sagemaker/modelPackageGroup:ModelPackageGroup": Kind(
        service="sagemaker",
        create=(Call(operation="create_model_package_group"),),
        id="inputs.modelPackageGroupName",
        outputs={"arn": "response.ModelPackageGroupArn"},
        delete=Call(operation="delete_model_package_group", members={"ModelPackageGroupName": "id"}),
    ),
    "aws:sns/topic:Topic": Kind(
        service="sns",
        create=(Call(operation="create_topic", rename={"kmsMasterKeyId": "Attributes.KmsMasterKeyId"}),),
        id="response.TopicArn",
        outputs={"arn": "id"},
        delete=Call(operation="delete_topic", members={"TopicArn": "id"}),
    ),
    "aws:sns/topicSubscription:TopicSubscription": Kind(
        service="sns",
        create=(
            Call(
                operation="subscribe",
                rename={"topic": "TopicArn"},
                members={"ReturnSubscriptionArn": "`true`"},
            ),
        ),
        id="response.SubscriptionArn",
        outputs={"arn": "id"},
        delete=Call(operation="unsubscribe", members={"SubscriptionArn": "id"}),
    ),
    "aws:ssm/parameter:Parameter": Kind(
        service="ssm",
        create=(Call(operation="put_parameter"),),
        id="inputs.name",
        outputs=_arn("ssm", "parameter"),
        delete=Call(operation="delete_parameter", members={"Name": "id"}),
    ),
}
