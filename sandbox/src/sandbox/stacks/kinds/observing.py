"""Alarms, dashboards, logs, notifications, events, budgets and parameters."""

from sandbox.stacks.kind import Call, Kind, Read, arn, tagging

_ALARM_TAGS = tagging("tag_resource", "untag_resource", "ResourceARN")
_COMPOSITE = Call(operation="put_composite_alarm")
_METRIC_ALARM = Call(
    operation="put_metric_alarm",
    rename={
        "name": "AlarmName",
        "metricQueries": "Metrics",
        "metricQueries.metric": "MetricStat",
        "metricQueries.metric.metricName": "Metric.MetricName",
        "metricQueries.metric.namespace": "Metric.Namespace",
        "metricQueries.metric.dimensions": "Metric.Dimensions",
    },
)
_DASHBOARD = Call(operation="put_dashboard")
_GROUP = {"logGroupName": "id"}
_RULE = Call(operation="put_rule")
_TARGETS = Call(
    operation="put_targets",
    rename={"arn": "", "roleArn": ""},
    members={
        "Targets": "[{Id: inputs.targetId, Arn: inputs.arn, RoleArn: inputs.roleArn, Input: inputs.input,"
        " InputTransformer: inputs.inputTransformer.{InputPathsMap: inputPaths, InputTemplate: inputTemplate},"
        " HttpParameters: inputs.httpTarget.{HeaderParameters: headerParameters,"
        " PathParameterValues: pathParameterValues, QueryStringParameters: queryStringParameters}}]"
    },
)
_TARGET = {"Rule": "inputs.rule", "Ids": "[inputs.targetId]"}
_BUDGET = {"AccountId": "inputs.accountId || account", "BudgetName": "id"}
# What a topic has from the start: its account may use it.
# https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
_TOPIC_DEFAULT = (
    "to_string({Version: '2012-10-17', Statement: [{Effect: 'Allow', Principal: {AWS: '*'},"
    " Action: ['SNS:Publish', 'SNS:Subscribe', 'SNS:GetTopicAttributes', 'SNS:SetTopicAttributes', 'SNS:DeleteTopic'],"
    ' Resource: id, Condition: {StringEquals: {"AWS:SourceOwner": account}}}]})'
)
_TOPIC_POLICY = Call(
    operation="set_topic_attributes",
    rename={"arn": "TopicArn", "policy": "AttributeValue"},
    members={"AttributeName": "'Policy'"},
)

