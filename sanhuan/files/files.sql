-- name: store
-- Note a content of the data folder.
insert into kernel.stored_file (sha256, size) values (%(sha256)s, %(size)s)
on conflict (sha256) do nothing;

-- name: not_stored
-- Those of some digests that are noted nowhere.
select given.sha256 from unnest(%(digests)s::text[]) as given (sha256)
where not exists (select from kernel.stored_file as kept where kept.sha256 = given.sha256);

-- name: add_places
-- Note that records name files: what they uploaded themselves, or what a record named before.
insert into kernel.file_place (file_id, object_id, record_id, field_id)
select given.file_id, %(object)s, %(record)s, %(field)s
from unnest(%(files)s::uuid[]) as given (file_id)
where exists (
        select from data.o_file as file
        where file.id = given.file_id and file.created_by = %(actor)s
    )
    or exists (select from kernel.file_place as place where place.file_id = given.file_id)
on conflict do nothing;

-- name: places
-- The records that name a file, the latest first.
select object_id, record_id, field_id from kernel.file_place
where file_id = %(file)s
order by record_id desc
limit 100;
