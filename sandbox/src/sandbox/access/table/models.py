"""SageMaker and the scaling of its endpoints."""

from sandbox.access.table.row import SAGEMAKER, Row, Table, arn, ask, hand_over, rows, use_key

_ENDPOINT = arn("sagemaker", "endpoint/{lower(EndpointName)}")
_CONFIG = arn("sagemaker", "endpoint-config/{lower(EndpointConfigName)}")
_MODEL = arn("sagemaker", "model/{lower(ModelName)}")
_TRAINING = arn("sagemaker", "training-job/{lower(TrainingJobName)}")
_PROCESSING = arn("sagemaker", "processing-job/{lower(ProcessingJobName)}")
_GROUP = arn("sagemaker", "model-package-group/{ModelPackageGroupName}")
_PACKAGE = arn("sagemaker", "model-package/{ModelPackageName}")
# A version's number is AWS's to give: the request names its group only, by name or by ARN.
_NEW_PACKAGE = (
    "arn:aws:sagemaker:{_region}:{owner(ModelPackageGroupName)}:model-package/{last(ModelPackageGroupName)}/*"
)


def _tagged(resource: str) -> Row:
    """Tags on creation are a permission of their own, on what is created."""
    return ask("sagemaker:AddTags", resource, when="Tags")


# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html, KmsKeyId: the key must
# be open to whoever calls CreateEndpoint and UpdateEndpoint. For jobs it is the execution role's to open:
# https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html
_VOLUMES = use_key(
    "key(name_or_arn('sagemaker', 'endpoint-config/', lower(EndpointConfigName)))",
    "sagemaker",
    "CreateGrant",
    GrantIsForAWSResource="true",
)
_VPC = {"sagemaker:VpcSubnets": "{VpcConfig.Subnets}", "sagemaker:VpcSecurityGroupIds": "{VpcConfig.SecurityGroupIds}"}
_NETWORK = {
    "sagemaker:VpcSubnets": "{NetworkConfig.VpcConfig.Subnets}",
    "sagemaker:VpcSecurityGroupIds": "{NetworkConfig.VpcConfig.SecurityGroupIds}",
    "sagemaker:NetworkIsolation": "{NetworkConfig.EnableNetworkIsolation}",
}
_HOSTING: Table = {
    **rows("sagemaker", "DeleteEndpoint DescribeEndpoint UpdateEndpointWeightsAndCapacities", _ENDPOINT),
    **rows("sagemaker", "DeleteEndpointConfig DescribeEndpointConfig", _CONFIG),
    **rows("sagemaker", "DeleteModel DescribeModel", _MODEL),
    **rows("sagemaker", "ListEndpointConfigs ListEndpoints ListModels", "*"),
    "sagemaker.CreateEndpoint": (
        ask("sagemaker:CreateEndpoint", _ENDPOINT, _CONFIG),
        _tagged(_ENDPOINT),
        *_VOLUMES,
    ),
    "sagemaker.CreateEndpointConfig": (
        Row(
            "sagemaker:CreateEndpointConfig",
            (_CONFIG,),
            {
                "sagemaker:InstanceTypes": "{ProductionVariants[].InstanceType}",
                "sagemaker:VolumeKmsKey": "{KmsKeyId}",
            },
        ),
        _tagged(_CONFIG),
        hand_over("ExecutionRoleArn", SAGEMAKER, _CONFIG),
    ),
    "sagemaker.CreateModel": (
        Row(
            "sagemaker:CreateModel",
            (_MODEL,),
            {**_VPC, "sagemaker:NetworkIsolation": "{EnableNetworkIsolation}"},
        ),
        _tagged(_MODEL),
        hand_over("ExecutionRoleArn", SAGEMAKER, _MODEL),
    ),
    "sagemaker.UpdateEndpoint": (ask("sagemaker:UpdateEndpoint", _ENDPOINT, _CONFIG), *_VOLUMES),
    "sagemaker-runtime.InvokeEndpoint": (ask("sagemaker:InvokeEndpoint", _ENDPOINT),),
}
_JOBS: Table = {
    **rows("sagemaker", "DescribeTrainingJob StopTrainingJob", _TRAINING),
    **rows("sagemaker", "DescribeProcessingJob StopProcessingJob", _PROCESSING),
    **rows("sagemaker", "ListProcessingJobs ListTrainingJobs", "*"),
    "sagemaker.CreateTrainingJob": (
        Row(
            "sagemaker:CreateTrainingJob",
            (_TRAINING,),
            {
                "sagemaker:InstanceTypes": "{ResourceConfig.InstanceType}",
                "sagemaker:VolumeKmsKey": "{ResourceConfig.VolumeKmsKeyId}",
                "sagemaker:OutputKmsKey": "{OutputDataConfig.KmsKeyId}",
                "sagemaker:NetworkIsolation": "{EnableNetworkIsolation}",
                "sagemaker:InterContainerTrafficEncryption": "{EnableInterContainerTrafficEncryption}",
                **_VPC,
            },
        ),
        _tagged(_TRAINING),
        hand_over("RoleArn", SAGEMAKER, _TRAINING),
    ),
    "sagemaker.CreateProcessingJob": (
        Row(
            "sagemaker:CreateProcessingJob",
            (_PROCESSING,),
            {
                "sagemaker:InstanceTypes": "{ProcessingResources.ClusterConfig.InstanceType}",
                "sagemaker:VolumeKmsKey": "{ProcessingResources.ClusterConfig.VolumeKmsKeyId}",
                "sagemaker:OutputKmsKey": "{ProcessingOutputConfig.KmsKeyId}",
                **_NETWORK,
            },
        ),
        _tagged(_PROCESSING),
        hand_over("RoleArn", SAGEMAKER, _PROCESSING),
    ),
}
_STANDING = {
    "sagemaker:ModelApprovalStatus": "{ModelApprovalStatus}",
    "sagemaker:ModelLifeCycle:Stage": "{ModelLifeCycle.Stage}",
    "sagemaker:ModelLifeCycle:StageStatus": "{ModelLifeCycle.StageStatus}",
}
_REGISTRY: Table = {
    **rows(
        "sagemaker",
        "DeleteModelPackageGroup DescribeModelPackageGroup DeleteModelPackageGroupPolicy GetModelPackageGroupPolicy",
        _GROUP,
    ),
    **rows("sagemaker", "DeleteModelPackage DescribeModelPackage", _PACKAGE),
    **rows("sagemaker", "PutModelPackageGroupPolicy", _GROUP),
    "sagemaker.CreateModelPackage": (
        Row(
            "sagemaker:CreateModelPackage",
            (_NEW_PACKAGE, _GROUP),
            _STANDING,
        ),
        _tagged(_NEW_PACKAGE),
    ),
    "sagemaker.CreateModelPackageGroup": (ask("sagemaker:CreateModelPackageGroup", _GROUP), _tagged(_GROUP)),
    "sagemaker.ListModelPackageGroups": (ask("sagemaker:ListModelPackageGroups", "*"),),
    "sagemaker.ListModelPackages": (ask("sagemaker:ListModelPackages", _NEW_PACKAGE),),
    "sagemaker.UpdateModelPackage": (
        Row(
            "sagemaker:UpdateModelPackage",
            ("{ModelPackageArn}",),
            _STANDING,
        ),
    ),
}
_TAGS = rows("sagemaker", "AddTags DeleteTags ListTags", "{ResourceArn}")
# The target's id is AWS's to give, and no request names it.
_TARGET = arn("application-autoscaling", "scalable-target/*")
_SCALED = {
    "application-autoscaling:service-namespace": "{ServiceNamespace}",
    "application-autoscaling:scalable-dimension": "{ScalableDimension}",
}


