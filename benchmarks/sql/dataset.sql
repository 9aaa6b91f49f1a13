-- name: departments
-- Departments to own the data.
insert into data.o_department (id, version, created_at, created_by, updated_at, updated_by, f_name)
select uuidv7(), 1, now(), %(system)s, now(), %(system)s, '部门 ' || i
from generate_series(1, %(departments)s) i;

-- name: people
-- People, spread over the departments.
insert into data.o_user
    (id, version, created_at, created_by, updated_at, updated_by, f_name, f_login, f_active,
     f_department)
select uuidv7(), 1, now(), %(system)s, now(), %(system)s, '人 ' || i, 'bench-' || i, true, d.id
from generate_series(1, %(people)s) i
join (select id, row_number() over (order by id) n from data.o_department) d
    on d.n = i %% %(departments)s + 1;

-- name: numbered_people
-- People by number, for joining.
create table kernel.bench_person as
select id, f_department as department, row_number() over (order by id) as n
from data.o_user where f_login like 'bench-%%';

-- name: accounts
-- Accounts with names of Chinese characters.
insert into data.o_account
    (id, version, created_at, created_by, updated_at, updated_by, owner_id, department_id, f_name)
select uuidv7(), 1, now(), p.id, now(), p.id, p.id, p.department,
    (select string_agg(chr(19968 + (abs(hashint4(i * 7 + k)) %% 3000)), '')
     from generate_series(1, 4) k) || '公司'
from generate_series(1, %(accounts)s) i
join kernel.bench_person p on p.n = i %% %(people)s + 1;

-- name: numbered_accounts
-- Accounts by number, for joining.
create table kernel.bench_account as
select id, owner_id, department_id, row_number() over (order by id) as n from data.o_account;

-- name: opportunities
-- Opportunities of random owners, stages and amounts.
insert into data.o_opportunity
    (id, version, created_at, created_by, updated_at, updated_by, owner_id, department_id, f_name,
     f_account, f_stage, f_amount, pinyin, search)
select uuidv7(), 1, now(), p.id, now(), p.id, p.id, p.department, t.name, a.id,
    (array['confirm', 'proposal', 'quote', 'negotiation'])[1 + i %% 4],
    abs(hashint4(i)::bigint) %% 1000000, t.pinyin, cast(t.search as tsvector)
from generate_series(%(first)s::int, %(last)s::int) i
join kernel.bench_person p on p.n = abs(hashint4(i + 7)::bigint) %% %(people)s + 1
join kernel.bench_account a on a.n = i %% %(accounts)s + 1
join kernel.bench_name t on t.n = abs(hashint4(i + 3)::bigint) %% %(names)s + 1;

-- name: shares
-- Records shared with one person.
insert into kernel.share (object_id, record_id, principal_id, level, created_by, created_at)
select 'opportunity', id, %(person)s, 'read', %(person)s, now()
from data.o_opportunity tablesample bernoulli (1) limit 100
on conflict do nothing;

-- name: tidy
-- Statistics and visibility, as a running system has them.
vacuum (analyze) data.o_opportunity;

-- name: tidy_accounts
-- The same for accounts.
vacuum (analyze) data.o_account;
