-- name: lock_waiting
-- Whoever adds a job that may wait only once goes first until the end of his transaction.
select pg_advisory_xact_lock(hashtextextended('sanhuan.job ' || waiting, 0))
from unnest(%(waiting)s::text[]) as waiting
order by waiting

-- name: defer
-- Add jobs in the caller's transaction, less those that wait already; their ids in order.
select id
from unnest(
    jobs.procrastinate_defer_jobs_v1(
        array(
            select row(
                job.queue, job.task, job.priority, job.lock, job.waiting_once, job.args, job.run_at
            )::jobs.procrastinate_job_to_defer_v1
            from rows from (
                jsonb_to_recordset(%(jobs)s::jsonb) as (
                    queue text, task text, priority integer, lock text, waiting_once text,
                    args jsonb, run_at timestamptz
                )
            ) with ordinality as job(
                queue, task, priority, lock, waiting_once, args, run_at, position
            )
            where job.waiting_once is null or not exists (
                select from jobs.procrastinate_jobs as waiting
                where waiting.queueing_lock = job.waiting_once and waiting.status = 'todo'
            )
            order by job.position
        )
    )
) as id
order by id

-- name: rescue
-- Jobs of workers that are gone: back into the queue, unless another one waits in their place.
with gone as (
    select job.id
    from jobs.procrastinate_jobs as job
    left join jobs.procrastinate_workers as worker on worker.id = job.worker_id
    where job.status = 'doing'
        and (worker.id is null or worker.last_heartbeat < now() - %(silent_for)s::interval)
    for update of job skip locked
)
update jobs.procrastinate_jobs as job
set
    status = (
        case
            when job.abort_requested then 'aborted'
            when exists (
                select from jobs.procrastinate_jobs as waiting
                where waiting.queueing_lock = job.queueing_lock and waiting.status = 'todo'
            ) then 'cancelled'
            else 'todo'
        end
    )::jobs.procrastinate_job_status,
    worker_id = null
from gone
where job.id = gone.id
returning job.id

-- name: counts
-- How many jobs there are by queue and state.
select queue_name, status::text, count(*)
from jobs.procrastinate_jobs
group by queue_name, status
order by queue_name, status
