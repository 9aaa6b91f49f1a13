-- name: touched
-- The records that an operation changed, itself or by what it set off, the last first.
select object_id, record_id, min(version) as first
from kernel.change
where (operation = %(operation)s or root = %(operation)s) and kind not in ('computed', 'purge')
group by object_id, record_id
order by max(id) desc

-- name: histories
-- What happened to records from a version on, in the order of their versions.
select c.record_id, c.version, c.kind, c.before, c.after,
    coalesce(c.operation in (%(operation)s, %(undo)s) or c.root = %(operation)s, false) as own,
    c.operation = %(undo)s as undone
from unnest(%(records)s::uuid[], %(firsts)s::integer[]) as t(record_id, first)
join kernel.change as c
    on c.object_id = %(object)s and c.record_id = t.record_id and c.version >= t.first
where c.kind <> 'computed'
order by c.record_id, c.version, c.id

-- name: maker
-- Who did an operation.
select coalesce(on_behalf_of, actor) from kernel.change where operation = %(operation)s limit 1
