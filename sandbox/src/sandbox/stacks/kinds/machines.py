"""Endpoints, their scaling, and the model registry."""

from sandbox.stacks.kind import Call, Kind, Read, Wait, tagging

_ENDPOINT = {"EndpointName": "id"}
_GROUP = {"ModelPackageGroupName": "id"}
_PUT_GROUP_POLICY = Call(operation="put_model_package_group_policy")
_PUT_SCALING = Call(operation="put_scaling_policy", rename={"name": "PolicyName"})
_REGISTER = Call(operation="register_scalable_target")
_SCALING = {
    "ServiceNamespace": "inputs.serviceNamespace",
    "ResourceId": "inputs.resourceId",
    "ScalableDimension": "inputs.scalableDimension",
}
_SCALED = ("serviceNamespace", "resourceId", "scalableDimension")

KINDS: dict[str, Kind] = {
    "aws:appautoscaling/policy:Policy": Kind(
        service="application-autoscaling",
        create=(_PUT_SCALING,),
        id="inputs.name",
        outputs={"arn": "response.PolicyARN"},
        update=(_PUT_SCALING,),
        replace=_SCALED,
        read=Read(
            operation="describe_scaling_policies",
            members={"PolicyNames": "[id]", **_SCALING},
            found="ScalingPolicies[0]",
        ),
        delete=(Call(operation="delete_scaling_policy", members={"PolicyName": "id", **_SCALING}),),
    ),
    "aws:appautoscaling/target:Target": Kind(
        service="application-autoscaling",
        create=(_REGISTER,),
        id="inputs.resourceId",
        update=(_REGISTER,),
        replace=_SCALED,
        read=Read(
            operation="describe_scalable_targets",
            members={
                "ServiceNamespace": "inputs.serviceNamespace",
                "ResourceIds": "[id]",
                "ScalableDimension": "inputs.scalableDimension",
            },
            found="ScalableTargets[0]",
        ),
        delete=(Call(operation="deregister_scalable_target", members=_SCALING),),
    ),
    "aws:sagemaker/endpoint:Endpoint": Kind(
        service="sagemaker",
        create=(Call(operation="create_endpoint", rename={"name": "EndpointName"}),),
        id="inputs.name",
        outputs={"arn": "response.EndpointArn"},
        created=Wait(waiter="endpoint_in_service", members=_ENDPOINT),
        update=(
            Call(operation="update_endpoint", rename={"name": "EndpointName"}),
            *tagging("add_tags", "delete_tags", "ResourceArn"),
        ),
        read=Read(operation="describe_endpoint", members=_ENDPOINT),
        noticed={"deploymentConfig": "LastDeploymentConfig"},
        delete=(Call(operation="delete_endpoint", members=_ENDPOINT),),
        deleted=Wait(waiter="endpoint_deleted", members=_ENDPOINT),
    ),
    "aws:sagemaker/modelPackageGroup:ModelPackageGroup": Kind(
        service="sagemaker",
        create=(Call(operation="create_model_package_group"),),
        id="inputs.modelPackageGroupName",
        outputs={"arn": "response.ModelPackageGroupArn"},
        update=tagging("add_tags", "delete_tags", "ResourceArn"),
        read=Read(operation="describe_model_package_group", members=_GROUP),
        delete=(Call(operation="delete_model_package_group", members=_GROUP),),
    ),
    "aws:sagemaker/modelPackageGroupPolicy:ModelPackageGroupPolicy": Kind(
        service="sagemaker",
        create=(_PUT_GROUP_POLICY,),
        id="inputs.modelPackageGroupName",
        update=(_PUT_GROUP_POLICY,),
        read=Read(operation="get_model_package_group_policy", members=_GROUP),
        delete=(Call(operation="delete_model_package_group_policy", members=_GROUP),),
    ),
}
