-- name: search_path
-- Where the package's unqualified names go, for this transaction.
set local search_path = jobs

-- name: applied
-- The steps taken so far.
select name from kernel.jobs_migration

-- name: record
-- Note one step as taken, or as contained in the schema that was installed.
insert into kernel.jobs_migration (name) values (%(name)s)

-- name: finish
-- Switch the NOTIFY triggers off, and make each function find its tables whoever calls it.
do $$
declare
    signature regprocedure;
begin
    alter table jobs.procrastinate_jobs
        disable trigger procrastinate_jobs_notify_queue_job_inserted_v1,
        disable trigger procrastinate_jobs_notify_queue_job_aborted_v1;
    for signature in
        select oid from pg_proc where pronamespace = 'jobs'::regnamespace
    loop
        execute format('alter function %s set search_path = jobs, pg_temp', signature);
    end loop;
end $$
