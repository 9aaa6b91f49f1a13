-- name: lock
-- Whether nobody else is at work under this key.
select pg_try_advisory_xact_lock(hashtextextended(%(name)s, 20260331));

-- name: find
-- What was answered the first time.
select body_digest, status, headers, answer from kernel.idempotency
where scope = %(scope)s and route = %(route)s and key = %(key)s
    and at > now() - interval '24 hours';

-- name: keep
-- Keep an answer, in the transaction of what it tells.
insert into kernel.idempotency (scope, route, key, body_digest, status, headers, answer)
values (%(scope)s, %(route)s, %(key)s, %(digest)s, %(status)s, %(headers)s, %(answer)s)
on conflict (scope, route, key) do update set
    body_digest = excluded.body_digest,
    status = excluded.status,
    headers = excluded.headers,
    answer = excluded.answer,
    at = excluded.at;

-- name: forget
-- Drop what nobody can ask for any more.
delete from kernel.idempotency where at < now() - interval '24 hours';
