"""What the roles around a release must be denied, each beside what is allowed instead."""

from typing import Any

import pytest
from account import HERE, refusal
from besieged import REGION, Besieged
from pipeline import names


def test_retrain_moves_no_endpoint(besieged: Besieged) -> None:
    """Only a release does; that there is no endpoint yet is what it learns."""
    call = {
        "EndpointName": names.endpoint(besieged.one, "production"),
        "EndpointConfigName": names.release(besieged.one, "production", "f" * 64),
    }
    retrain = besieged.client("sagemaker", "ci-retrain", besieged.job())
    release = besieged.client("sagemaker", "ci-release-production", besieged.job("production"))

    code, message = refusal(retrain.update_endpoint, **call)

    assert code == "AccessDeniedException"
    assert "because no identity-based policy allows the sagemaker:UpdateEndpoint action" in message
    assert refusal(release.update_endpoint, **call)[0] == "ValidationException"


def test_a_rollback_goes_where_a_release_has_been(besieged: Besieged) -> None:
    """To a configuration that was promoted, and to no other; that there is no endpoint yet is what it learns.

    So does whoever closes what a dead process left.
    """
    sagemaker = besieged.account.client("sagemaker")
    configurations = [names.release(besieged.one, "production", digit * 64) for digit in "ab"]
    sagemaker.create_model(
        ModelName=configurations[0],
        ExecutionRoleArn=names.role_arn(besieged.one, HERE, "endpoint-production"),
        PrimaryContainer={
            "Image": f"{HERE}.dkr.ecr.{REGION}.amazonaws.com/{besieged.one.name}/serve@sha256:" + "0" * 64
        },
    )
    for name, tags in zip(configurations, ([], [{"Key": "promoted", "Value": "true"}]), strict=True):
        variant = {"VariantName": "live", "ModelName": configurations[0], "InstanceType": "ml.m5.large"}
        sagemaker.create_endpoint_config(
            EndpointConfigName=name, ProductionVariants=[{**variant, "InitialInstanceCount": 1}], Tags=tags
        )
    rollback = besieged.client("sagemaker", "ci-rollback-production", besieged.job("rollback"))
    monitor = besieged.client("sagemaker", "ci-monitor-production", besieged.job())
    endpoint = names.endpoint(besieged.one, "production")

    for who in (rollback, monitor):
        never, promoted = (
            refusal(who.update_endpoint, EndpointName=endpoint, EndpointConfigName=name) for name in configurations
        )
        assert never[0] == "AccessDeniedException"
        assert f"endpoint-config/{configurations[0]} because no identity-based policy allows" in never[1]
        assert promoted[0] == "ValidationException"
    tagged = refusal(
        rollback.add_tags,
        ResourceArn=f"arn:aws:sagemaker:{REGION}:{HERE}:endpoint-config/{configurations[0]}",
        Tags=[{"Key": "promoted", "Value": "true"}],
    )
    assert tagged[0] == "AccessDeniedException"


