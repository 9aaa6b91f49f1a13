-- name: share
-- Open a record to a principal, if there is such a principal.
insert into kernel.share
    (object_id, record_id, principal_id, level, until, created_by, created_at)
select
    %(object_id)s, %(record_id)s, principal.id, %(level)s, %(until)s, %(created_by)s, %(now)s
from (
    select id from data.o_user where id = %(principal)s and deleted_at is null
    union all
    select id from data.o_department where id = %(principal)s and deleted_at is null
    union all
    select id from data.o_role where id = %(principal)s and deleted_at is null
) as principal
on conflict (object_id, principal_id, record_id) do update set
    level = excluded.level,
    until = excluded.until,
    created_by = excluded.created_by,
    created_at = excluded.created_at

-- name: unshare
-- Close a record to a principal.
delete from kernel.share
where object_id = %(object_id)s and record_id = %(record_id)s and principal_id = %(principal)s

-- name: of_record
-- The shares of a record that hold.
select
    principal.id as principal,
    principal.kind,
    principal.name,
    share.level,
    share.until,
    share.created_by,
    share.created_at
from kernel.share
join (
    select id, 'user' as kind, f_name as name from data.o_user where deleted_at is null
    union all
    select id, 'department', f_name from data.o_department where deleted_at is null
    union all
    select id, 'role', f_name from data.o_role where deleted_at is null
) as principal on principal.id = share.principal_id
where share.object_id = %(object_id)s
    and share.record_id = %(record_id)s
    and (share.until is null or share.until > %(now)s)
order by share.created_at, share.principal_id
