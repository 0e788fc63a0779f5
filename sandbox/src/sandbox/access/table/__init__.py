"""What each operation asks of IAM: one row for each question, by service family.

The rows follow the service authorization reference
(https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html), which a test of the
repository compares them with.
"""

from sandbox.access.table import data, identity, models, storage, watching
from sandbox.access.table.row import Table

TABLE: Table = storage.TABLE | data.TABLE | identity.TABLE | models.TABLE | watching.TABLE