# Whoever scales an endpoint must be allowed what the scaling does
# (https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-prerequisites.html). A registration tries it
# out, which includes alarms without a name, that is, on no alarm
# (https://docs.aws.amazon.com/autoscaling/application/userguide/security_iam_permission_validation.html).
_SCALED_ENDPOINT = arn("sagemaker", "endpoint/{scaled(ResourceId)}")
_OURS = "ServiceNamespace == 'sagemaker'"
_NO_ALARM = arn("cloudwatch", "alarm:{''}")
_TRIED = (
    ask("sagemaker:DescribeEndpoint", _SCALED_ENDPOINT),
    ask("sagemaker:DescribeEndpointConfig", arn("sagemaker", "endpoint-config/{lower(served(scaled(ResourceId)))}")),
    ask("sagemaker:UpdateEndpointWeightsAndCapacities", _SCALED_ENDPOINT),
    ask("cloudwatch:DescribeAlarms", arn("cloudwatch", "alarm:*"), when=_OURS),
    ask("cloudwatch:PutMetricAlarm", _NO_ALARM, when=_OURS),
    ask("cloudwatch:DeleteAlarms", _NO_ALARM, when=_OURS),
)
# The alarms of target tracking; AWS invents the end of their names:
# https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html
_TRACKING = arn("cloudwatch", "alarm:TargetTracking-{ResourceId}-*")


def _scaling(name: str, resource: str) -> tuple[Row, ...]:
    return (Row(f"application-autoscaling:{name}", (resource,), _SCALED),)


_SCALING: Table = {
    "application-autoscaling.DeleteScalingPolicy": (
        *_scaling("DeleteScalingPolicy", _TARGET),
        ask("cloudwatch:DeleteAlarms", _TRACKING),
    ),
    "application-autoscaling.DeregisterScalableTarget": _scaling("DeregisterScalableTarget", _TARGET),
    "application-autoscaling.DescribeScalableTargets": _scaling("DescribeScalableTargets", "*"),
    "application-autoscaling.DescribeScalingPolicies": _scaling("DescribeScalingPolicies", "*"),
    "application-autoscaling.DescribeScheduledActions": _scaling("DescribeScheduledActions", "*"),
    "application-autoscaling.PutScalingPolicy": (
        *_scaling("PutScalingPolicy", _TARGET),
        ask("cloudwatch:PutMetricAlarm", _TRACKING, when="PolicyType == 'TargetTrackingScaling'"),
    ),
    "application-autoscaling.PutScheduledAction": _scaling("PutScheduledAction", _TARGET),
    "application-autoscaling.RegisterScalableTarget": (
        *_scaling("RegisterScalableTarget", _TARGET),
        ask("application-autoscaling:TagResource", _TARGET, when="Tags"),
        *_TRIED,
    ),
    **rows("application-autoscaling", "ListTagsForResource TagResource UntagResource", "{ResourceARN}"),
}
TABLE: Table = _HOSTING | _JOBS | _REGISTRY | _TAGS | _SCALING
