-- name: of_login
-- The credential of the active person with a login; the exact one first, then whatever its case.
select person.id as user, credential.password_hash, credential.local_only
from data.o_user as person
join kernel.credential on credential.user_id = person.id
where lower(person.f_login) = lower(%(login)s)
    and person.f_active
    and person.deleted_at is null
order by person.f_login = %(login)s desc, person.id
limit 1

-- name: of_user
-- The credential of an active person.
select person.id as user, credential.password_hash, credential.local_only
from data.o_user as person
join kernel.credential on credential.user_id = person.id
where person.id = %(user)s and person.f_active and person.deleted_at is null

-- name: user_of_login
-- The active person with exactly this login.
select id from data.o_user where f_login = %(login)s and f_active and deleted_at is null

-- name: known
-- What an attacker may know of an active person.
select f_name as name, f_login as login, f_email as email
from data.o_user
where id = %(user)s and f_active and deleted_at is null

-- name: set
-- Make this a person's password.
insert into kernel.credential (user_id, password_hash, local_only, changed_at)
values (%(user)s, %(password_hash)s, %(local_only)s, %(now)s)
on conflict (user_id) do update set
    password_hash = excluded.password_hash,
    local_only = excluded.local_only,
    changed_at = excluded.changed_at

-- name: renew
-- Put a hash of the same password in the place of an outdated one.
update kernel.credential set password_hash = %(password_hash)s
where user_id = %(user)s and password_hash = %(old_hash)s
