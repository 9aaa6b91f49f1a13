"""PostgreSQL: the embedded server, pools, migrations, fixed statements, jobs, and its errors."""
