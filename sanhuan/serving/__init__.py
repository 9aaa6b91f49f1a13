"""The processes of an installation on one machine: PostgreSQL, a worker, a web process."""
