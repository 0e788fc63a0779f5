"""Refuse an answer that AWS, GitHub or a file of the project would choke on, before anything is written."""

import re
import sys

RULES = (  # question, answer, what it must match, the bound in words, what to write instead
    ("project", << cookiecutter.project | jsonify >>, r"(?=.{2,24}$)(?!aws|ssm|sthree-)(?!.*-(staging|production)$)[a-z][a-z0-9]*(-[a-z0-9]+)*",
     "takes 2 to 24 of a-z, 0-9 and single dashes, starts with a letter but not aws, ssm or sthree-, and ends "
     "with no environment's name", "flight-delays"),
    ("description", << cookiecutter.description | jsonify >>, r"[^\x00-\x1f\x7f\ud800-\udfff]{1,200}",
     "is one line of 1 to 200 characters without emoji", "Will this flight leave late?"),
    ("github_owner", << cookiecutter.github_owner | jsonify >>, r"(?=.{1,39}$)[A-Za-z0-9]+(-[A-Za-z0-9]+)*",
     "takes 1 to 39 letters, digits and single dashes", "my-organisation"),
    ("aws_region", << cookiecutter.aws_region | jsonify >>, r"[a-z]{2,4}(-[a-z]+){1,2}-[1-9]",
     "is the code of one AWS region", "eu-west-1"),
    ("owner_email", << cookiecutter.owner_email | jsonify >>, r"[\w.+-]+@[\w-]+(\.[\w-]+)+",
     "is one address that alarms can be sent to", "mlops@example.com"),
)
refusals = [
    f"{question} {bound}; instead of {answer!r} write something like {example!r}."
    for question, answer, pattern, bound, example in RULES
    if not re.fullmatch(pattern, answer)
]
if refusals:
    sys.exit("\n".join(refusals))
