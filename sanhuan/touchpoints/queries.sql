-- name: secrets
-- The secrets of a source that hold now, the newest first.
select secret
from kernel.source_secret
where source = %(source)s and (ends_at is null or ends_at > %(now)s)
order by created_at desc, id desc

-- name: add_secret
-- A new secret of a source.
insert into kernel.source_secret (source, secret, created_at, created_by)
values (%(source)s, %(secret)s, %(now)s, %(by)s)

-- name: lock_secrets
-- Whoever gives a source a new secret goes first.
select pg_advisory_xact_lock(hashtextextended('sanhuan.source_secret ' || %(source)s, 0))

-- name: end_secrets
-- Let the newest secret hold until it is replaced everywhere, and end the older ones.
update kernel.source_secret as old
set ends_at = case when newest.id = old.id then %(until)s else %(now)s end
from (
    select id from kernel.source_secret
    where source = %(source)s and (ends_at is null or ends_at > %(now)s)
    order by created_at desc, id desc
    limit 1
) as newest
where old.source = %(source)s and (old.ends_at is null or old.ends_at > %(now)s)

-- name: store
-- Store events that have not come before; the ids of those that are new.
insert into kernel.source_event
    (source, event_id, type, body, digest, occurred_at, received_at)
select %(source)s, e.id, e.type, e.body, e.digest, e.occurred_at, %(now)s
from unnest(
    %(ids)s::text[], %(types)s::text[], %(bodies)s::json[], %(digests)s::bytea[],
    %(occurred)s::timestamptz[]
) as e(id, type, body, digest, occurred_at)
on conflict (source, event_id) do nothing
returning event_id

-- name: conflicts
-- Note which of these ids came before with another body; those ids.
update kernel.source_event as e
set conflicts = e.conflicts + 1
from unnest(%(ids)s::text[], %(digests)s::bytea[]) as sent(id, digest)
where e.source = %(source)s and e.event_id = sent.id and e.digest <> sent.digest
returning e.event_id

-- name: to_do
-- The sources with events that are to be applied.
select distinct source from kernel.source_event where state = 'new' and waits_for is null

-- name: take_turn
-- One worker at a time applies the events of a source.
select pg_try_advisory_xact_lock(hashtextextended('sanhuan.source ' || %(source)s, 0))

-- name: take
-- The first events of a source that are to be applied.
select id, event_id, type, body::text, occurred_at
from kernel.source_event
where source = %(source)s and state = 'new' and waits_for is null
order by id
limit %(limit)s

-- name: take_one
-- One event, when it is still to be applied.
select id, event_id, type, body::text, occurred_at
from kernel.source_event
where id = %(id)s and state = 'new' and waits_for is null

-- name: settle
-- Say what became of events.
update kernel.source_event as e
set state = done.state, waits_for = null, reason = done.reason, operation = done.operation,
    attempts = e.attempts + 1, settled_at = %(now)s
from unnest(%(ids)s::bigint[], %(states)s::text[], %(reasons)s::jsonb[], %(operations)s::uuid[])
    as done(id, state, reason, operation)
where e.id = done.id

-- name: wait
-- Say which record events wait for.
update kernel.source_event as e
set waits_for = waiting.waits_for, attempts = e.attempts + 1
from unnest(%(ids)s::bigint[], %(waits)s::text[]) as waiting(id, waits_for)
where e.id = waiting.id

-- name: wake
-- Let those go on that waited for records which have come.
update kernel.source_event
set waits_for = null
where source = %(source)s and waits_for = any(%(waits)s)

-- name: tally
-- Count what was settled.
insert into kernel.source_tally as t (source, applied, ignored, last_settled_at)
values (%(source)s, %(applied)s, %(ignored)s, %(now)s)
on conflict (source) do update
set applied = t.applied + excluded.applied, ignored = t.ignored + excluded.ignored,
    last_settled_at = excluded.last_settled_at

-- name: known_records
-- Which records a source's ids stand for, with the versions of their fields.
select r.object_id, r.outside_id, r.record_id, v.versions
from kernel.source_record as r
join unnest(%(objects)s::text[], %(ids)s::text[]) as asked(object_id, outside_id)
    on r.object_id = asked.object_id and r.outside_id = asked.outside_id
left join kernel.source_version as v on v.source = r.source and v.record_id = r.record_id
where r.source = %(source)s

-- name: note_records
-- Keep which records ids stand for.
insert into kernel.source_record as r (source, object_id, outside_id, record_id)
select %(source)s, n.object_id, n.outside_id, n.record_id
from unnest(%(objects)s::text[], %(ids)s::text[], %(records)s::uuid[])
    as n(object_id, outside_id, record_id)
on conflict (source, object_id, outside_id) do update set record_id = excluded.record_id

-- name: note_versions
-- Keep which events last set the fields of records.
insert into kernel.source_version (source, record_id, versions)
select %(source)s, n.record_id, n.versions
from unnest(%(records)s::uuid[], %(versions)s::jsonb[]) as n(record_id, versions)
on conflict (source, record_id) do update set versions = excluded.versions

-- name: add_behaviour
-- What people did.
insert into kernel.behaviour_event
    (at, source, event, kind, object_id, outside_id, record_id, points)
select b.at, %(source)s, b.event, b.kind, b.object_id, b.outside_id, b.record_id, b.points
from unnest(
    %(ats)s::timestamptz[], %(events)s::bigint[], %(kinds)s::text[], %(objects)s::text[],
    %(ids)s::text[], %(records)s::uuid[], %(points)s::double precision[]
) as b(at, event, kind, object_id, outside_id, record_id, points)

