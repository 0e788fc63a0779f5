"""Your laptop as the AWS account: live SageMaker in front of moto, behind AWS_ENDPOINT_URL."""
