"""DynamoDB, SSM parameters, SQS and KMS itself."""

from sandbox.access.table.row import Row, Table, arn, ask, rows, use_key

_TABLE = arn("dynamodb", "table/{TableName}")
_KEY_OF_TABLE = "key(name_or_arn('dynamodb', 'table/', TableName))"
_ITEM_KEY = use_key(_KEY_OF_TABLE, "dynamodb", "Decrypt")


def _item(action: str) -> tuple[Row, ...]:
    """An operation on items. The table's key is opened for whoever asks.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.howitworks.html
    """
    return (ask(f"dynamodb:{action}", _TABLE), *_ITEM_KEY)


_DYNAMODB: Table = {
    **rows(
        "dynamodb",
        """
        DeleteTable DescribeContinuousBackups DescribeTable DescribeTimeToLive UpdateContinuousBackups
        UpdateTable UpdateTimeToLive""",
        _TABLE,
    ),
    **rows("dynamodb", "ListTagsOfResource TagResource UntagResource", arn("dynamodb", "table/{ResourceArn}")),
    **{f"dynamodb.{name}": _item(name) for name in ("DeleteItem", "GetItem", "PutItem", "Scan", "UpdateItem")},
    "dynamodb.Query": (
        ask("dynamodb:Query", _TABLE, when="!IndexName"),
        ask("dynamodb:Query", arn("dynamodb", "table/{last(TableName)}/index/{IndexName}"), when="IndexName"),
        *_ITEM_KEY,
    ),
    "dynamodb.CreateTable": (
        ask("dynamodb:CreateTable", _TABLE),
        ask("dynamodb:TagResource", _TABLE, when="Tags"),
        # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html: whoever
        # chooses the key must have what DynamoDB does with it, and gives it away as a grant.
        *use_key(
            "key(SSESpecification.KMSMasterKeyId)",
            "dynamodb",
            *("CreateGrant", "Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey", "ReEncryptFrom", "ReEncryptTo"),
            GrantIsForAWSResource="true",
        ),
    ),
    "dynamodb.ListTables": (ask("dynamodb:ListTables", "*"),),
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html: each by its kind
    "dynamodb.TransactWriteItems": (
        ask("dynamodb:PutItem", arn("dynamodb", "table/{TransactItems[].Put.TableName}")),
        ask("dynamodb:UpdateItem", arn("dynamodb", "table/{TransactItems[].Update.TableName}")),
        ask("dynamodb:DeleteItem", arn("dynamodb", "table/{TransactItems[].Delete.TableName}")),
        ask("dynamodb:ConditionCheckItem", arn("dynamodb", "table/{TransactItems[].ConditionCheck.TableName}")),
        *use_key("TransactItems[].*.TableName | [].key(name_or_arn('dynamodb', 'table/', @))", "dynamodb", "Decrypt"),
    ),
}
# A parameter's ARN has its name without the first slash.
_PARAMETER = arn("ssm", "parameter/{without('/', Name)}")
_TAGGED = arn("ssm", "parameter/{without('/', ResourceId)}")
_SSM: Table = {
    **rows("ssm", "DeleteParameter GetParameter", _PARAMETER),
    **rows("ssm", "DeleteParameters GetParameters", arn("ssm", "parameter/{Names[].without('/', @)}")),
    **rows("ssm", "AddTagsToResource ListTagsForResource RemoveTagsFromResource", _TAGGED),
    "ssm.DescribeParameters": (ask("ssm:DescribeParameters", "*"),),
    "ssm.GetParametersByPath": (
        Row(
            "ssm:GetParametersByPath", (arn("ssm", "parameter/{without('/', Path)}"),), {"ssm:Recursive": "{Recursive}"}
        ),
    ),
    "ssm.PutParameter": (
        Row("ssm:PutParameter", (_PARAMETER,), {"ssm:Overwrite": "{Overwrite}"}),
        ask("ssm:AddTagsToResource", _PARAMETER, when="Tags"),
    ),
}
_SQS: Table = {
    **rows(
        "sqs",
        """
        DeleteMessage DeleteQueue GetQueueAttributes ListQueueTags PurgeQueue ReceiveMessage SendMessage
        SetQueueAttributes TagQueue UntagQueue""",
        arn("sqs", "{last(QueueUrl)}"),
    ),
    **rows("sqs", "CreateQueue GetQueueUrl", arn("sqs", "{QueueName}")),
    "sqs.ListQueues": (ask("sqs:ListQueues", "*"),),
}
_KEY = "{key(KeyId)}"
_ALIAS = arn("kms", "alias/{without('alias/', AliasName)}")
_KMS: Table = {
    **rows(
        "kms",
        """
        CancelKeyDeletion DescribeKey DisableKeyRotation EnableKeyRotation Encrypt GenerateDataKey GetKeyPolicy
        GetKeyRotationStatus ListResourceTags PutKeyPolicy ScheduleKeyDeletion TagResource UntagResource
        UpdateKeyDescription""",
        _KEY,
    ),
    **rows("kms", "ListAliases ListKeys", "*"),
    "kms.CreateAlias": (ask("kms:CreateAlias", _ALIAS, "{key(TargetKeyId)}"),),
    # https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html, "Required permissions"
    "kms.CreateKey": (ask("kms:CreateKey", "*"), ask("kms:TagResource", "*", when="Tags")),
    "kms.Decrypt": (ask("kms:Decrypt", "{key(KeyId || CiphertextBlob)}"),),
    "kms.DeleteAlias": (ask("kms:DeleteAlias", _ALIAS, "{key(AliasName)}"),),
    "kms.UpdateAlias": (ask("kms:UpdateAlias", _ALIAS, "{key(AliasName)}", "{key(TargetKeyId)}"),),
}
TABLE: Table = _DYNAMODB | _SSM | _SQS | _KMS
