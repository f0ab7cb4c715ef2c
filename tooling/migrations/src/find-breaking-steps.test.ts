import { expect, test } from 'vitest'
import { findBreakingSteps } from './find-breaking-steps.ts'

test.each([
  ['a table', 'DROP TABLE orders', 'drops a table'],
  ['a column', 'ALTER TABLE orders DROP COLUMN note', 'drops a column'],
  ['a function', 'DROP FUNCTION f(int)', 'drops a function'],
  ['a type', 'DROP TYPE t', 'drops a type'],
  ['a schema', 'DROP SCHEMA s CASCADE', 'drops a schema'],
  ['another name', 'ALTER TABLE orders RENAME TO purchases', 'renames a table'],
  ['another name of a column', 'ALTER TABLE orders RENAME COLUMN a TO b', 'renames a column'],
  ['another name of a value', "ALTER TYPE role RENAME VALUE 'a' TO 'b'", 'renames a value'],
  ['another schema', 'ALTER TABLE orders SET SCHEMA old', 'moves a table'],
  ['another type', 'ALTER TABLE orders ALTER COLUMN a TYPE bigint', 'changes the type of a column'],
  ['no rows', 'TRUNCATE orders', 'takes rows away'],
  [
    'no null',
    'ALTER TABLE orders ALTER COLUMN a SET NOT NULL',
    'the running version may leave out',
  ],
  [
    'a column to fill',
    'ALTER TABLE orders ADD COLUMN a int NOT NULL',
    'the running version cannot fill',
  ],
  [
    'what is hidden',
    "DO $$ BEGIN EXECUTE 'DROP TABLE ' || 'orders'; END $$",
    'nobody can read here',
  ],
  [
    'the second of two',
    'SELECT 1; ALTER TABLE a ADD COLUMN b int, DROP COLUMN c',
    'drops a column',
  ],
  ['a rewriting', 'ALTER TABLE orders ALTER COLUMN a TYPE bigint', 'writes a table anew'],
  [
    'a default of each row',
    'ALTER TABLE orders ADD COLUMN a uuid DEFAULT gen_random_uuid()',
    'writes a table anew',
  ],
  ['an index', 'CREATE INDEX i ON orders (a)', 'keeps writers waiting'],
  ['a unique column', 'ALTER TABLE orders ADD CONSTRAINT u UNIQUE (a)', 'keeps writers waiting'],
  ['a check', 'ALTER TABLE orders ADD CONSTRAINT c CHECK (a > 0)', 'reads a whole table'],
  [
    'a foreign key',
    'ALTER TABLE orders ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES b (a)',
    'reads a whole table',
  ],
  ['no default', 'ALTER TABLE orders ALTER COLUMN a DROP DEFAULT', 'may leave out'],
  [
    'null for a default',
    'ALTER TABLE orders ADD COLUMN a int NOT NULL DEFAULT NULL',
    'cannot fill',
  ],
  [
    'a check of what comes',
    'ALTER TABLE orders ADD CONSTRAINT c CHECK (a > 0) NOT VALID',
    'may write',
  ],
  ['a unique index', 'CREATE UNIQUE INDEX CONCURRENTLY i ON orders (a)', 'may write'],
  [
    'a unique index of before',
    'ALTER TABLE orders ADD CONSTRAINT u UNIQUE USING INDEX i',
    'may write',
  ],
  ['a constraint less', 'ALTER TABLE orders DROP CONSTRAINT c', 'ON CONFLICT'],
  ['a trigger less', 'DROP TRIGGER t ON orders', 'drops a trigger'],
  [
    'a trigger more',
    'CREATE TRIGGER t BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION f()',
    'does more',
  ],
  ['an extension less', 'DROP EXTENSION citext CASCADE', 'drops an extension'],
  ['a policy less', 'DROP POLICY p ON orders', 'drops a policy'],
  ['a policy more', 'CREATE POLICY p ON orders USING (true)', 'the policies of a table'],
  ['another policy', 'ALTER POLICY p ON orders USING (true)', 'the policies of a table'],
  ['a right more', 'GRANT DELETE ON orders TO rampart_app', 'gives a right in a table'],
  ['a right less', 'REVOKE EXECUTE ON FUNCTION f() FROM rampart_app', 'takes a right away'],
  [
    'no second lock',
    'ALTER TABLE orders DISABLE ROW LEVEL SECURITY',
    'does not know (AT_DisableRowSecurity)',
  ],
  ['a second lock for some', 'ALTER TABLE orders NO FORCE ROW LEVEL SECURITY', 'does not know'],
  ['fewer rows', 'DELETE FROM orders', 'takes rows away'],
  ['other rows', 'UPDATE orders SET a = 1', 'writes rows anew'],
  ['a part less', 'ALTER TABLE orders DETACH PARTITION p', 'does not know'],
  ['a domain', 'ALTER DOMAIN d ADD CHECK (VALUE > 0)', 'does not know'],
  ['a log-in less', 'ALTER ROLE rampart_app NOLOGIN', 'does not know'],
  ['what is owned', 'DROP OWNED BY rampart_app', 'does not know'],
  ['a lock', 'LOCK TABLE orders', 'does not know'],
  ['a table without a log', 'ALTER TABLE orders SET UNLOGGED', 'does not know'],
  ['a rewriting of all', 'CLUSTER orders USING i', 'does not know'],
  [
    'a unique column at once',
    'ALTER TABLE orders ADD COLUMN a int UNIQUE',
    'keeps writers waiting',
  ],
  ['a number for each', 'ALTER TABLE orders ADD COLUMN a bigserial', 'writes a table anew'],
  [
    'a reference with a value',
    'ALTER TABLE orders ADD COLUMN a int DEFAULT 1 REFERENCES b (a)',
    'reads a whole table',
  ],
  [
    'two calls in a default',
    'ALTER TABLE orders ADD COLUMN a text DEFAULT gen_random_uuid()::text || now()::text',
    'writes a table anew',
  ],
  [
    'a table that may have been there',
    'CREATE TABLE IF NOT EXISTS orders (a int); ALTER TABLE orders DROP COLUMN a',
    'drops a column',
  ],
  [
    'a table that is made later',
    'ALTER TABLE orders DROP COLUMN a; CREATE TABLE orders (a int)',
    'drops a column',
  ],
  [
    'what is put together',
    "DO $$ BEGIN EXECUTE 'DR' || 'OP TABLE orders'; END $$",
    'nobody can read here',
  ],
  [
    'an index that is not alone',
    'SELECT 1; CREATE INDEX CONCURRENTLY i ON orders (a)',
    'alone in its migration',
  ],
])('refuses %s in one step', async (_what, sql, problem) => {
  expect((await findBreakingSteps(sql)).join('\n')).toContain(problem)
})

