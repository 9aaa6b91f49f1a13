-- Tables that are partitioned by time, and the making of their partitions ahead.

create table kernel.partitioned (
    parent text primary key,
    grain text not null check (grain in ('day', 'month')),
    ahead integer not null default 2 check (ahead >= 1),
    keep integer check (keep >= 1)
);
comment on table kernel.partitioned is
    'Tables whose partitions are made ahead: a migration adds a row for each';
comment on column kernel.partitioned.parent is 'schema.table, partitioned by range over an instant';
comment on column kernel.partitioned.ahead is 'how many grains ahead of today are there';
comment on column kernel.partitioned.keep is
    'how many whole grains before today are kept; null keeps all';
revoke insert, update, delete on kernel.partitioned from sanhuan_app;

-- The application may ask for partitions of registered tables, not make any itself.
create function kernel.make_partition(parent text, day date) returns boolean
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    known kernel.partitioned := (select p from kernel.partitioned as p where p.parent = $1);
    low timestamptz := date_trunc(known.grain, day::timestamp) at time zone 'UTC';
    high timestamptz := (date_trunc(known.grain, day::timestamp) + ('1 ' || known.grain)::interval)
        at time zone 'UTC';
    schema_name text := split_part(parent, '.', 1);
    name text := split_part(parent, '.', 2) || '_' || to_char(
        day, case known.grain when 'day' then 'YYYYMMDD' else 'YYYYMM' end
    );
    overflow regclass;
    key text;
begin
    if known is null then
        raise exception 'kernel.partitioned does not name %', parent;
    end if;
    -- One maker at a time; the lock ends with the transaction.
    perform pg_advisory_xact_lock(hashtextextended('sanhuan.partition ' || parent, 0));
    if to_regclass(format('%I.%I', schema_name, name)) is not null then
        return false;
    end if;
    -- Made apart and attached: the table can be read and written meanwhile.
    execute format(
        'create table %I.%I (like %s including defaults including constraints)',
        schema_name, name, parent::regclass
    );
    -- Rights are asked of the table that a statement names: nobody gets past the parent's.
    execute format('revoke all on %I.%I from sanhuan_app', schema_name, name);
    -- What was written before its partition was there moves in from the default one.
    overflow := (
        select inhrelid::regclass from pg_inherits
        where inhparent = parent::regclass and pg_get_expr(
            (select relpartbound from pg_class where oid = inhrelid), inhrelid
        ) = 'DEFAULT'
    );
    if overflow is not null then
        key := pg_get_partkeydef(parent::regclass);
        key := substring(key from '\((.*)\)');
        execute format('lock table %s in access exclusive mode', overflow);
        execute format(
            'with moved as (delete from %s where %s >= %L and %s < %L returning *)'
            ' insert into %I.%I select * from moved',
            overflow, key, low, key, high, schema_name, name
        );
    end if;
    execute format(
        'alter table %s attach partition %I.%I for values from (%L) to (%L)',
        parent::regclass, schema_name, name, low, high
    );
    return true;
end;
$$;
comment on function kernel.make_partition is
    'Makes the partition of a registered table for the grain (in UTC) that holds a day; '
    'false when it is there already';
revoke execute on function kernel.make_partition from public;
grant execute on function kernel.make_partition to sanhuan_app;

create function kernel.drop_partition(parent text, day date) returns boolean
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    known kernel.partitioned := (select p from kernel.partitioned as p where p.parent = $1);
    last_kept date := date_trunc(known.grain, now() at time zone 'UTC')
        - known.keep * ('1 ' || known.grain)::interval;
    schema_name text := split_part(parent, '.', 1);
    name text := split_part(parent, '.', 2) || '_' || to_char(
        day, case known.grain when 'day' then 'YYYYMMDD' else 'YYYYMM' end
    );
begin
    if known.keep is null or day >= last_kept
        or to_regclass(format('%I.%I', schema_name, name)) is null
    then
        return false;
    end if;
    execute format('drop table %I.%I', schema_name, name);
    return true;
end;
$$;
comment on function kernel.drop_partition is
    'Drops the partition for the grain that holds a day, when the table keeps nothing so old; '
    'false when it does or there is none';
revoke execute on function kernel.drop_partition from public;
grant execute on function kernel.drop_partition to sanhuan_app;
