-- name: one_snapshot
-- Let the statements of this transaction see one state of the database.
set transaction isolation level repeatable read read only

-- name: unknown_objects
-- Objects in the log that are not among those known, with the number of their entries.
select object_id, count(*)
from kernel.change
where not object_id = any(%(known)s)
group by object_id
order by object_id
