import type { Names } from '../names.ts'

/** Whose rows they are, for the migration: docs/adding-a-router.md, step 2. */
export const printGuard = ({ table }: Names): string => `
ALTER TABLE "${table}" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON "${table}" TO rampart_app;
GRANT USAGE ON SEQUENCE "${table}_id_seq" TO rampart_app;
CREATE POLICY tenant ON "${table}" TO rampart_app
  USING ("organization_id" = (SELECT app.organization_id()))
  WITH CHECK ("organization_id" = (SELECT app.organization_id()));
CREATE POLICY owner_migrates ON "${table}" TO rampart_owner USING (true) WITH CHECK (true);
`
