"""IAM and STS."""

from sandbox.access.table.row import Row, Table, ask, rows

_ROLE = "{role(RoleName)}"
_NEW_ROLE = "arn:aws:iam::{_account}:role/{without('/', join('', [Path || '/', RoleName]))}"
_NEW_POLICY = "arn:aws:iam::{_account}:policy/{without('/', join('', [Path || '/', PolicyName]))}"
_PROVIDER = "{OpenIDConnectProviderArn}"
_POLICY = "{PolicyArn}"
_NEW_PROVIDER = "arn:aws:iam::{_account}:oidc-provider/{host(Url)}"

# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html:
# for a change of a role the boundary that the role has, for a new one or a new boundary the one of the request.
_HAD = {"iam:PermissionsBoundary": "{boundary(RoleName)}"}
_GIVEN = {"iam:PermissionsBoundary": "{PermissionsBoundary}"}
_ATTACHED = {**_HAD, "iam:PolicyARN": "{PolicyArn}"}


def _tagged(name: str, resource: str) -> Row:
    return ask(f"iam:{name}", resource, when="Tags")


_IAM: Table = {
    **rows(
        "iam",
        """
        DeleteRole GetRole GetRolePolicy ListAttachedRolePolicies ListInstanceProfilesForRole ListRolePolicies
        ListRoleTags TagRole UntagRole UpdateAssumeRolePolicy UpdateRole UpdateRoleDescription""",
        _ROLE,
    ),
    **rows(
        "iam",
        """
        CreatePolicyVersion DeletePolicy DeletePolicyVersion GetPolicy GetPolicyVersion ListEntitiesForPolicy
        ListPolicyTags ListPolicyVersions TagPolicy UntagPolicy""",
        _POLICY,
    ),
    **rows(
        "iam",
        """
        AddClientIDToOpenIDConnectProvider DeleteOpenIDConnectProvider GetOpenIDConnectProvider
        TagOpenIDConnectProvider UntagOpenIDConnectProvider UpdateOpenIDConnectProviderThumbprint""",
        _PROVIDER,
    ),
    **rows("iam", "ListOpenIDConnectProviders ListPolicies ListRoles", "*"),
    "iam.AttachRolePolicy": (Row("iam:AttachRolePolicy", (_ROLE,), _ATTACHED),),
    "iam.CreateOpenIDConnectProvider": (
        ask("iam:CreateOpenIDConnectProvider", _NEW_PROVIDER),
        _tagged("TagOpenIDConnectProvider", _NEW_PROVIDER),
    ),
    "iam.CreatePolicy": (ask("iam:CreatePolicy", _NEW_POLICY), _tagged("TagPolicy", _NEW_POLICY)),
    "iam.CreateRole": (Row("iam:CreateRole", (_NEW_ROLE,), _GIVEN), _tagged("TagRole", _NEW_ROLE)),
    "iam.DeleteRolePermissionsBoundary": (Row("iam:DeleteRolePermissionsBoundary", (_ROLE,), _HAD),),
    "iam.DeleteRolePolicy": (Row("iam:DeleteRolePolicy", (_ROLE,), _HAD),),
    "iam.DetachRolePolicy": (Row("iam:DetachRolePolicy", (_ROLE,), _ATTACHED),),
    # https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUser.html: without a name, the caller itself
    "iam.GetUser": (ask("iam:GetUser", "arn:aws:iam::{_account}:user/{UserName || '*'}"),),
    "iam.PutRolePermissionsBoundary": (Row("iam:PutRolePermissionsBoundary", (_ROLE,), _GIVEN),),
    "iam.PutRolePolicy": (Row("iam:PutRolePolicy", (_ROLE,), _HAD),),
}
_SESSION = {"sts:RoleSessionName": "{RoleSessionName}", "sts:ExternalId": "{ExternalId}"}
_STS: Table = {
    "sts.AssumeRole": (
        Row("sts:AssumeRole", ("{RoleArn}",), _SESSION),
        ask("sts:TagSession", "{RoleArn}", when="Tags"),
    ),
    "sts.AssumeRoleWithWebIdentity": (Row("sts:AssumeRoleWithWebIdentity", ("{RoleArn}",), _SESSION),),
    # https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html: needs no permission, and no
    # policy can take it away
    "sts.GetCallerIdentity": (),
}
TABLE: Table = _IAM | _STS
