"""What AWS does in the name of a role or as a service, so that policies have to allow it.

| who | does | source |
| --- | --- | --- |
| SageMaker, to a role | takes it, for one account and resource | dg/security-confused-deputy-prevention |
| a job's role | pulls the image | dg/sagemaker-roles, "CreateTrainingJob API", "CreateProcessingJob API" |
| | lists and reads inputs, writes outputs; KMS opens and makes their keys | same |
| | CreateGrant on a volume's key, Encrypt on an output's | same, "if you specify a KMS key" |
| | makes, looks for and removes network interfaces | same, "if you specify a private VPC" |
| | writes logs, and metrics of its instance | same |
| an endpoint's role | pulls the image, reads the model, writes logs and metrics | same, "CreateModel API" |
| | writes captured traffic | dg/model-monitor-data-capture-endpoint |
| | describes the alarms of a rollback | dg/deployment-guardrails-configuration |
| CloudWatch, to a topic | publishes, with the topic's key | sns/latest/dg/sns-key-management, "AWS services" |
| EventBridge, to a topic | the same, without telling for whom | eventbridge/latest/userguide/eb-use-resource-based |
| EventBridge, to a role | takes it for a rule, and invokes a destination | same guide, eb-use-identity-based |

dg is https://docs.aws.amazon.com/sagemaker/latest/dg. Objects are read and written, and logs are written, by real
calls in the role's session; the rest is asked only. Guesses: what fails when AWS does not tell. A missing
permission for logs or metrics loses them, any other ends the job or the fleet.
"""

from collections.abc import Mapping, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any

from sandbox.access import moto_records as records
from sandbox.access import trust
from sandbox.access.actions import Asked
from sandbox.access.decision import Caller
from sandbox.access.lookups import known
from sandbox.access.question import Question
from sandbox.access.sessions import Session
from sandbox.world import ApiError, World, connect

if TYPE_CHECKING:
    from sandbox.accounts import Accounts

SAGEMAKER, CLOUDWATCH, EVENTS = "sagemaker.amazonaws.com", "cloudwatch.amazonaws.com", "events.amazonaws.com"
FOREVER = 10 * 365 * 86400.0  # seconds: AWS renews the sessions that it takes
_INTERFACE = ("CreateNetworkInterfacePermission", "DeleteNetworkInterface", "DeleteNetworkInterfacePermission")
_SEARCHES = (
    "DescribeDhcpOptions", "DescribeNetworkInterfaces", "DescribeSecurityGroups", "DescribeSubnets", "DescribeVpcs",
)  # fmt: skip


class Denied(Exception):
    """A role lacks a permission; the text is a FailureReason that names both."""


class Execution:
    """A role that SageMaker has taken for `source`, the ARN of a job or an endpoint."""

    def __init__(self, world: World, session: Session, source: str) -> None:
        self.role, self.source = session.role, source
        self._world, self._session = world, session
        self._clients: dict[str, Any] = {}
        self._lock = Lock()

    def client(self, service: str) -> Any:
        """A boto3 client of `service` in the role's session."""
        with self._lock:  # creating clients is not thread-safe, using them is
            if service not in self._clients:
                place = (self._world.url, self._world.region, service)
                self._clients[service] = connect(*place, self._session.key, self._session.token)
            return self._clients[service]

    def environment(self) -> dict[str, str]:
        """How a container gets at its role (dg/sagemaker-roles); it has none of it under network isolation."""
        return {
            "AWS_ENDPOINT_URL": self._world.url,
            "AWS_DEFAULT_REGION": self._world.region,
            "AWS_ACCESS_KEY_ID": self._session.key,
            "AWS_SECRET_ACCESS_KEY": self._session.secret,
            "AWS_SESSION_TOKEN": self._session.token,
        }

    def pull(self, image: str) -> None:
        """The image, when it lies in ECR. Raises Denied."""
        account, _, rest = image.partition(".dkr.ecr.")
        if not rest:
            return
        repository = rest.partition("/")[2].partition("@")[0].partition(":")[0]
        named = {"registryId": account, "repositoryName": repository}
        self._ask("ecr", "GetAuthorizationToken", {}, image)
        for operation in ("BatchCheckLayerAvailability", "GetDownloadUrlForLayer", "BatchGetImage"):
            self._ask("ecr", operation, named, image)

    def use_keys(self, *, volume: str | None, output: str | None = None) -> None:
        """The keys of volume and output, where they are given. Raises Denied."""
        for action, key in (("kms:CreateGrant", volume), ("kms:Encrypt", output)):
            if key:
                self._key(action, key)

    def join(self, vpc: Mapping[str, Any]) -> None:
        """Network interfaces in a VPC, when a VpcConfig is given. Raises Denied."""
        if not vpc:
            return
        made = self._world.arn("ec2", "network-interface/*")
        within = [self._world.arn("ec2", f"subnet/{each}") for each in vpc["Subnets"]]
        guards = [self._world.arn("ec2", f"security-group/{each}") for each in vpc["SecurityGroupIds"]]
        for resource in (made, *within, *guards):
            self._require(Question("ec2:CreateNetworkInterface", resource, self._context()))
        for name in _INTERFACE:
            self._require(Question(f"ec2:{name}", made, self._context()))
        for name in _SEARCHES:
            self._require(Question(f"ec2:{name}", "*", self._context()))

    def measure(self, namespace: str) -> None:
        """Metrics of the instance; without permission they are lost."""
        asked = self._asked("cloudwatch", "PutMetricData", {"Namespace": namespace})
        try:
            self._world.accounts.guard.admit(self._session.caller, asked, self.source)
        except ApiError:
            return

    def watch(self, alarms: Sequence[str]) -> None:
        """The alarms that roll an update back. Raises Denied."""
        if alarms:
            self._ask("cloudwatch", "DescribeAlarms", {"AlarmNames": list(alarms)})

    def _ask(self, service: str, operation: str, parameters: Mapping[str, Any], image: str = "") -> None:
        try:
            asked = self._asked(service, operation, parameters)
            self._world.accounts.guard.admit(self._session.caller, asked, self.source)
        except ApiError as error:
            of_image = f"The role '{self.role}' does not have {operation} permission for the image: '{image}'. "
            raise Denied((of_image if image else "") + error.message) from error

    def _asked(self, service: str, operation: str, parameters: Mapping[str, Any]) -> Asked:
        account, region = self._world.account, self._world.region
        return Asked(service=service, operation=operation, parameters=parameters, account=account, region=region)

    def _key(self, action: str, text: str) -> None:
        look = known(self._world.accounts, self._world.account)
        arn = look.key(text)
        if arn is None:
            raise Denied(f"The role '{self.role}' cannot use the KMS key {text}: it does not exist.")
        granting = {"kms:GrantIsForAWSResource": ("true",)} if action == "kms:CreateGrant" else {}
        via = {"kms:ViaService": (f"sagemaker.{self._world.region}.amazonaws.com",)}
        self._require(Question(action, arn, self._context() | via | granting))

    def _require(self, question: Question) -> None:
        guard = self._world.accounts.guard
        try:
            guard.require(self._session.caller, question, operation=f"on behalf of {SAGEMAKER}", behalf=self.source)
        except ApiError as error:
            raise Denied(error.message) from error

    def _context(self) -> dict[str, tuple[str, ...]]:
        return {"aws:SecureTransport": ("true",), "aws:RequestedRegion": (self._world.region,)}


