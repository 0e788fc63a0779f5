"""Image repositories and what is said of their images."""

from sandbox.stacks.kind import Call, Kind, Read, tagging

_REPOSITORY = {"repositoryName": "inputs.repository"}
_PUT_LIFECYCLE = Call(
    operation="put_lifecycle_policy",
    rename={"repository": "repositoryName", "policy": "lifecyclePolicyText"},
)
_PUT_POLICY = Call(
    operation="set_repository_policy",
    rename={"repository": "repositoryName", "policy": "policyText"},
)

KINDS: dict[str, Kind] = {
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": Kind(
        service="ecr",
        create=(_PUT_LIFECYCLE,),
        id="inputs.repository",
        update=(_PUT_LIFECYCLE,),
        read=Read(operation="get_lifecycle_policy", members=_REPOSITORY),
        delete=(Call(operation="delete_lifecycle_policy", members=_REPOSITORY),),
    ),
    "aws:ecr/repository:Repository": Kind(
        service="ecr",
        create=(Call(operation="create_repository", rename={"name": "repositoryName"}),),
        id="inputs.name",
        outputs={
            "arn": "response.repository.repositoryArn",
            "repositoryUrl": "response.repository.repositoryUri",
            "registryId": "response.repository.registryId",
        },
        update=(
            Call(operation="put_image_tag_mutability", members={"repositoryName": "id"}),
            Call(operation="put_image_scanning_configuration", members={"repositoryName": "id"}),
            *tagging("tag_resource", "untag_resource", "resourceArn", keys="tagKeys"),
        ),
        read=Read(
            operation="describe_repositories",
            members={"repositoryNames": "[id]"},
            found="repositories[0]",
        ),
        delete=(Call(operation="delete_repository", members={"repositoryName": "id", "force": "inputs.forceDelete"}),),
    ),
    "aws:ecr/repositoryPolicy:RepositoryPolicy": Kind(
        service="ecr",
        create=(_PUT_POLICY,),
        id="inputs.repository",
        update=(_PUT_POLICY,),
        read=Read(operation="get_repository_policy", members=_REPOSITORY),
        delete=(Call(operation="delete_repository_policy", members=_REPOSITORY),),
    ),
}
