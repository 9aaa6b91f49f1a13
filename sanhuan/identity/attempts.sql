-- name: count
-- Count an attempt for its address and, within the address's limit, for its login.
with by_address as (
    insert into kernel.sign_in_attempt as kept (kind, digest, began_at, attempts)
    values ('address', %(address)s, %(now)s, 1)
    on conflict (kind, digest) do update set
        attempts = case
            when kept.began_at > %(now)s - %(window)s then kept.attempts + 1 else 1
        end,
        began_at = case
            when kept.began_at > %(now)s - %(window)s then kept.began_at else %(now)s
        end
    returning kind, attempts, began_at
),
by_login as (
    insert into kernel.sign_in_attempt as kept (kind, digest, began_at, attempts)
    select 'login', %(login)s, %(now)s, 1
    from by_address
    where by_address.attempts <= %(per_address)s
    on conflict (kind, digest) do update set
        attempts = case
            when kept.began_at > %(now)s - %(window)s then kept.attempts + 1 else 1
        end,
        began_at = case
            when kept.began_at > %(now)s - %(window)s then kept.began_at else %(now)s
        end
    returning kind, attempts, began_at
)
select kind, attempts, began_at from by_address
union all
select kind, attempts, began_at from by_login

-- name: succeed
-- After a sign-in: one attempt fewer of the address, none of the login.
-- Locks the address before the login, as counting does; the condition makes sure of the order.
with taken_back as (
    update kernel.sign_in_attempt set attempts = greatest(attempts - 1, 0)
    where kind = 'address' and digest = %(address)s
    returning 1
)
delete from kernel.sign_in_attempt
where kind = 'login' and digest = %(login)s and (select count(*) from taken_back) >= 0