-- name: adopt_behaviour
-- Give behaviour that came first to the records which have come now; those records.
update kernel.behaviour_event as b
set record_id = n.record_id
from unnest(%(objects)s::text[], %(ids)s::text[], %(records)s::uuid[])
    as n(object_id, outside_id, record_id)
where b.record_id is null and b.source = %(source)s
    and b.object_id = n.object_id and b.outside_id = n.outside_id
returning n.object_id, n.record_id

-- name: scores
-- The decayed points of records now: each halves in so many seconds.
select record_id, sum(
    points * power(
        0.5::double precision,
        greatest(0, extract(epoch from %(now)s - at))::double precision / %(half_life)s
    )
    order by at, id
)
from kernel.behaviour_event
where object_id = %(object)s and record_id = any(%(records)s) and at > %(since)s
group by record_id

-- name: heats
-- What is known of the heat of records.
select record_id, base, given
from kernel.heat
where object_id = %(object)s and record_id = any(%(records)s)

-- name: note_heats
-- Keep what was given.
insert into kernel.heat (object_id, record_id, base, given)
select %(object)s, n.record_id, n.base, n.given
from unnest(%(records)s::uuid[], %(bases)s::integer[], %(givens)s::integer[])
    as n(record_id, base, given)
on conflict (object_id, record_id) do update
set base = excluded.base, given = excluded.given

-- name: warm_records
-- Records whose heat behaviour has raised, in the order of their ids.
select record_id
from kernel.heat
where object_id = %(object)s and given > base and record_id > %(after)s
order by record_id
limit %(limit)s

-- name: behaviour_of
-- What was done about a record, the latest first.
select at, source, kind, points
from kernel.behaviour_event
where object_id = %(object)s and record_id = %(record)s
order by at desc, id desc
limit %(limit)s

-- name: lock_keys
-- Whoever matches by one of these values goes first.
select pg_advisory_xact_lock(key)
from (
    select distinct hashtextextended('sanhuan.match ' || k, 0) as key
    from unnest(%(keys)s::text[]) as k
) as keys
order by key

-- name: note_matches
-- Why records joined others.
insert into kernel.match_made
    (object_id, record_id, target_object_id, target_id, created, by, also, at)
select %(object)s, m.record_id, %(target_object)s, m.target_id, m.created,
    string_to_array(m.by, ','), string_to_array(m.also, ',')::uuid[],
    %(now)s
from unnest(
    %(records)s::uuid[], %(targets)s::uuid[], %(created)s::boolean[], %(by)s::text[],
    %(also)s::text[]
) as m(record_id, target_id, created, by, also)
on conflict (object_id, record_id, target_object_id) do update
set target_id = excluded.target_id, created = excluded.created, by = excluded.by,
    also = excluded.also, at = excluded.at

-- name: states
-- How each source stands.
select
    s.source,
    last.received_at as last_event_at,
    waiting.oldest as oldest_new_at,
    coalesce(waiting.new, 0) as new,
    coalesce(refused.refused, 0) as refused,
    coalesce(t.applied, 0) as applied,
    coalesce(t.ignored, 0) as ignored,
    coalesce(later.waiting, 0) as waiting,
    secret.source is not null as has_secret
from unnest(%(sources)s::text[]) as s(source)
left join kernel.source_tally as t on t.source = s.source
left join lateral (
    select max(e.received_at) as received_at from kernel.source_event as e
    where e.source = s.source
) as last on true
left join lateral (
    select count(*) as new, min(e.received_at) as oldest from kernel.source_event as e
    where e.source = s.source and e.state = 'new' and e.waits_for is null
) as waiting on true
left join lateral (
    select count(*) as waiting from kernel.source_event as e
    where e.source = s.source and e.waits_for is not null
) as later on true
left join lateral (
    select count(*) as refused from kernel.source_event as e
    where e.source = s.source and e.state = 'refused'
) as refused on true
left join lateral (
    select x.source from kernel.source_secret as x
    where x.source = s.source and (x.ends_at is null or x.ends_at > %(now)s)
    limit 1
) as secret on true
order by s.source

-- name: events
-- Events of a source in one state, the latest first.
select id, event_id, type, occurred_at, received_at, state, waits_for, reason, attempts,
    operation, settled_at, conflicts, body::text
from kernel.source_event
where source = %(source)s
    and case %(state)s
        when 'waiting' then waits_for is not null
        when 'new' then state = 'new' and waits_for is null
        else state = %(state)s
    end
    and (%(before)s::bigint is null or id < %(before)s)
order by id desc
limit %(limit)s

-- name: replay
-- Let a refused, ignored or waiting event be applied again; its state before.
update kernel.source_event as e
set state = 'new', waits_for = null, reason = null, settled_at = null
from (select id, state from kernel.source_event where id = %(id)s for update) as was
where e.id = was.id and e.source = %(source)s
    and (was.state in ('refused', 'ignored') or e.waits_for is not null)
returning was.state

-- name: replay_refused
-- Let all refused events of a source be applied again.
update kernel.source_event
set state = 'new', reason = null, settled_at = null
where source = %(source)s and state = 'refused'

-- name: forget_settled
-- Remove applied and ignored events that are older than senders ever repeat.
delete from kernel.source_event
where id in (
    select id from kernel.source_event
    where state in ('applied', 'ignored') and settled_at < %(before)s
    order by settled_at
    limit %(limit)s
)

-- name: made_for
-- What was made for records when they were matched.
select record_id, target_id
from kernel.match_made
where object_id = %(object)s and target_object_id = %(target_object)s
    and record_id = any(%(records)s) and created

-- name: uncount_ignored
-- An ignored event is looked at again.
update kernel.source_tally set ignored = greatest(0, ignored - 1) where source = %(source)s
