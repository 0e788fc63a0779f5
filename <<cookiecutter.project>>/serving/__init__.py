"""The container's HTTP server under SageMaker's hosting contract: GET /ping, POST /invocations."""
