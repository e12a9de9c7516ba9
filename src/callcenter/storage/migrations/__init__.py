"""How the tables came to be: one module a version, only ever added to."""

VERSION_TABLE = "schema_version"
