"""Logs, CloudWatch, SNS, EventBridge and budgets."""

from sandbox.access.table.row import Row, Table, arn, ask, hand_over, rows, use_key

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_LogGroup.html, `arn`: a group's ends in
# `:*`, but for the three actions on a resource's tags.
_GROUP = arn("logs", "log-group:{group(logGroupName || logGroupIdentifier)}:*")
_BARE_GROUP = arn("logs", "log-group:{logGroupName}")
_STREAM = arn("logs", "log-group:{group(logGroupName || logGroupIdentifier)}:log-stream:{logStreamName}")
_LOGS: Table = {
    **rows(
        "logs",
        """
        DeleteLogGroup DeleteMetricFilter DeleteRetentionPolicy FilterLogEvents PutMetricFilter
        ListTagsLogGroup PutRetentionPolicy TagLogGroup""",
        _GROUP,
    ),
    **rows("logs", "CreateLogStream DeleteLogStream GetLogEvents PutLogEvents", _STREAM),
    # A search for streams is about the streams: https://github.com/hashicorp/terraform-provider-aws/issues/8804
    **rows(
        "logs", "DescribeLogStreams", arn("logs", "log-group:{group(logGroupName || logGroupIdentifier)}:log-stream:")
    ),
    **rows("logs", "ListTagsForResource TagResource UntagResource", arn("logs", "log-group:{resourceArn}")),
    "logs.CreateLogGroup": (ask("logs:CreateLogGroup", _GROUP), ask("logs:TagResource", _BARE_GROUP, when="tags")),
    "logs.DescribeLogGroups": (ask("logs:DescribeLogGroups", "*"),),
    "logs.DescribeMetricFilters": (
        ask("logs:DescribeMetricFilters", arn("logs", "log-group:{logGroupName || '*'}:*")),
    ),
}
_ALARM = arn("cloudwatch", "alarm:{AlarmName}")
_DASHBOARD = "arn:aws:cloudwatch::{_account}:dashboard/"


def _alarm(name: str) -> tuple[Row, ...]:
    actions = "{[AlarmActions, OKActions, InsufficientDataActions][][]}"
    return (
        Row(f"cloudwatch:{name}", (_ALARM,), {"cloudwatch:AlarmActions": actions}),
        ask("cloudwatch:TagResource", _ALARM, when="Tags"),
    )


