"""Roles, policies and keys."""

from sandbox.stacks.kind import Call, Kind, Listing, Read, arn, tagging

_ROLE, _POLICY, _KEY = {"RoleName": "id"}, {"PolicyArn": "id"}, {"KeyId": "id"}
_PUT_ROLE_POLICY = Call(
    operation="put_role_policy",
    rename={"role": "RoleName", "name": "PolicyName", "policy": "PolicyDocument"},
)
_ROLE_POLICY = {"RoleName": "inputs.role", "PolicyName": "inputs.name"}


# A policy has at most five versions (https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicyVersion.html)
# and is deleted with its default version alone (API_DeletePolicy).
_OLD_VERSIONS = Call(
    operation="delete_policy_version",
    members={"PolicyArn": "id", "VersionId": "item"},
    when="inputs.policy",
    each=Listing(
        operation="list_policy_versions",
        members=_POLICY,
        items="Versions[?!IsDefaultVersion].VersionId",
    ),
)

KINDS: dict[str, Kind] = {
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": Kind(
        service="iam",
        create=(Call(operation="create_open_id_connect_provider"),),
        id="response.OpenIDConnectProviderArn",
        outputs={"arn": "id"},
        update=(
            Call(operation="update_open_id_connect_provider_thumbprint", members={"OpenIDConnectProviderArn": "id"}),
            *tagging(
                "tag_open_id_connect_provider", "untag_open_id_connect_provider", "OpenIDConnectProviderArn", "id"
            ),
        ),
        read=Read(operation="get_open_id_connect_provider", members={"OpenIDConnectProviderArn": "id"}),
        unread=("url",),  # answered without https://
        delete=(Call(operation="delete_open_id_connect_provider", members={"OpenIDConnectProviderArn": "id"}),),
    ),
    "aws:iam/policy:Policy": Kind(
        service="iam",
        create=(Call(operation="create_policy", rename={"name": "PolicyName", "policy": "PolicyDocument"}),),
        id="response.Policy.Arn",
        outputs={"arn": "id"},
        replace=("name", "path", "description"),
        update=(
            _OLD_VERSIONS,
            Call(
                operation="create_policy_version",
                rename={"policy": "PolicyDocument"},
                members={**_POLICY, "SetAsDefault": "`true`"},
            ),
            *tagging("tag_policy", "untag_policy", "PolicyArn", "id"),
        ),
        read=Read(operation="get_policy", members=_POLICY, found="Policy"),
        delete=(_OLD_VERSIONS, Call(operation="delete_policy", members=_POLICY)),
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
        update=(
            Call(
                operation="update_assume_role_policy",
                rename={"assumeRolePolicy": "PolicyDocument"},
                members=_ROLE,
            ),
            Call(
                operation="update_role",
                members={
                    **_ROLE,
                    "Description": "inputs.description || ''",
                    "MaxSessionDuration": "inputs.maxSessionDuration || `3600`",
                },
            ),
            Call(
                operation="put_role_permissions_boundary",
                members=_ROLE,
                when="inputs.permissionsBoundary",
            ),
            Call(
                operation="delete_role_permissions_boundary",
                members=_ROLE,
                when="!(inputs.permissionsBoundary)",
            ),
            *tagging("tag_role", "untag_role", "RoleName", "id"),
        ),
        read=Read(operation="get_role", members=_ROLE, found="Role"),
        unread=("permissionsBoundary",),  # a text is answered as a structure
        delete=(Call(operation="delete_role", members=_ROLE),),
    ),
    "aws:iam/rolePolicy:RolePolicy": Kind(
        service="iam",
        create=(_PUT_ROLE_POLICY,),
        id="join(':', [inputs.role, inputs.name])",
        update=(_PUT_ROLE_POLICY,),
        read=Read(operation="get_role_policy", members=_ROLE_POLICY),
        delete=(Call(operation="delete_role_policy", members=_ROLE_POLICY),),
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": Kind(
        service="iam",
        create=(Call(operation="attach_role_policy", rename={"role": "RoleName"}),),
        id="join('/', [inputs.role, inputs.policyArn])",
        read=Read(
            operation="list_attached_role_policies",
            members={"RoleName": "inputs.role"},
            found="AttachedPolicies",
            where={"PolicyArn": "inputs.policyArn"},
        ),
        delete=(
            Call(
                operation="detach_role_policy",
                members={"RoleName": "inputs.role", "PolicyArn": "inputs.policyArn"},
            ),
        ),
    ),
    "aws:kms/alias:Alias": Kind(
        service="kms",
        create=(Call(operation="create_alias", rename={"name": "AliasName"}),),
        id="inputs.name",
        outputs=arn("kms", ""),
        update=(Call(operation="update_alias", rename={"name": "AliasName"}),),
        read=Read(operation="describe_key", members=_KEY, found="KeyMetadata"),
        delete=(Call(operation="delete_alias", members={"AliasName": "id"}),),
    ),
    "aws:kms/key:Key": Kind(
        service="kms",
        create=(
            Call(operation="create_key"),
            Call(operation="enable_key_rotation", members=_KEY, when="inputs.enableKeyRotation"),
        ),
        id="response.KeyMetadata.KeyId",
        outputs={"arn": "response.KeyMetadata.Arn", "keyId": "id"},
        update=(
            Call(operation="update_key_description", members={**_KEY, "Description": "inputs.description || ''"}),
            Call(operation="put_key_policy", members={**_KEY, "PolicyName": "'default'"}, when="inputs.policy"),
            Call(operation="enable_key_rotation", members=_KEY, when="inputs.enableKeyRotation"),
            Call(operation="disable_key_rotation", members=_KEY, when="!(inputs.enableKeyRotation)"),
            *tagging("tag_resource", "untag_resource", "KeyId", "id"),
        ),
        read=Read(
            operation="describe_key",
            members=_KEY,
            found="[KeyMetadata][?KeyState != 'PendingDeletion'] | [0]",
        ),
        delete=(
            Call(
                operation="schedule_key_deletion",
                members={"KeyId": "id", "PendingWindowInDays": "inputs.deletionWindowInDays"},
            ),
        ),
    ),
}
