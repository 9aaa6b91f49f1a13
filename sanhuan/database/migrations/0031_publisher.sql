-- What the publisher of definitions may do outside the tables that it makes: tell every process of
-- the new version, and write the policies of the roles that packages bring.
grant select, update on kernel.version to sanhuan_ddl;
grant select, insert, update, delete on kernel.policy, kernel.role_right to sanhuan_ddl;