_CLOUDWATCH: Table = {
    **rows("cloudwatch", "GetMetricData GetMetricStatistics ListDashboards ListMetrics", "*"),
    **rows("cloudwatch", "ListTagsForResource TagResource UntagResource", arn("cloudwatch", "alarm:{ResourceARN}")),
    "cloudwatch.DeleteAlarms": (ask("cloudwatch:DeleteAlarms", arn("cloudwatch", "alarm:{AlarmNames}")),),
    "cloudwatch.DeleteDashboards": (ask("cloudwatch:DeleteDashboards", _DASHBOARD + "{DashboardNames}"),),
    "cloudwatch.DescribeAlarmHistory": (
        ask("cloudwatch:DescribeAlarmHistory", arn("cloudwatch", "alarm:{AlarmName || '*'}")),
    ),
    "cloudwatch.DescribeAlarms": (ask("cloudwatch:DescribeAlarms", arn("cloudwatch", "alarm:{AlarmNames || '*'}")),),
    "cloudwatch.GetDashboard": (ask("cloudwatch:GetDashboard", _DASHBOARD + "{DashboardName}"),),
    "cloudwatch.PutCompositeAlarm": _alarm("PutCompositeAlarm"),
    "cloudwatch.PutDashboard": (ask("cloudwatch:PutDashboard", _DASHBOARD + "{DashboardName}"),),
    "cloudwatch.PutMetricAlarm": _alarm("PutMetricAlarm"),
    "cloudwatch.PutMetricData": (ask("cloudwatch:PutMetricData", "*", namespace="{Namespace}"),),
    "cloudwatch.SetAlarmState": (ask("cloudwatch:SetAlarmState", _ALARM),),
}
_TOPIC = arn("sns", "{TopicArn}")
_SNS: Table = {
    **rows("sns", "DeleteTopic GetTopicAttributes ListSubscriptionsByTopic SetTopicAttributes", _TOPIC),
    **rows("sns", "ListTagsForResource TagResource UntagResource", arn("sns", "{ResourceArn}")),
    **rows("sns", "GetSubscriptionAttributes ListSubscriptions ListTopics SetSubscriptionAttributes Unsubscribe", "*"),
    "sns.CreateTopic": (
        ask("sns:CreateTopic", arn("sns", "{Name}")),
        ask("sns:TagResource", arn("sns", "{Name}"), when="Tags"),
    ),
    "sns.Publish": (
        ask("sns:Publish", arn("sns", "{TopicArn || TargetArn}")),
        # https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
        *use_key("key(TopicArn || TargetArn)", "sns", "Decrypt", "GenerateDataKey"),
    ),
    "sns.Subscribe": (ask("sns:Subscribe", _TOPIC, Protocol="{Protocol}", Endpoint="{Endpoint}"),),
}
_RULE = arn("events", "rule/{Name}")
_DESTINATION = arn("events", "api-destination/{Name}")
_CONNECTION = arn("events", "connection/{Name}")
_EVENTS: Table = {
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html
    **rows("events", "DeleteApiDestination", _DESTINATION),
    **rows("events", "DescribeApiDestination", _DESTINATION, "{connection(Name)}"),
    **rows("events", "CreateApiDestination", _DESTINATION, "{ConnectionArn}"),
    "events.UpdateApiDestination": (
        ask("events:UpdateApiDestination", _DESTINATION),
        ask("events:UpdateApiDestination", "{ConnectionArn}", when="ConnectionArn"),
    ),
    **rows("events", "CreateConnection DeleteConnection DescribeConnection", _CONNECTION),
    "events.ListConnections": (ask("events:ListConnections", "*"),),
    **rows("events", "DeleteRule DescribeRule", _RULE),
    **rows("events", "ListTargetsByRule RemoveTargets", arn("events", "rule/{Rule}")),
    **rows("events", "ListTagsForResource TagResource UntagResource", "{ResourceARN}"),
    "events.ListRules": (ask("events:ListRules", "*"),),
    "events.PutRule": (
        ask("events:PutRule", _RULE),
        ask("events:TagResource", _RULE, when="Tags"),
        hand_over("RoleArn", "events.amazonaws.com", _RULE),
    ),
    "events.PutTargets": (
        Row("events:PutTargets", (arn("events", "rule/{Rule}"),), {"events:TargetArn": "{Targets[].Arn}"}),
        hand_over("Targets[].RoleArn", "events.amazonaws.com", arn("events", "rule/{Rule}")),
    ),
}
_BUDGET = "arn:aws:budgets::{_account}:budget/{BudgetName}"
_NEW_BUDGET = "arn:aws:budgets::{_account}:budget/{Budget.BudgetName}"
_ALL_BUDGETS = "arn:aws:budgets::{_account}:budget/*"


def _budget(action: str, resource: str) -> tuple[Row, ...]:
    return (ask(f"budgets:{action}", resource),)


# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsbudgetservice.html: two actions for all
_BUDGETS: Table = {
    "budgets.CreateBudget": (
        ask("budgets:ModifyBudget", _NEW_BUDGET),
        ask("budgets:TagResource", _NEW_BUDGET, when="ResourceTags"),
    ),
    "budgets.UpdateBudget": _budget("ModifyBudget", "arn:aws:budgets::{_account}:budget/{NewBudget.BudgetName}"),
    **{
        f"budgets.{name}": _budget("ModifyBudget", _BUDGET)
        for name in (
            *("CreateNotification", "CreateSubscriber", "DeleteBudget", "DeleteNotification"),
            *("DeleteSubscriber", "UpdateNotification", "UpdateSubscriber"),
        )
    },
    **{
        f"budgets.{name}": _budget("ViewBudget", _BUDGET)
        for name in ("DescribeBudget", "DescribeNotificationsForBudget", "DescribeSubscribersForNotification")
    },
    "budgets.DescribeBudgets": _budget("ViewBudget", _ALL_BUDGETS),
    **rows("budgets", "ListTagsForResource TagResource UntagResource", "{ResourceARN}"),
}
TABLE: Table = _LOGS | _CLOUDWATCH | _SNS | _EVENTS | _BUDGETS
