-- Statements over the change log. Positions are compared as (generation, xid, id); transaction ids
-- travel as text because the driver has no type for xid8.

-- name: register
-- A place for a new reader: at the beginning of the log, or at its present end.
insert into kernel.cursor (name, generation, xid, id, objects, mark_xid, mark_at)
select
    %(name)s,
    case when %(at_end)s then g.generation else 1 end,
    case when %(at_end)s then pg_snapshot_xmin(pg_current_snapshot()) else '0'::xid8 end,
    0,
    %(objects)s::text[],
    pg_snapshot_xmax(pg_current_snapshot()),
    statement_timestamp()
from kernel.log_generation g
on conflict (name) do nothing

-- name: place
-- Where a reader stands, and the latest generation.
select
    c.generation,
    c.xid::text::bigint as xid,
    c.id,
    c.objects,
    c.ahead,
    c.floor,
    c.mark_xid::text::bigint as mark_xid,
    c.mark_at,
    g.generation as latest,
    (select count(*) from kernel.reader_incident i
     where i.reader = c.name and i.resolved_at is null) as incidents
from kernel.cursor c, kernel.log_generation g
where c.name = %(name)s

-- name: take
-- The right to move a reader's place until the transaction ends; no row while another has it.
select name from kernel.cursor where name = %(name)s for update skip locked

-- name: tell_objects
-- Note which objects a reader reads about.
update kernel.cursor set objects = %(objects)s::text[] where name = %(name)s

-- name: waiting
-- Those of the named readers that have something before them, looked up without a lock.
select c.name
from kernel.cursor c
cross join kernel.log_generation g
left join lateral (
    -- In order and one: otherwise the plan is to read the whole month in search of it.
    select e.id
    from kernel.change e
    where e.generation = c.generation
      and (e.xid, e.id) > (c.xid, c.id)
      and e.xid < pg_snapshot_xmin(pg_current_snapshot())
      and e.at >= coalesce(c.floor, '-infinity')
    order by e.xid, e.id
    limit 1
) n on true
where c.name = any(%(names)s) and (n.id is not null or c.generation < g.generation)

-- name: stretch
-- How far the next batch reaches, how much of it matters, and what the snapshot says of later ids.
select
    count(*) as scanned,
    coalesce(bool_or(%(objects)s::text[] is null or s.object_id = any(%(objects)s)), false)
        as wanted,
    (array_agg(s.xid::text::bigint order by s.xid desc, s.id desc))[1] as xid,
    (array_agg(s.id order by s.xid desc, s.id desc))[1] as id,
    pg_snapshot_xmax(pg_current_snapshot())::text::bigint as next_xid,
    statement_timestamp() as now
from (
    select e.xid, e.id, e.object_id
    from kernel.change e
    where e.generation = %(generation)s
      and (e.xid, e.id) > (%(xid)s::text::xid8, %(id)s)
      and e.xid < case
            when %(generation)s < %(latest)s then '18446744073709551615'::xid8
            else pg_snapshot_xmin(pg_current_snapshot())
          end
      and e.at >= coalesce(%(floor)s::timestamptz, '-infinity')
    order by e.xid, e.id
    limit %(batch)s
) s

-- name: entries
-- The entries after a place up to another one, both below the horizon, in the log's order.
select
    e.generation, e.xid::text::bigint as xid, e.id, e.at, e.occurred_at, e.operation, e.actor,
    e.on_behalf_of, e.via, e.cause, e.root, e.depth, e.object_id, e.record_id, e.version, e.kind,
    e.before, e.after, e.owner_before, e.owner_after, e.department_before, e.department_after,
    e.trace, e.catalog_version
from kernel.change e
where e.generation = %(generation)s
  and (e.xid, e.id) > (%(xid)s::text::xid8, %(id)s)
  and (e.xid, e.id) <= (%(to_xid)s::text::xid8, %(to_id)s)
  and e.at >= coalesce(%(floor)s::timestamptz, '-infinity')
  and (%(objects)s::text[] is null or e.object_id = any(%(objects)s))
order by e.xid, e.id
limit %(limit)s

-- name: gap
-- How many entries lie between two places, counted up to a limit.
select count(*)
from (
    select from kernel.change e
    where e.generation = %(generation)s
      and (e.xid, e.id) > (%(xid)s::text::xid8, %(id)s)
      and (e.xid, e.id) <= (%(to_xid)s::text::xid8, %(to_id)s)
    order by e.xid, e.id
    limit %(limit)s
) s

-- name: earlier
-- For records in a batch: entries beyond its end that come before or between those in it.
select
    e.generation, e.xid::text::bigint as xid, e.id, e.at, e.occurred_at, e.operation, e.actor,
    e.on_behalf_of, e.via, e.cause, e.root, e.depth, e.object_id, e.record_id, e.version, e.kind,
    e.before, e.after, e.owner_before, e.owner_after, e.department_before, e.department_after,
    e.trace, e.catalog_version
