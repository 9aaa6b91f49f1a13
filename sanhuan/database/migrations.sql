-- name: lock
-- One migrator at a time per database; the lock ends with the session.
select pg_advisory_lock(hashtextextended('sanhuan.migrations', 0))

-- name: create_table
-- The table that says which migrations were applied.
create table if not exists kernel.migration (
    number integer primary key,
    name text not null,
    checksum text not null,
    applied_at timestamptz not null default clock_timestamp()
)

-- name: create_schema
-- The schema of that table, before the first migration can make it.
create schema if not exists kernel

-- name: is_there
-- Whether the database has a table of migrations.
select to_regclass('kernel.migration') is not null

-- name: applied
-- What was applied, in order.
select number, name, checksum from kernel.migration order by number

-- name: record
-- Note one migration as applied.
insert into kernel.migration (number, name, checksum)
values (%(number)s, %(name)s, %(checksum)s)