KINDS: dict[str, Kind] = {
    "aws:budgets/budget:Budget": Kind(
        service="budgets",
        create=(
            Call(
                operation="create_budget",
                rename={
                    "name": "Budget.BudgetName",
                    "budgetType": "Budget.BudgetType",
                    "costFilters": "Budget.CostFilters",
                    "costTypes": "Budget.CostTypes",
                    "metrics": "",  # one for Pulumi, a list for AWS
                    "filterExpression": "Budget.FilterExpression",
                    "filterExpression.ands": "And",
                    "limitAmount": "Budget.BudgetLimit.Amount",
                    "limitUnit": "Budget.BudgetLimit.Unit",
                    "timeUnit": "Budget.TimeUnit",
                    "tags": "ResourceTags",
                },
                members={
                    "AccountId": "inputs.accountId || account",
                    "Budget.Metrics": "inputs.metrics && [inputs.metrics]",
                    "NotificationsWithSubscribers": "inputs.notifications[].{Notification: {"
                    "NotificationType: notificationType, ComparisonOperator: comparisonOperator,"
                    " Threshold: threshold, ThresholdType: thresholdType},"
                    " Subscribers: [subscriberEmailAddresses[].{SubscriptionType: 'EMAIL', Address: @},"
                    " subscriberSnsTopicArns[].{SubscriptionType: 'SNS', Address: @}][]}",
                },
            ),
        ),
        id="inputs.name",
        outputs={"arn": "join('', ['arn:aws:budgets::', account, ':budget/', id])"},
        read=Read(operation="describe_budget", members=_BUDGET, found="Budget"),
        delete=(Call(operation="delete_budget", members=_BUDGET),),
    ),
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": Kind(
        service="cloudwatch",
        create=(_COMPOSITE,),
        id="inputs.alarmName",
        outputs=arn("cloudwatch", "alarm:"),
        update=(_COMPOSITE, *_ALARM_TAGS),
        read=Read(
            operation="describe_alarms",
            members={"AlarmNames": "[id]", "AlarmTypes": "['CompositeAlarm']"},
            found="CompositeAlarms[0]",
        ),
        delete=(Call(operation="delete_alarms", members={"AlarmNames": "[id]"}),),
    ),
    "aws:cloudwatch/dashboard:Dashboard": Kind(
        service="cloudwatch",
        create=(_DASHBOARD,),
        id="inputs.dashboardName",
        update=(_DASHBOARD,),
        read=Read(operation="get_dashboard", members={"DashboardName": "id"}),
        delete=(Call(operation="delete_dashboards", members={"DashboardNames": "[id]"}),),
    ),
    "aws:cloudwatch/eventApiDestination:EventApiDestination": Kind(
        service="events",
        create=(Call(operation="create_api_destination"),),
        id="inputs.name",
        outputs={"arn": "response.ApiDestinationArn"},
        update=(Call(operation="update_api_destination"),),
        read=Read(operation="describe_api_destination", members={"Name": "id"}),
        delete=(Call(operation="delete_api_destination", members={"Name": "id"}),),
    ),
    "aws:cloudwatch/eventRule:EventRule": Kind(
        service="events",
        create=(_RULE,),
        id="inputs.name",
        outputs={"arn": "response.RuleArn"},
        update=(_RULE, *tagging("tag_resource", "untag_resource", "ResourceARN")),
        read=Read(operation="describe_rule", members={"Name": "id"}),
        delete=(Call(operation="delete_rule", members={"Name": "id"}),),
    ),
    "aws:cloudwatch/eventTarget:EventTarget": Kind(
        service="events",
        create=(_TARGETS,),
        id="join('-', [inputs.rule, inputs.targetId])",
        update=(_TARGETS,),
        read=Read(
            operation="list_targets_by_rule",
            members={"Rule": "inputs.rule"},
            found="Targets",
            where={"Id": "inputs.targetId"},
        ),
        delete=(Call(operation="remove_targets", members=_TARGET),),
    ),
    "aws:cloudwatch/logGroup:LogGroup": Kind(
        service="logs",
        create=(
            Call(operation="create_log_group", rename={"name": "logGroupName"}),
            Call(operation="put_retention_policy", members=_GROUP),
        ),
        id="inputs.name",
        outputs=arn("logs", "log-group:"),
        update=(
            Call(operation="put_retention_policy", members=_GROUP, when="inputs.retentionInDays"),
            Call(operation="delete_retention_policy", members=_GROUP, when="!(inputs.retentionInDays)"),
            *tagging("tag_resource", "untag_resource", "resourceArn", keys="tagKeys"),
        ),
        read=Read(
            operation="describe_log_groups",
            members={"logGroupNamePrefix": "id"},
            found="logGroups",
            where={"logGroupName": "id"},
        ),
        delete=(Call(operation="delete_log_group", members=_GROUP),),
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": Kind(
        service="cloudwatch",
        create=(_METRIC_ALARM,),
        id="inputs.name",
        outputs=arn("cloudwatch", "alarm:"),
        update=(_METRIC_ALARM, *_ALARM_TAGS),
        read=Read(
            operation="describe_alarms",
            members={"AlarmNames": "[id]", "AlarmTypes": "['MetricAlarm']"},
            found="MetricAlarms[0]",
        ),
        delete=(Call(operation="delete_alarms", members={"AlarmNames": "[id]"}),),
    ),
    "aws:sns/topic:Topic": Kind(
        service="sns",
        create=(
            Call(
                operation="create_topic",
                rename={
                    "displayName": "Attributes.DisplayName",
                    "kmsMasterKeyId": "Attributes.KmsMasterKeyId",
                    "policy": "Attributes.Policy",
                },
            ),
        ),
        id="response.TopicArn",
        outputs={"arn": "id"},
        replace=("name",),
        update=(
            *(
                Call(
                    operation="set_topic_attributes",
                    members={
                        "TopicArn": "id",
                        "AttributeName": f"'{name[:1].upper()}{name[1:]}'",
                        "AttributeValue": f"inputs.{name} || {default}",
                    },
                )
                for name, default in (("displayName", "''"), ("kmsMasterKeyId", "''"), ("policy", _TOPIC_DEFAULT))
            ),
            *tagging("tag_resource", "untag_resource", "ResourceArn", "id"),
        ),
        read=Read(operation="get_topic_attributes", members={"TopicArn": "id"}, found="Attributes"),
        delete=(Call(operation="delete_topic", members={"TopicArn": "id"}),),
    ),
    "aws:sns/topicPolicy:TopicPolicy": Kind(
        service="sns",
        create=(_TOPIC_POLICY,),
        id="inputs.arn",
        update=(_TOPIC_POLICY,),
        read=Read(operation="get_topic_attributes", members={"TopicArn": "id"}, found="Attributes"),
        delete=(
            Call(
                operation="set_topic_attributes",
                members={"TopicArn": "id", "AttributeName": "'Policy'", "AttributeValue": _TOPIC_DEFAULT},
            ),
        ),
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
        read=Read(
            operation="get_subscription_attributes",
            members={"SubscriptionArn": "id"},
            found="Attributes",
        ),
        delete=(Call(operation="unsubscribe", members={"SubscriptionArn": "id"}),),
    ),
    "aws:ssm/parameter:Parameter": Kind(
        service="ssm",
        create=(Call(operation="put_parameter"),),
        id="inputs.name",
        outputs=arn("ssm", "parameter"),
        update=(
            # AWS refuses tags with an overwrite:
            # https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
            Call(operation="put_parameter", rename={"tags": ""}, members={"Overwrite": "`true`"}),
            Call(
                operation="add_tags_to_resource",
                members={"ResourceType": "'Parameter'", "ResourceId": "id"},
                when="inputs.tags",
            ),
            Call(
                operation="remove_tags_from_resource",
                members={"ResourceType": "'Parameter'", "ResourceId": "id", "TagKeys": "untagged"},
                when="untagged",
            ),
        ),
        read=Read(
            operation="get_parameter",
            members={"Name": "id", "WithDecryption": "`true`"},
            found="Parameter",
        ),
        delete=(Call(operation="delete_parameter", members={"Name": "id"}),),
    ),
}
