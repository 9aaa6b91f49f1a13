-- name: histories
-- What bears on the states of records, from their first entry on.
select
    e.generation, e.xid::text::bigint as xid, e.id, e.at, e.occurred_at, e.operation, e.actor,
    e.on_behalf_of, e.via, e.cause, e.root, e.depth, e.object_id, e.record_id, e.version, e.kind,
    e.before, e.after, e.owner_before, e.owner_after, e.department_before, e.department_after,
    e.trace, e.catalog_version
from unnest(%(objects)s::text[], %(records)s::uuid[]) as r (object_id, record_id)
join kernel.change e on e.object_id = r.object_id and e.record_id = r.record_id

-- name: there
-- The spans that records have.
select
    s.object_id, s.record_id, s.field_id, s.version, s.value, s.entered_at, s.since, s.until,
    s.owner_id, s.department_id, s.ended_by
from unnest(%(objects)s::text[], %(records)s::uuid[]) as r (object_id, record_id)
join kernel.state_span s on s.object_id = r.object_id and s.record_id = r.record_id

-- name: remove
-- Take out spans that are no longer so.
delete from kernel.state_span s
using unnest(
    %(objects)s::text[], %(records)s::uuid[], %(fields)s::text[], %(versions)s::int[]
) as r (object_id, record_id, field_id, version)
where s.object_id = r.object_id
  and s.record_id = r.record_id
  and s.field_id = r.field_id
  and s.version = r.version

-- name: add
-- Put spans in.
insert into kernel.state_span
    (object_id, record_id, field_id, version, value, entered_at, since, until, owner_id,
     department_id, ended_by)
select
    object_id, record_id, field_id, version, value, entered_at, since, until, owner_id,
    department_id, ended_by
from jsonb_to_recordset(%(rows)s) as s (
    object_id text, record_id uuid, field_id text, version int, value text,
    entered_at timestamptz, since timestamptz, until timestamptz, owner_id uuid,
    department_id uuid, ended_by text
)

-- name: incomplete
-- Forget fields that are not tracked any more; of those that are, the ones not filled in yet.
with wanted as (
    select * from unnest(%(objects)s::text[], %(fields)s::text[]) as w (object_id, field_id)
), forgotten as (
    delete from kernel.state_tracking t
    where not exists (
        select from wanted w where w.object_id = t.object_id and w.field_id = t.field_id
    )
)
select w.object_id, w.field_id
from wanted w
where not exists (
    select from kernel.state_tracking t
    where t.object_id = w.object_id and t.field_id = w.field_id
)

-- name: take_turn
-- Wait until the reader is not at work, and keep it from work until the transaction ends.
select name from kernel.cursor where name = %(name)s for update

-- name: without
-- Records of an object that have no span for a field, in the order of their ids.
select distinct e.record_id
from kernel.change e
where e.object_id = %(object)s
  and e.record_id > %(after)s
  and not exists (
    select from kernel.state_span s
    where s.object_id = e.object_id and s.record_id = e.record_id and s.field_id = %(field)s
  )
order by e.record_id
limit %(limit)s

-- name: complete
-- Note that a field's spans are complete.
insert into kernel.state_tracking (object_id, field_id)
values (%(object)s, %(field)s)
on conflict do nothing
