-- Who asks, and what he may do. People, departments, posts and roles themselves are records of the
-- package `system` (schema data); here is what must not be a record: secrets, sessions, policies.
-- Only digests of tokens are kept. DESIGN.md section 2, "Identity and permission".

create table kernel.version (
    name text primary key check (name in ('catalog', 'policies')),
    value bigint not null check (value > 0)
) with (fillfactor = 50);
comment on table kernel.version is
    'Counters that every request reads: a process whose copy is older loads it anew.';
insert into kernel.version (name, value) values ('catalog', 1), ('policies', 1);
-- The counters are raised, never made or removed.
revoke insert, delete on kernel.version from sanhuan_app;

create table kernel.policy (
    role_id uuid not null,
    object_id text not null check (object_id <> ''),
    position integer not null check (position >= 0),
    acts text[] not null check (
        acts <@ array['see', 'create', 'edit', 'delete', 'assign', 'import', 'export']
    ),
    rows text not null check (
        rows in ('own', 'reports', 'department', 'department_below', 'shared', 'all', 'condition')
    ),
    condition jsonb check (jsonb_typeof(condition) = 'object'),
    fields jsonb not null default '{}' check (jsonb_typeof(fields) = 'object'),
    other_fields text not null default 'write' check (
        other_fields in ('hidden', 'masked', 'read', 'write')
    ),
    primary key (role_id, object_id, position),
    check ((rows = 'condition') = (condition is not null))
);
comment on table kernel.policy is
    'What a role lets its holders do with the rows of an object. Policies only add up.';
comment on column kernel.policy.object_id is 'An object''s id; * is every object.';
comment on column kernel.policy.rows is
    'own; reports: own and those of one''s reports at any depth; department: of one''s posts; '
    'department_below: those and what is below them; shared; all; condition: what meets it.';
comment on column kernel.policy.condition is 'A filter as the API writes it.';
comment on column kernel.policy.fields is 'Right by field id: hidden, masked, read, write.';

create table kernel.role_right (
    role_id uuid not null,
    right_name text not null check (
        right_name in (
            'administer', 'manage_people', 'manage_roles', 'read_log', 'manage_sources',
            'see_metrics', 'build'
        )
    ),
    primary key (role_id, right_name)
);
comment on table kernel.role_right is 'What a role allows that is not about one object.';

create table kernel.credential (
    user_id uuid primary key,
    password_hash text not null,
    local_only boolean not null default false,
    changed_at timestamptz not null
);
comment on table kernel.credential is 'Passwords, as Argon2id hashes. No row: can''t sign in.';
comment on column kernel.credential.local_only is
    'Signs in only from the machine itself: people of the sample data.';

create table kernel.session (
    id uuid primary key default uuidv7(),
    user_id uuid not null,
    token_digest bytea not null unique check (octet_length(token_digest) = 32),
    created_at timestamptz not null,
    seen_at timestamptz not null,
    ends_at timestamptz not null,
    ended_at timestamptz,
    address text,
    agent text,
    check (created_at < ends_at)
) with (fillfactor = 80);
comment on table kernel.session is 'Sign-ins. A row is looked up on each request.';
comment on column kernel.session.token_digest is 'SHA-256 of the token, which is not kept.';
comment on column kernel.session.seen_at is 'Last use, to five minutes.';
comment on column kernel.session.ends_at is 'The latest end, whatever the use.';
create index session_of_user on kernel.session (user_id) where ended_at is null;

create table kernel.api_token (
    id uuid primary key default uuidv7(),
    user_id uuid not null,
    name text not null check (length(name) between 1 and 200),
    token_digest bytea not null unique check (octet_length(token_digest) = 32),
    scopes text[] not null check (cardinality(scopes) > 0),
    created_at timestamptz not null,
    seen_at timestamptz,
    ends_at timestamptz check (ends_at > created_at),
    ended_at timestamptz
) with (fillfactor = 80);
comment on table kernel.api_token is 'Tokens for programs, which act as the person who made them.';
comment on column kernel.api_token.scopes is
    'What of the person''s rights the token has: *, <object id>:<act>, *:<act>, <object id>:*, '
    'or the name of a right.';
create index api_token_of_user on kernel.api_token (user_id) where ended_at is null;

create table kernel.sign_in_attempt (
    kind text not null check (kind in ('login', 'address')),
    digest bytea not null check (octet_length(digest) = 32),
    began_at timestamptz not null,
    attempts integer not null check (attempts >= 0),
    primary key (kind, digest)
) with (fillfactor = 50);
comment on table kernel.sign_in_attempt is
    'Attempts to sign in since began_at, per login and per address. Kept as digests: people type '
    'passwords where a login belongs.';

create table kernel.invitation (
    id uuid primary key default uuidv7(),
    user_id uuid not null,
    token_digest bytea not null unique check (octet_length(token_digest) = 32),
    created_by uuid not null,
    created_at timestamptz not null,
    ends_at timestamptz not null check (ends_at > created_at),
    used_at timestamptz,
    ended_at timestamptz
);
comment on table kernel.invitation is 'Links by which a person sets a password, once.';
comment on column kernel.invitation.ended_at is 'When a later link took its place.';
create unique index invitation_open on kernel.invitation (user_id)
    where used_at is null and ended_at is null;

create table kernel.share (
    object_id text not null,
    record_id uuid not null,
    principal_id uuid not null,
    level text not null check (level in ('read', 'edit')),
    until timestamptz,
    created_by uuid not null,
    created_at timestamptz not null,
    -- Answers which records of an object are open to some principals without reading the table.
    primary key (object_id, principal_id, record_id) include (until, level)
);
comment on table kernel.share is
    'Single records opened to a user, a department with those below, or a role.';
comment on column kernel.share.until is 'When it ends; null is never.';
create index share_of_record on kernel.share (record_id);