@pytest.mark.parametrize("tag", ["promoted", "Promoted"])
def test_no_configuration_is_made_as_a_promoted_one(besieged: Besieged, tag: str) -> None:
    """A release makes it with the tags that say whose it is; that there is no such model is what it learns."""
    variant = {"VariantName": "live", "ModelName": "none", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    name = names.release(besieged.one, "production", "c" * 64)
    call = {"EndpointConfigName": name, "ProductionVariants": [variant]}
    mine = [{"Key": key, "Value": "any"} for key in ("project", "environment", "owner", "commit")]
    release = besieged.client("sagemaker", "ci-release-production", besieged.job("production"))
    retrain = besieged.client("sagemaker", "ci-retrain", besieged.job())

    denied = [
        refusal(who.create_endpoint_config, **call, Tags=[*mine, {"Key": tag, "Value": "true"}])
        for who in (release, retrain)
    ]

    assert {code for code, _ in denied} == {"AccessDeniedException"}
    assert all("policy allows the sagemaker:CreateEndpointConfig action" in message for _, message in denied)
    assert refusal(release.create_endpoint_config, **call, Tags=mine)[0] == "ValidationException"


def test_a_version_goes_where_its_environment_decides(besieged: Besieged) -> None:
    """Registered without a stage; production's role moves it to its own, not elsewhere, and approves nothing."""
    group = names.model_package_group(besieged.one)
    container = {"Image": f"{HERE}.dkr.ecr.{REGION}.amazonaws.com/toy:1", "ModelDataUrl": "s3://b/m"}
    call = {
        "ModelPackageGroupName": group,
        "InferenceSpecification": {
            "Containers": [container],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    }
    production = {"ModelLifeCycle": {"Stage": "Production", "StageStatus": "Approved"}}
    retrain = besieged.client("sagemaker", "ci-retrain", besieged.job())
    release = besieged.client("sagemaker", "ci-release-production", besieged.job("production"))

    born = refusal(retrain.create_model_package, **call, **production)
    arn = retrain.create_model_package(**call)["ModelPackageArn"]
    attacks = [
        {"ModelLifeCycle": {"Stage": "Staging", "StageStatus": "Approved"}},
        {**production, "ModelApprovalStatus": "Approved"},
        {"ModelApprovalStatus": "Rejected"},
    ]
    denied = [refusal(release.update_model_package, ModelPackageArn=arn, **one) for one in attacks]

    assert {code for code, _ in (born, *denied)} == {"AccessDeniedException"}
    assert release.update_model_package(ModelPackageArn=arn, **production)


def metric(name: str) -> list[dict[str, Any]]:
    """One value of a metric."""
    return [{"MetricName": name, "Value": 1.0}]


def test_a_verdict_is_of_its_own_environment(besieged: Besieged) -> None:
    """One of another's would send its release back, or hold a bad one there; so would one of another project's."""
    release = besieged.client("cloudwatch", "ci-release-production", besieged.job("production"))
    staging, other = names.metrics(besieged.one, "staging"), names.metrics(besieged.two, "production")

    denied = [refusal(release.put_metric_data, Namespace=one, MetricData=metric("Verdict")) for one in (staging, other)]

    assert {code for code, _ in denied} == {"AccessDeniedException"}
    assert all("policy allows the cloudwatch:PutMetricData action" in message for _, message in denied)
    release.put_metric_data(Namespace=names.metrics(besieged.one, "production"), MetricData=metric("Verdict"))


@pytest.mark.parametrize(("purpose", "environment"), [("ci-rollback", "rollback"), ("ci-release", "production")])
def test_only_its_own_endpoint_is_scaled(besieged: Besieged, purpose: str, environment: str) -> None:
    """A scalable target's ARN names no endpoint; what scaling does to one does. That there is none is learnt."""
    scaling = besieged.client("application-autoscaling", f"{purpose}-production", besieged.job(environment))

    def register(endpoint: str, **more: Any) -> dict[str, Any]:
        variant = {"ServiceNamespace": "sagemaker", "ScalableDimension": "sagemaker:variant:DesiredInstanceCount"}
        resource = f"endpoint/{endpoint}/variant/{names.VARIANT}"
        return scaling.register_scalable_target(**variant, ResourceId=resource, MinCapacity=2, MaxCapacity=9, **more)

    others = [names.endpoint(besieged.one, "staging"), names.endpoint(besieged.two, "production")]
    denied = [refusal(register, endpoint=one) for one in others]

    assert {code for code, _ in denied} == {"AccessDeniedException"}
    assert all(
        ":endpoint/" in message and "because no identity-based policy allows" in message for _, message in denied
    )
    register(names.endpoint(besieged.one, "production"))
    besieged.account.client("application-autoscaling").deregister_scalable_target(
        ServiceNamespace="sagemaker",
        ScalableDimension="sagemaker:variant:DesiredInstanceCount",
        ResourceId=f"endpoint/{names.endpoint(besieged.one, 'production')}/variant/{names.VARIANT}",
    )


def taken_by(sts: Any, arn: str) -> dict[str, str]:
    """A role's credentials, as a client takes them."""
    taken = sts.assume_role(RoleArn=arn, RoleSessionName="pipeline")["Credentials"]
    return {
        "aws_access_key_id": taken["AccessKeyId"],
        "aws_secret_access_key": taken["SecretAccessKey"],
        "aws_session_token": taken["SessionToken"],
    }


@pytest.fixture(scope="module")
def examining(besieged: Besieged) -> dict[str, str]:
    """The credentials of the registry's role that examines, taken by production's release."""
    sts = besieged.client("sts", "ci-release-production", besieged.job("production"))
    return taken_by(sts, names.role_arn(besieged.one, HERE, "examine"))


def test_who_examines_neither_registers_nor_releases(besieged: Besieged, examining: dict[str, str]) -> None:
    """It sees what is registered."""
    sagemaker = besieged.account.client("sagemaker", **examining)
    group, endpoint = names.model_package_group(besieged.one), names.endpoint(besieged.one, "production")
    container = {"Image": f"{HERE}.dkr.ecr.{REGION}.amazonaws.com/toy:1", "ModelDataUrl": "s3://b/m"}
    text = {"SupportedContentTypes": ["text/csv"], "SupportedResponseMIMETypes": ["text/csv"]}
    made = {"ModelPackageGroupName": group, "InferenceSpecification": {"Containers": [container], **text}}
    moved = {"EndpointName": endpoint, "EndpointConfigName": names.release(besieged.one, "production", "d" * 64)}

    denied = [refusal(sagemaker.create_model_package, **made), refusal(sagemaker.update_endpoint, **moved)]

    assert {code for code, _ in denied} == {"AccessDeniedException"}
    assert "ModelPackageSummaryList" in sagemaker.list_model_packages(ModelPackageGroupName=group)


def test_who_examines_writes_no_model(besieged: Besieged, examining: dict[str, str]) -> None:
    """What it judges was there before it; its own sample it writes."""
    s3, bucket = besieged.account.client("s3", **examining), names.bucket(besieged.one, HERE)

    denied = refusal(s3.put_object, Bucket=bucket, Key="models/a/model.tar.gz", Body=b"")

    assert denied[0] == "AccessDenied"
    assert s3.put_object(Bucket=bucket, Key="replays/a/manifest.json", Body=b"{}")


@pytest.mark.parametrize(
    ("role", "purpose", "environment"),
    [
        ("examine", "ci-rollback-production", "rollback"),
        ("examine", "ci-monitor-production", ""),
        ("inspect", "ci-release-production", "production"),
        ("inspect", "ci-rollback-production", "rollback"),
    ],
)
def test_no_other_job_takes_the_role(besieged: Besieged, role: str, purpose: str, environment: str) -> None:
    """Only a release has its candidate examined, only the monitor has traffic inspected."""
    sts = besieged.client("sts", purpose, besieged.job(environment))

    denied = refusal(sts.assume_role, RoleArn=names.role_arn(besieged.one, HERE, role), RoleSessionName="attack")

    assert denied[0] == "AccessDenied"
    assert sts.get_caller_identity()


def test_who_retrains_sees_the_alarms_on_the_model_and_no_others(besieged: Besieged) -> None:
    """In the role that looks at production; its service is not the model's."""
    sts = besieged.client("sts", "ci-retrain", besieged.job())
    taken = taken_by(sts, names.role_arn(besieged.one, HERE, "observe-production"))
    cloudwatch = besieged.account.client("cloudwatch", **taken)
    service, model = (
        names.alarm(besieged.one, "production", *one) for one in (("slo", "cpu"), ("model", "calibration"))
    )

    denied = [refusal(cloudwatch.describe_alarms, AlarmNames=[service])]
    denied.append(refusal(cloudwatch.set_alarm_state, AlarmName=model, StateValue="OK", StateReason="attack"))

    assert {code.removesuffix("Exception") for code, _ in denied} == {"AccessDenied"}
    assert cloudwatch.describe_alarms(AlarmNames=[model])


def test_who_inspects_traffic_neither_reads_it_nor_writes_what_was_found(besieged: Besieged) -> None:
    """The job reads and writes; what it is to read, the monitor lists."""
    sts = besieged.client("sts", "ci-monitor-production", besieged.job())
    s3 = besieged.account.client("s3", **taken_by(sts, names.role_arn(besieged.one, HERE, "inspect")))
    bucket, own = names.bucket(besieged.one, HERE), "monitoring/production"

    denied = [refusal(s3.get_object, Bucket=bucket, Key=f"{one}/production/a.jsonl") for one in ("capture", "labels")]
    denied += [
        refusal(s3.put_object, Bucket=bucket, Key=one, Body=b"") for one in (f"{own}/a/monitor.json", "labels/a")
    ]

    assert {code for code, _ in denied} == {"AccessDenied"}
    assert s3.put_object(Bucket=bucket, Key=f"{own}/samples/a.json", Body=b"[]")


def test_who_closes_a_release_starts_none(besieged: Besieged) -> None:
    """Nor goes back on another's endpoint; that there is no endpoint of its own is what it learns."""
    monitor = besieged.client("sagemaker", "ci-monitor-production", besieged.job())
    endpoint = names.endpoint(besieged.one, "production")
    variant = {"VariantName": "live", "ModelName": "none", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    new, made = (names.release(besieged.one, "production", digit * 64) for digit in "de")
    others = [names.endpoint(besieged.one, "staging"), names.endpoint(besieged.two, "production")]

    denied = [refusal(monitor.update_endpoint, EndpointName=one, EndpointConfigName=new) for one in (endpoint, *others)]
    denied.append(refusal(monitor.create_endpoint_config, EndpointConfigName=made, ProductionVariants=[variant]))

    assert {code for code, _ in denied} == {"AccessDeniedException"}
    assert all("because no identity-based policy allows" in message for _, message in denied)
    assert refusal(monitor.describe_endpoint, EndpointName=endpoint)[0] == "ValidationException"


def test_an_endpoints_updates_are_told_to_its_own_topic(besieged: Besieged) -> None:
    """Whoever runs `pulumi up` sends them to no topic of another's."""
    events = besieged.client("events", "ci-infra-production", besieged.job("infra-production"))
    rule = names.deployments(besieged.one, "production")
    own, other = (
        f"arn:aws:sns:{REGION}:{HERE}:{names.alarm_topic(one, 'production')}" for one in (besieged.one, besieged.two)
    )

    code, message = refusal(events.put_targets, Rule=rule, Targets=[{"Id": "topic", "Arn": other}])

    assert code == "AccessDeniedException"
    assert "because no identity-based policy allows the events:PutTargets action" in message
    assert events.put_targets(Rule=rule, Targets=[{"Id": "topic", "Arn": own}])
