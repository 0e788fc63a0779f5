"""Permissions: which questions an operation asks of IAM, and what the policies answer.

`questions` says what a request needs, `decide` whether the policies grant it. Both are pure: what they have to
know of the account is handed to them.
"""
