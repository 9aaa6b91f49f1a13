-- name: held
-- Departments and roles of an active person as they stand in this transaction.
select
    array(
        select person.f_department where person.f_department is not null
        union
        select post.f_department
        from data.o_post as post
        where post.f_user = person.id and post.f_department is not null
            and post.deleted_at is null
    ) as departments,
    array(
        select role.id
        from data.l_user_roles as link
        join data.o_role as role on role.id = link.target
        where link.record = person.id and role.deleted_at is null
    ) as roles,
    coalesce(
        (select local_only from kernel.credential where user_id = person.id), false
    ) as local_only
from data.o_user as person
where person.id = %(user)s and person.f_active and person.deleted_at is null

-- name: replace
-- End a person's earlier invitation.
update kernel.invitation set ended_at = %(now)s
where user_id = %(user)s and used_at is null and ended_at is null

-- name: create
-- Keep a new invitation's digest.
insert into kernel.invitation (user_id, token_digest, created_by, created_at, ends_at)
values (%(user)s, %(digest)s, %(created_by)s, %(now)s, %(ends_at)s)

-- name: read
-- Whom an invitation that can still be used is for.
select person.id as user, person.f_name as name, person.f_login as login, person.f_email as email
from kernel.invitation
join data.o_user as person on person.id = invitation.user_id
where invitation.token_digest = %(digest)s
    and invitation.used_at is null
    and invitation.ended_at is null
    and invitation.ends_at > %(now)s
    and person.f_active
    and person.deleted_at is null

-- name: use
-- Use up an invitation.
update kernel.invitation set used_at = %(now)s
where token_digest = %(digest)s
    and used_at is null
    and ended_at is null
    and ends_at > %(now)s
returning user_id
