-- name: read_definitions
-- The catalog's version with every definition of every layer; one row of nulls when there is none.
select v.value, d.kind, d.id, d.layer, d.app, d.body
from kernel.version v
left join kernel.definition d on true
where v.name = 'catalog'
order by d.kind, d.id, d.layer;

-- name: lock_publishing
-- One publication at a time.
select pg_advisory_xact_lock(hashtext('sanhuan.publish'));

-- name: write_definition
-- A definition of one layer, replaced.
insert into kernel.definition (kind, id, layer, app, body)
values (%(kind)s, %(id)s, %(layer)s, %(app)s, %(body)s)
on conflict (kind, id, layer)
do update set app = excluded.app, body = excluded.body, changed_at = now();

-- name: remove_definition
-- A definition of one layer, gone.
delete from kernel.definition where kind = %(kind)s and id = %(id)s and layer = %(layer)s;

-- name: write_package
-- A package as installed.
insert into kernel.package (app, version, digest) values (%(app)s, %(version)s, %(digest)s)
on conflict (app) do update
set version = excluded.version, digest = excluded.digest, installed_at = now();

-- name: installed_packages
-- The packages installed, with the digests of their files.
select app, version, digest from kernel.package order by app;

-- name: bump_catalog
-- The catalog's next version.
update kernel.version set value = value + 1 where name = 'catalog' returning value;

-- name: write_publication
-- What a publication changed.
insert into kernel.publication (actor, catalog_version, steps, before)
values (%(actor)s, %(version)s, %(steps)s, %(before)s) returning id;

-- name: find_publication
-- What a publication changed, so that it can be undone.
select before from kernel.publication where id = %(id)s;
