-- name: latest
-- The latest generation, locked, and whether it began in this cluster.
select generation, system_identifier = (select system_identifier from pg_control_system())
from kernel.log_generation
for update

-- name: begin
-- Note that a generation begins here.
update kernel.log_generation
set generation = %(generation)s,
    system_identifier = (select system_identifier from pg_control_system()),
    begun_at = clock_timestamp()
