-- name: bump
-- Raise one of the two counters.
update kernel.version set value = value + 1 where name = %(name)s returning value

-- name: versions
-- Both counters: of the catalog, of the policies.
select
    (select value from kernel.version where name = 'catalog'),
    (select value from kernel.version where name = 'policies')

-- name: clear_policies
-- Take all policies from a role.
delete from kernel.policy where role_id = %(role)s

-- name: clear_rights
-- Take all rights from a role.
delete from kernel.role_right where role_id = %(role)s

-- name: add_policy
-- Give a role one policy.
insert into kernel.policy
    (role_id, object_id, position, acts, rows, condition, fields, other_fields)
values (
    %(role)s, %(object_id)s, %(position)s, %(acts)s::text[], %(rows)s, %(condition)s, %(fields)s,
    %(other_fields)s
)

-- name: add_rights
-- Give a role rights that are not about one object.
insert into kernel.role_right (role_id, right_name)
select %(role)s, unnest(%(rights)s::text[])

-- name: policies_of_role
-- A role's policies, in their order.
select object_id, acts, rows, condition, fields, other_fields
from kernel.policy
where role_id = %(role)s
order by position
