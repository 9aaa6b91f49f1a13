-- name: snapshot
-- Everything about who may do what, as of one moment: one statement sees one state.
select
    (select value from kernel.version where name = 'policies'),
    (
        select coalesce(json_agg(json_build_array(id, f_name, f_parent, f_manager)), '[]')
        from data.o_department
        where deleted_at is null
    )::text,
    (
        select coalesce(
            json_agg(
                json_build_array(
                    id, f_name, f_login, f_email, f_department, f_manager, f_language,
                    coalesce(f_active, false)
                )
            ),
            '[]'
        )
        from data.o_user
        where deleted_at is null
    )::text,
    (
        select coalesce(
            json_agg(json_build_array(f_user, f_department, coalesce(f_main, false)) order by id),
            '[]'
        )
        from data.o_post
        where deleted_at is null and f_user is not null and f_department is not null
    )::text,
    (select coalesce(json_agg(json_build_array(record, target)), '[]') from data.l_user_roles)::text,
    (
        select coalesce(json_agg(json_build_array(id, f_key) order by id), '[]')
        from data.o_role
        where deleted_at is null
    )::text,
    (
        select coalesce(
            json_agg(
                json_build_array(
                    role_id, object_id, acts, rows, condition, fields, other_fields
                )
                order by role_id, position
            ),
            '[]'
        )
        from kernel.policy
    )::text,
    (
        select coalesce(json_agg(json_build_array(role_id, right_name)), '[]')
        from kernel.role_right
    )::text
