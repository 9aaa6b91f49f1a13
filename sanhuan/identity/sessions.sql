-- name: look_up_session
-- The session of a token's digest with its person and both versions; no row when it has ended.
select
    session.id,
    person.id as user,
    person.f_name as name,
    person.f_login as login,
    person.f_language as language,
    person.f_department as department,
    null::text[] as scopes,
    session.seen_at,
    session.ends_at,
    (select value from kernel.version where name = 'catalog') as catalog,
    (select value from kernel.version where name = 'policies') as policies
from kernel.session
join data.o_user as person on person.id = session.user_id
where session.token_digest = %(digest)s
    and session.ended_at is null
    and session.ends_at > %(now)s
    and session.seen_at > %(alive_since)s
    and person.f_active
    and person.deleted_at is null

-- name: look_up_api_token
-- The API token of a digest with its person and both versions; no row when it has ended.
select
    api_token.id,
    person.id as user,
    person.f_name as name,
    person.f_login as login,
    person.f_language as language,
    person.f_department as department,
    api_token.scopes,
    api_token.seen_at,
    api_token.ends_at,
    (select value from kernel.version where name = 'catalog') as catalog,
    (select value from kernel.version where name = 'policies') as policies
from kernel.api_token
join data.o_user as person on person.id = api_token.user_id
where api_token.token_digest = %(digest)s
    and api_token.ended_at is null
    and (api_token.ends_at is null or api_token.ends_at > %(now)s)
    and person.f_active
    and person.deleted_at is null

-- name: touch
-- Note the use of sessions and API tokens whose last noted use is old enough.
with touched_sessions as (
    update kernel.session set seen_at = %(now)s
    where id = any(%(ids)s::uuid[]) and seen_at <= %(before)s and ended_at is null
)
update kernel.api_token set seen_at = %(now)s
where id = any(%(ids)s::uuid[])
    and (seen_at is null or seen_at <= %(before)s)
    and ended_at is null

-- name: open_session
-- Begin a session for an active person whose password is still the one that was verified.
insert into kernel.session
    (user_id, token_digest, created_at, seen_at, ends_at, address, agent)
select
    credential.user_id, %(digest)s, %(now)s, %(now)s, %(ends_at)s, %(address)s, %(agent)s
from kernel.credential
join data.o_user as person on person.id = credential.user_id
where credential.user_id = %(user)s
    and credential.password_hash = %(password_hash)s
    and person.f_active
    and person.deleted_at is null
for share of credential
returning id

-- name: still_open
-- Those of some sessions and API tokens that have not ended, of people who are still active.
select signed_in.id
from (
    select id, user_id from kernel.session
    where id = any(%(ids)s::uuid[])
        and ended_at is null and ends_at > %(now)s and seen_at > %(alive_since)s
    union all
    select id, user_id from kernel.api_token
    where id = any(%(ids)s::uuid[])
        and ended_at is null and (ends_at is null or ends_at > %(now)s)
) as signed_in
join data.o_user as person on person.id = signed_in.user_id
where person.f_active and person.deleted_at is null

-- name: end_session
-- End one session.
update kernel.session set ended_at = %(now)s where id = %(id)s and ended_at is null

-- name: end_session_of
-- End one session if it is the person's own.
update kernel.session set ended_at = %(now)s
where id = %(id)s and user_id = %(user)s and ended_at is null

-- name: end_sessions_of
-- End all sessions of a person, apart from one.
update kernel.session set ended_at = %(now)s
where user_id = %(user)s and ended_at is null and id is distinct from %(but)s

-- name: sessions_of
-- A person's open sessions, the last used first.
select id, created_at, seen_at, ends_at, address, agent
from kernel.session
where user_id = %(user)s
    and ended_at is null
    and ends_at > %(now)s
    and seen_at > %(alive_since)s
order by seen_at desc, id desc
