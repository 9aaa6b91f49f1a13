-- name: ask
-- A publication asked for.
insert into kernel.publication_request (id, asked_by, changes, undo)
values (%(id)s, %(asked_by)s, %(changes)s, %(undo)s);

-- name: find
-- What became of a publication.
select id, asked_at, asked_by, undo, state, publication, steps, complaint, ended_at
from kernel.publication_request where id = %(id)s;

-- name: latest
-- The publications last asked for.
select id, asked_at, asked_by, undo, state, publication, steps, complaint, ended_at
from kernel.publication_request order by asked_at desc limit %(limit)s;

-- name: take
-- What a waiting publication is to change.
select asked_by, changes, undo from kernel.publication_request
where id = %(id)s and state = 'waiting' for update;

-- name: done
-- A publication carried out.
update kernel.publication_request
set state = 'done', publication = %(publication)s, steps = %(steps)s, ended_at = clock_timestamp()
where id = %(id)s;

-- name: refused
-- A publication that could not be carried out.
update kernel.publication_request
set state = 'refused', complaint = %(complaint)s, ended_at = clock_timestamp()
where id = %(id)s;
