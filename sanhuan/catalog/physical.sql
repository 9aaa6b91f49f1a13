-- name: columns_present
-- Every table of the business schema with its columns and their types.
select t.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull
from pg_class t
left join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
where t.relnamespace = 'data'::regnamespace and t.relkind = 'r'
order by t.relname, a.attnum;

-- name: indexes_present
-- Every index of the business schema, with its table.
select i.relname, t.relname
from pg_index x
join pg_class i on i.oid = x.indexrelid
join pg_class t on t.oid = x.indrelid
where t.relnamespace = 'data'::regnamespace and not x.indisprimary and x.indisvalid;

-- name: foreign_keys_present
-- Every foreign key of the business schema, with its table.
select c.conname, t.relname
from pg_constraint c
join pg_class t on t.oid = c.conrelid
where c.connamespace = 'data'::regnamespace and c.contype = 'f';

-- name: sequences_present
-- Every sequence of the business schema.
select relname from pg_class where relnamespace = 'data'::regnamespace and relkind = 'S';