from unnest(
    %(objects)s::text[], %(records)s::uuid[],
    %(first_versions)s::int[], %(first_ids)s::bigint[],
    %(last_versions)s::int[], %(last_ids)s::bigint[]
) as r (object_id, record_id, first_version, first_id, last_version, last_id)
cross join lateral (
    select between_them.*
    from kernel.change between_them
    where between_them.object_id = r.object_id
      and between_them.record_id = r.record_id
      and (between_them.version, between_them.id) > (r.first_version, r.first_id)
      and (between_them.version, between_them.id) < (r.last_version, r.last_id)
      and between_them.at >= coalesce(%(floor)s::timestamptz, '-infinity')
    union all
    (
        select one_before.*
        from kernel.change one_before
        where one_before.object_id = r.object_id
          and one_before.record_id = r.record_id
          and (one_before.version, one_before.id) < (r.first_version, r.first_id)
          and one_before.at >= coalesce(%(floor)s::timestamptz, '-infinity')
        order by one_before.version desc, one_before.id desc
        limit 1
    )
) e
where (e.generation, e.xid, e.id) > (%(generation)s, %(xid)s::text::xid8, %(id)s)
  and not e.id = any(%(ahead)s::bigint[])
order by e.xid, e.id

-- name: move
-- A reader's new place.
update kernel.cursor
set generation = %(generation)s,
    xid = %(xid)s::text::xid8,
    id = %(id)s,
    ahead = %(ahead)s,
    floor = %(floor)s,
    mark_xid = %(mark_xid)s::text::xid8,
    mark_at = %(mark_at)s,
    handled = handled + %(handled)s,
    moved_at = clock_timestamp(),
    failed_at = null,
    failure = null
where name = %(name)s

-- name: fail
-- Note that a reader stands still, and why; since when stays as it was.
update kernel.cursor
set failed_at = coalesce(failed_at, clock_timestamp()), failure = %(failure)s
where name = %(name)s

-- name: set_aside
-- Note an entry that a reader could not handle.
insert into kernel.reader_incident (reader, change_id, change_at, object_id, record_id, error)
values (%(reader)s, %(change_id)s, %(change_at)s, %(object_id)s, %(record_id)s, %(error)s)
on conflict (reader, change_id) where resolved_at is null
do update set tries = reader_incident.tries + 1, error = excluded.error, at = clock_timestamp()

-- name: incidents
-- Entries that readers went past and nobody has settled, the oldest first.
select id, reader, change_id, change_at, object_id, record_id, error, at, tries
from kernel.reader_incident
where resolved_at is null and (%(reader)s::text is null or reader = %(reader)s)
order by id
limit %(limit)s

-- name: incident
-- One unsettled incident, locked, with its entry.
select
    e.generation, e.xid::text::bigint as xid, e.id, e.at, e.occurred_at, e.operation, e.actor,
    e.on_behalf_of, e.via, e.cause, e.root, e.depth, e.object_id, e.record_id, e.version, e.kind,
    e.before, e.after, e.owner_before, e.owner_after, e.department_before, e.department_after,
    e.trace, e.catalog_version
from kernel.reader_incident i
join kernel.change e on e.id = i.change_id and e.at = i.change_at
where i.id = %(id)s and i.reader = %(reader)s and i.resolved_at is null
for update of i

-- name: resolve
-- Settle an incident.
update kernel.reader_incident
set resolved_at = clock_timestamp(), resolution = %(resolution)s
where id = %(id)s and resolved_at is null

-- name: lag
-- How far each reader is behind: entries (counted up to a limit) and the age of the oldest one.
select
    c.name,
    c.handled,
    w.waiting,
    coalesce(
        greatest(extract(epoch from clock_timestamp() - w.oldest), 0), 0
    )::double precision as seconds,
    (select count(*) from kernel.reader_incident i
     where i.reader = c.name and i.resolved_at is null) as incidents,
    c.failed_at,
    c.failure
from kernel.cursor c
cross join lateral (
    select count(*) as waiting, min(s.at) as oldest
    from (
        select e.at
        from kernel.change e
        where e.generation = c.generation
          and (e.xid, e.id) > (c.xid, c.id)
          and e.at >= coalesce(c.floor, '-infinity')
          and (c.objects is null or e.object_id = any(c.objects))
          and not e.id = any(c.ahead)
        order by e.xid, e.id
        limit %(limit)s
    ) s
) w
order by c.name

-- name: horizon
-- The transaction that holds every reader back, if one has run for a while; [] when none has.
select
    pid,
    coalesce(application_name, '') as application,
    coalesce(state, '') as state,
    extract(epoch from clock_timestamp() - xact_start)::double precision as seconds
from pg_stat_activity
where backend_xid is not null and pid <> pg_backend_pid()
  and xact_start < clock_timestamp() - make_interval(secs => %(seconds)s)
order by age(backend_xid) desc
limit 1

-- name: end
-- The present end of what may be read, as the place of a reader that has read it all.
select
    generation,
    pg_snapshot_xmin(pg_current_snapshot())::text::bigint as xid,
    0 as id,
    pg_snapshot_xmax(pg_current_snapshot())::text::bigint as mark_xid,
    statement_timestamp() as mark_at,
    generation as latest
from kernel.log_generation
