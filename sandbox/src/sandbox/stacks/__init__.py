"""Pulumi programs applied to the sandbox in process, without the Pulumi command.

An empty account is filled, what exists unchanged is adopted, what changed is refused, and `destroy`
removes in reverse what was made. Plans, updates and replacements need the Pulumi command.
"""