def take(world: World, role: str, source: str) -> Execution:
    """Have SageMaker take `role` for `source`. Raises ApiError ValidationException, in SageMaker's words."""
    try:
        trust.service(world.accounts, SAGEMAKER, role, source)
    except ApiError as error:
        raise ApiError(
            "ValidationException",
            f"Could not assume role {role}. Please ensure that the role exists and allows principal "
            f"'{SAGEMAKER}' to assume the role.",
        ) from error
    record: Any = records.role(role)
    session = world.accounts.sessions.begin(
        role=role, role_id=record.id, name="SageMaker", seconds=FOREVER, behalf=source
    )
    return Execution(world, session, source)


def publish(accounts: "Accounts", topic: str, source: str, service: str = CLOUDWATCH) -> None:
    """Let a service publish what `source` (the ARN of an alarm or a rule) has to tell. Raises ApiError AccessDenied.

    A topic under the key that AWS manages for SNS takes nothing from a service: nobody can change its policy.
    EventBridge names no source: "You can't use Condition blocks in Amazon SNS topic policies for EventBridge".
    """
    caller, account = Caller(arn=service), source.split(":")[4]
    context = {"aws:SecureTransport": ("true",)}
    if service != EVENTS:
        context |= {"aws:SourceAccount": (account,), "aws:SourceOwner": (account,), "aws:SourceArn": (source,)}
    told = {"operation": "sns.Publish", "behalf": source}
    accounts.guard.require(caller, Question("sns:Publish", topic, context), **told)
    found = records.topic(topic)
    if found is None or not found.kms_master_key_id:
        return
    key = known(accounts, topic.split(":")[4]).key(topic)
    if key is None:
        raise ApiError("AccessDenied", f"{service} cannot use the key {found.kms_master_key_id}", 403)
    for action in ("kms:Decrypt", "kms:GenerateDataKey"):
        accounts.guard.require(caller, Question(action, key, context), **told)


def invoke(accounts: "Accounts", role: str, destination: str, rule: str) -> None:
    """Let EventBridge take `role` for `rule`, and invoke an API destination in it. Raises ApiError AccessDenied.

    Its sessions tell the rule: aws:SourceArn, aws:SourceAccount (eventbridge/latest/userguide/eb-use-conditions).
    """
    trust.service(accounts, EVENTS, role, rule)
    record: Any = records.role(role)
    taken = accounts.sessions.begin(role=role, role_id=record.id, name="EventBridge", seconds=900, behalf=rule)
    question = Question("events:InvokeApiDestination", destination, {"aws:SecureTransport": ("true",)})
    accounts.guard.require(taken.caller, question, operation="events.InvokeApiDestination", behalf=rule)
