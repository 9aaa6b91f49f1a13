-- What identity reads of the tables that are made when the package `system` is published.
create table data.o_user (
    id uuid primary key default uuidv7(), deleted_at timestamptz, f_name text, f_login text,
    f_email text, f_department uuid, f_manager uuid, f_language text, f_active boolean
);
create unique index on data.o_user (f_login) where deleted_at is null;
create table data.o_department (
    id uuid primary key default uuidv7(), deleted_at timestamptz, f_name text, f_parent uuid,
    f_manager uuid
);
create table data.o_post (
    id uuid primary key default uuidv7(), deleted_at timestamptz, f_user uuid, f_department uuid,
    f_main boolean
);
create table data.o_role (
    id uuid primary key default uuidv7(), deleted_at timestamptz, f_key text, f_name text
);
create table data.l_user_roles (record uuid, target uuid, primary key (record, target));
