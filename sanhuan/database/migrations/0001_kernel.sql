-- The schemas and who may do what in them. The roles exist already (sanhuan/database/roles.py).
--
--   kernel    system tables, made by migrations and owned by the role that runs them
--   jobs      the job queue's tables (procrastinate's own schema)
--   data      business tables, made from definitions by sanhuan_ddl
--   readable  a view per object with readable names, for people who run SQL of their own

create schema if not exists kernel;
create schema jobs;
create schema data authorization sanhuan_ddl;
create schema readable authorization sanhuan_ddl;

comment on schema kernel is 'system tables, made by migrations';
comment on schema jobs is 'the job queue';
comment on schema data is 'business tables, made from definitions';
comment on schema readable is 'a view per object for people who run SQL of their own';

grant usage on schema kernel, jobs, data to sanhuan_app;
grant usage on schema readable to sanhuan_read;

-- What is made later in these schemas is open to the application as rows, never as definitions.
-- A table that must not be changed or cleared takes the right back in its own migration.
alter default privileges in schema kernel, jobs
    grant select, insert, update, delete on tables to sanhuan_app;
alter default privileges in schema kernel, jobs
    grant usage on sequences to sanhuan_app;
alter default privileges for role sanhuan_ddl in schema data
    grant select, insert, update, delete on tables to sanhuan_app;
alter default privileges for role sanhuan_ddl in schema data
    grant usage on sequences to sanhuan_app;
alter default privileges for role sanhuan_ddl in schema readable
    grant select on tables to sanhuan_read;

revoke insert, update, delete on kernel.migration from sanhuan_app;
grant select on kernel.migration to sanhuan_app;

create table kernel.jobs_migration (
    name text primary key,
    applied_at timestamptz not null default clock_timestamp()
);
comment on table kernel.jobs_migration is 'steps of the job queue''s own schema that were taken';
revoke insert, update, delete on kernel.jobs_migration from sanhuan_app;
