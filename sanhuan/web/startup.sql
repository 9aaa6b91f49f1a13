-- name: user_of_login
-- The person with a login, in the bin or not.
select id from data.o_user where f_login = %(login)s;

-- name: gather_statistics
-- Let the planner know what was loaded.
analyze;
