-- name: waiting_of_records
-- The rows of records that are not closed, locked.
select id, gap, object_id, record_id, owner_id, department_id, state, lapsed, since, counted_from,
    hours, remind_hours, remind_at, due_at, next_at, operation, root, depth, calendar_version,
    attempts
from kernel.gap
where object_id = %(object)s and record_id = any(%(records)s) and state <> 'closed'
order by id
for update

-- name: open
-- A wait that begins; nothing when there is one already.
insert into kernel.gap
    (id, gap, object_id, record_id, owner_id, department_id, lapsed, since, counted_from, hours,
     remind_hours, remind_at, due_at, next_at, opened_at, operation, root, depth,
     calendar_version)
values
    (%(id)s, %(gap)s, %(object)s, %(record)s, %(owner)s, %(department)s, %(lapsed)s, %(since)s,
     %(counted_from)s, %(hours)s, %(remind_hours)s, %(remind_at)s, %(due_at)s, %(next_at)s,
     %(now)s, %(operation)s, %(root)s, %(depth)s, %(calendar_version)s)
on conflict (gap, object_id, record_id) where state <> 'closed' do nothing

-- name: close
-- Waits that ended.
update kernel.gap as g
set state = 'closed', outcome = c.outcome, closed_at = %(now)s, next_at = null
from unnest(%(ids)s::uuid[], %(outcomes)s::text[]) as c(id, outcome)
where g.id = c.id and g.state <> 'closed'

-- name: take_due
-- The clock that has to ring first, unless another worker has it.
select id, gap, object_id, record_id, owner_id, department_id, state, lapsed, since, counted_from,
    hours, remind_hours, remind_at, due_at, next_at, operation, root, depth, calendar_version,
    attempts
from kernel.gap
where next_at <= %(now)s
order by next_at, id
limit 1
for update skip locked

-- name: rung
-- What a clock that rang changed.
update kernel.gap
set state = %(state)s, next_at = %(next_at)s, attempts = 0, failure = null,
    reminded_at = case when %(state)s = 'reminded' then %(now)s else reminded_at end,
    breached_at = case when %(state)s = 'breached' then %(now)s else breached_at end
where id = %(id)s

-- name: put_off
-- What can't be done now is tried again later.
update kernel.gap
set next_at = %(next_at)s, attempts = attempts + 1, failure = %(failure)s
where id = %(id)s and next_at is not null

-- name: take_outdated
-- Waits whose times were reckoned by other calendars than those of now.
select id, gap, object_id, record_id, owner_id, department_id, state, lapsed, since, counted_from,
    hours, remind_hours, remind_at, due_at, next_at, operation, root, depth, calendar_version,
    attempts
from kernel.gap
where state <> 'closed' and calendar_version <> %(version)s
order by id
limit %(limit)s
for update skip locked

-- name: reckon_again
-- The times of waits by the calendars of now.
update kernel.gap as g
set remind_at = t.remind_at, due_at = t.due_at, next_at = t.next_at, calendar_version = %(version)s
from unnest(
    %(ids)s::uuid[], %(remind_at)s::timestamptz[], %(due_at)s::timestamptz[],
    %(next_at)s::timestamptz[]
) as t(id, remind_at, due_at, next_at)
where g.id = t.id

-- name: open_waits
-- Waits that are not closed, the most pressing first, after a place.
select id, gap, object_id, record_id, owner_id, state, since, due_at
from kernel.gap
where state <> 'closed'
    and (%(state)s::text is null or state = %(state)s)
    and (due_at, id) > (%(due_at)s, %(id)s)
order by due_at, id
limit %(limit)s
