-- name: registered
-- The tables whose partitions are made ahead.
select parent, grain, ahead, keep from kernel.partitioned order by parent

-- name: make
-- Make one partition unless it is there.
select kernel.make_partition(%(parent)s, %(day)s)

-- name: drop
-- Drop one partition when the table keeps nothing so old.
select kernel.drop_partition(%(parent)s, %(day)s)

-- name: partitions
-- The names of a table's partitions.
select child.relname
from pg_inherits as link
join pg_class as child on child.oid = link.inhrelid
where link.inhparent = %(parent)s::regclass
order by child.relname

-- name: lagging
-- Tables of the kernel that are partitioned by time and have no partition for an instant.
select format('%%s.%%s', parent.relnamespace::regnamespace, parent.relname)
from pg_partitioned_table as partitioned
join pg_class as parent on parent.oid = partitioned.partrelid
where partitioned.partstrat = 'r' and parent.relnamespace = 'kernel'::regnamespace
    and not exists (
        select from pg_inherits as link
        join pg_class as child on child.oid = link.inhrelid
        where link.inhparent = parent.oid
            and substring(
                pg_get_expr(child.relpartbound, child.oid) from $$FROM \('([^']+)'\)$$
            )::timestamptz <= %(at)s
            and substring(
                pg_get_expr(child.relpartbound, child.oid) from $$TO \('([^']+)'\)$$
            )::timestamptz > %(at)s
    )
order by 1