test.each([
  [
    'a table with all of it',
    'CREATE TABLE a (b int NOT NULL); CREATE INDEX i ON a (b); ALTER TABLE a ADD CONSTRAINT c CHECK (b > 0), ALTER COLUMN b SET NOT NULL',
  ],
  ['a column that may be empty', 'ALTER TABLE orders ADD COLUMN a int'],
  [
    'a column with a value',
    'ALTER TABLE orders ADD COLUMN a int NOT NULL DEFAULT 1, ADD COLUMN b timestamptz NOT NULL DEFAULT now()',
  ],
  ['a value of a type', "ALTER TYPE role ADD VALUE 'c'"],
  ['an index beside its writers', 'CREATE INDEX CONCURRENTLY i ON orders (a)'],
  ['a check of what is there', 'ALTER TABLE orders VALIDATE CONSTRAINT c'],
  ['an index less', 'DROP INDEX i'],
  ['a null more', 'ALTER TABLE orders ALTER COLUMN a DROP NOT NULL'],
  [
    'a table with its guards',
    'CREATE TABLE a (b int); ALTER TABLE a ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE POLICY p ON a USING (true); GRANT SELECT ON a TO rampart_app; CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW EXECUTE FUNCTION f()',
  ],
  [
    'a right in a new column',
    'ALTER TABLE a ADD COLUMN b int; GRANT UPDATE (b) ON a TO rampart_app',
  ],
  ['a right in a function', 'GRANT EXECUTE ON FUNCTION f() TO rampart_app'],
  ['another default', 'ALTER TABLE orders ALTER COLUMN a SET DEFAULT 2'],
  ['a reference without a value', 'ALTER TABLE orders ADD COLUMN a int REFERENCES b (a)'],
  ['a function', 'CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$'],
])('lets pass %s', async (_what, sql) => {
  expect(await findBreakingSteps(sql)).toEqual([])
})

const drop = 'ALTER TABLE orders DROP COLUMN note'
test.each([
  ['with its reason', `-- contract: nobody reads it since 1.2.0\n${drop}`, 0],
  [
    'with more above it',
    `-- The old way.\n-- contract: nobody reads it since 1.2.0\n-- See 0012.\n${drop}`,
    0,
  ],
  [
    'after a letter of more bytes',
    `-- Ä\nSELECT 'ö';\n-- contract: nobody reads it since 1.2.0\n${drop}`,
    0,
  ],
  ['without a reason', `-- contract: ok\n${drop}`, 1],
  ['with the reason of another kind', `-- locks: it has few rows\n${drop}`, 1],
  [
    'with the reason of another statement',
    `-- contract: nobody reads it since 1.2.0\nSELECT 1;\n${drop}`,
    1,
  ],
  [
    'with the reason in a string',
    `SELECT '\n-- contract: nobody reads it since 1.2.0\n'; ${drop}`,
    1,
  ],
])('takes a step %s for what it is', async (_what, sql, count) => {
  expect(await findBreakingSteps(sql)).toHaveLength(count)
})

test('says where', async () => {
  expect(await findBreakingSteps(`SELECT 1;\n\n${drop};`)).toEqual([
    'line 3: drops a column: say with "-- contract: …" above it since when nobody uses it',
  ])
})

test('what is no SQL is refused', async () => {
  await expect(findBreakingSteps('DROP TABEL a')).rejects.toThrow('syntax error')
})
