-- name: version
-- The server's version.
select current_setting('server_version')

-- name: long
-- Transactions that wrote and are open longer than they should be.
select
    pid,
    coalesce(nullif(application_name, ''), usename, backend_type),
    extract(epoch from now() - xact_start)::integer
from pg_stat_activity
where backend_xid is not null and now() - xact_start > %(longest)s
order by xact_start

-- name: jobs
-- How many jobs failed, and for how many seconds the oldest that is due has waited.
select
    count(*) filter (where job.status = 'failed'),
    max(extract(epoch from now() - coalesce(job.scheduled_at, event.at))::integer)
        filter (where job.status = 'todo' and coalesce(job.scheduled_at, event.at) <= now())
from jobs.procrastinate_jobs as job
left join jobs.procrastinate_events as event
    on event.job_id = job.id and event.type = 'deferred'
