-- name: take_turn
-- One at a time gives records of a policy to people, so that loads are counted right.
select pg_advisory_xact_lock(hashtextextended('sanhuan.dispatch ' || %(policy)s, 0))

-- name: last_chosen
-- When each of these people was chosen last.
select chosen, max(at)
from kernel.dispatch_decision
where policy = %(policy)s and chosen = any(%(people)s)
group by chosen

-- name: note
-- Keep what was decided.
insert into kernel.dispatch_decision
    (at, policy, object_id, record_id, operation, actor, kind, candidates, excluded, owner_before,
     chosen, reason)
select %(at)s, %(policy)s, %(object)s, d.record_id, %(operation)s, %(actor)s, %(kind)s,
    d.candidates, %(excluded)s::uuid[], d.owner_before, d.chosen, d.reason
from unnest(
    %(records)s::uuid[], %(candidates)s::jsonb[], %(owners)s::uuid[], %(chosen)s::uuid[],
    %(reasons)s::jsonb[]
) as d(record_id, candidates, owner_before, chosen, reason)
