-- name: last_link
-- The end of the chain.
select place, digest from kernel.change_digest order by place desc limit 1

-- name: add_links
-- New links of the chain after a place.
insert into kernel.change_digest (place, change_id, at, payload, digest)
select %(place)s + n.number, n.change_id, n.at, n.payload, n.digest
from unnest(
    %(changes)s::bigint[], %(ats)s::timestamptz[], %(payloads)s::bytea[], %(digests)s::bytea[]
) with ordinality as n (change_id, at, payload, digest, number)

-- name: links
-- A page of the chain: with each link whether its entry was erased, and whether it is still kept.
select
    d.place, d.change_id, d.at, d.payload, d.digest,
    exists (select from kernel.change_erasure x where x.change_id = d.change_id) as erased,
    d.at >= k.since as kept
from kernel.change_digest d
cross join (
    -- Entries are kept from the first month on that has a partition.
    select coalesce(min(substring(
        pg_get_expr(c.relpartbound, c.oid) from $$FROM \('([^']+)'\)$$
    )::timestamptz), '-infinity') as since
    from pg_inherits i
    join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'kernel.change'::regclass
) k
where d.place > %(place)s
order by d.place
limit %(limit)s

-- name: entries
-- The entries of links.
select
    e.generation, e.xid::text::bigint as xid, e.id, e.at, e.occurred_at, e.operation, e.actor,
    e.on_behalf_of, e.via, e.cause, e.root, e.depth, e.object_id, e.record_id, e.version, e.kind,
    e.before, e.after, e.owner_before, e.owner_after, e.department_before, e.department_after,
    e.trace, e.catalog_version
from unnest(%(changes)s::bigint[], %(ats)s::timestamptz[]) as d (change_id, at)
join kernel.change e on e.id = d.change_id and e.at = d.at

-- name: unchained
-- How many entries are not in the chain yet.
select count(*)
from kernel.change e
where not exists (select from kernel.change_digest d where d.change_id = e.id)

-- name: erase
-- Empty chained entries and note it, both or neither.
with erased as (
    insert into kernel.change_erasure (change_id, change_at, actor, reason)
    select d.change_id, d.at, %(actor)s, %(reason)s
    from kernel.change_digest d
    where d.change_id = any(%(changes)s)
    on conflict do nothing
    returning change_id, change_at
)
update kernel.change e
set before = null, after = null, trace = null
from erased x
where e.id = x.change_id and e.at = x.change_at
