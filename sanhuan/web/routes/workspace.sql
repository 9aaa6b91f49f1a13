-- name: demo_people
-- The people of the sample data, who sign in from this machine only.
select person.f_login, person.f_name, person.f_title
from kernel.credential
join data.o_user as person on person.id = credential.user_id
where credential.local_only and person.f_active and person.deleted_at is null
order by person.id;
