"""The whole life of a generated project, lived once on this machine and observed from outside.

The rehearsal calls the project's own verbs as subprocesses and believes none of them: what a verb
claims is compared with a plain client's reads and with the count of its own traffic.
"""
