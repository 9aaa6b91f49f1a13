-- Definitions: what objects, views, pages, rules, roles and the rest are. DESIGN.md section 2.

create table kernel.definition (
    kind text not null,
    id text not null,
    layer text not null check (layer in ('vendor', 'app', 'local')),
    app text not null,
    body jsonb not null,
    changed_at timestamptz not null default now(),
    primary key (kind, id, layer)
);
comment on table kernel.definition is
    'One row per definition and layer. The effective one is vendor, then app, then local, merged.';

create table kernel.package (
    app text primary key,
    version text not null,
    digest bytea not null,
    installed_at timestamptz not null default now()
);
comment on table kernel.package is
    'Packages installed; the digest of their files tells whether a start has to publish again.';

create table kernel.publication (
    id bigint generated always as identity primary key,
    at timestamptz not null default now(),
    actor uuid,
    catalog_version bigint not null,
    steps jsonb not null,
    -- what the changed definitions were before, so that a publication can be undone
    before jsonb not null
);
comment on table kernel.publication is 'What each publication changed in definitions and tables.';

revoke insert, update, delete
    on kernel.definition, kernel.package, kernel.publication from sanhuan_app;
grant usage on schema kernel to sanhuan_ddl;
grant select, insert, update, delete
    on kernel.definition, kernel.package, kernel.publication to sanhuan_ddl;
grant usage on all sequences in schema kernel to sanhuan_ddl;
