-- name: create
-- Keep a new API token's digest.
insert into kernel.api_token (user_id, name, token_digest, scopes, created_at, ends_at)
values (%(user)s, %(name)s, %(digest)s, %(scopes)s, %(now)s, %(ends_at)s)
returning id

-- name: of_user
-- A person's API tokens that have not ended.
select id, name, scopes, created_at, seen_at, ends_at
from kernel.api_token
where user_id = %(user)s and ended_at is null and (ends_at is null or ends_at > %(now)s)
order by id desc

-- name: revoke
-- End one API token of a person.
update kernel.api_token set ended_at = %(now)s
where id = %(id)s and user_id = %(user)s and ended_at is null

-- name: revoke_all
-- End all API tokens of a person.
update kernel.api_token set ended_at = %(now)s
where user_id = %(user)s and ended_at is null
