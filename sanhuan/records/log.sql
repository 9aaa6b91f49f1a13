-- name: gone_along
-- What was binned by the operation that last binned a record, the record itself apart.
select c.object_id, c.record_id
from kernel.change c
where c.operation = (
    select d.operation from kernel.change d
    where d.record_id = %(record)s and d.kind = 'delete'
    order by d.version desc limit 1
)
and c.kind = 'delete' and c.record_id <> %(record)s
order by c.id;

-- name: write_refusal
-- An attempt that ended in a refusal or a warning.
insert into kernel.refusal
    (actor, via, operation, object_id, record_id, kind, attempted, problems, trace, catalog_version)
values
    (%(actor)s, %(via)s, %(operation)s, %(object_id)s, %(record_id)s, %(kind)s, %(attempted)s,
     %(problems)s, %(trace)s, %(catalog_version)s);

-- name: timeline
-- A record's entries, the newest first.
select c.id, c.at, c.occurred_at, c.actor, c.on_behalf_of, c.via, c.kind, c.version, c.before,
       c.after, c.trace, c.operation, c.cause, c.owner_before, c.owner_after
from kernel.change c
where c.object_id = %(object_id)s and c.record_id = %(record_id)s
  and (%(after)s::bigint is null or (c.version, c.id) < (%(version)s::int, %(after)s::bigint))
order by c.version desc, c.id desc
limit %(limit)s;

-- name: departments_of_owners
-- The main departments of people.
select id, f_department from data.o_user where id = any(%(ids)s);

-- name: next_numbers
-- As many numbers of a sequence as new records need.
select nextval(%(sequence)s::regclass) from generate_series(1, %(count)s);

-- name: shares_of_records
-- With whom records are shared now, whatever their object.
select object_id, record_id, principal_id from kernel.share
where record_id = any(%(ids)s) and (until is null or until > now());
