"""IAM, key, bucket and registry policies as pure functions: who may do what, on which resources."""
