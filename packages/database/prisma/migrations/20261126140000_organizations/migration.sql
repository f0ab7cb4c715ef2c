-- CreateEnum
CREATE TYPE "Plan" AS ENUM ('standard', 'business');

-- AlterTable
ALTER TABLE "organizations" ADD COLUMN     "deleted_at" TIMESTAMPTZ(3),
ADD COLUMN     "plan" "Plan" NOT NULL DEFAULT 'standard';

-- CreateTable
CREATE TABLE "invitations" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "organization_id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "email" VARCHAR(254) NOT NULL,
    "role" "OrganizationRole" NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "invitations_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "invitation_hashes" (
    "invitation_id" UUID NOT NULL,
    "hash" VARCHAR(64) NOT NULL,

    CONSTRAINT "invitation_hashes_pkey" PRIMARY KEY ("invitation_id")
);

-- CreateIndex
CREATE INDEX "invitations_email_idx" ON "invitations"("email");

-- CreateIndex
CREATE UNIQUE INDEX "invitations_organization_id_email_key" ON "invitations"("organization_id", "email");

-- CreateIndex
CREATE UNIQUE INDEX "invitation_hashes_hash_key" ON "invitation_hashes"("hash");

-- AddForeignKey
ALTER TABLE "invitations" ADD CONSTRAINT "invitations_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organizations"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "invitations" ADD CONSTRAINT "invitations_organization_id_user_id_fkey" FOREIGN KEY ("organization_id", "user_id") REFERENCES "memberships"("organization_id", "user_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "invitation_hashes" ADD CONSTRAINT "invitation_hashes_invitation_id_fkey" FOREIGN KEY ("invitation_id") REFERENCES "invitations"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Bounds that hold whatever the code above does.
ALTER TABLE "invitations" ADD CONSTRAINT "invitations_email_check" CHECK ("email" = lower("email"));
ALTER TABLE "invitations" ADD CONSTRAINT "invitations_age_check"
  CHECK ("expires_at" <= "created_at" + interval '169 hours');

-- Who may touch what
ALTER TABLE "invitations"       ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE "invitation_hashes" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_migrates ON "invitations"       TO rampart_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_migrates ON "invitation_hashes" TO rampart_owner USING (true) WITH CHECK (true);

-- The serving role sees a tenant's invitations without what their links hold, and can only take them away.
GRANT SELECT, DELETE ON "invitations" TO rampart_app;
CREATE POLICY tenant ON "invitations" TO rampart_app
  USING ("organization_id" = (SELECT app.organization_id()))
  WITH CHECK ("organization_id" = (SELECT app.organization_id()));

-- A deleted organization is there for nobody who serves. What was booked is not the tenant's to write.
GRANT UPDATE ("name") ON "organizations" TO rampart_app;
ALTER POLICY tenant ON "organizations"
  USING ("deleted_at" IS NULL AND EXISTS (
    SELECT FROM "memberships" m
    WHERE m."organization_id" = "organizations"."id" AND m."user_id" = (SELECT app.user_id())
      AND m."removed_at" IS NULL));
ALTER POLICY tenant_changes ON "organizations"
  USING ("deleted_at" IS NULL AND "id" = (SELECT app.organization_id()))
  WITH CHECK ("deleted_at" IS NULL AND "id" = (SELECT app.organization_id()));

-- What the worker may ever take away of them: the rows of those that were deleted 30 days ago.
GRANT SELECT ("id", "deleted_at"), DELETE ON "organizations" TO rampart_worker;
CREATE POLICY worker_retains ON "organizations" TO rampart_worker
  USING ("deleted_at" < now() - interval '30 days');
GRANT SELECT ("id", "expires_at"), DELETE ON "invitations" TO rampart_worker;
CREATE POLICY worker_retains ON "invitations" TO rampart_worker USING ("expires_at" < now());

GRANT UPDATE ("deleted_at", "updated_at") ON "organizations" TO rampart_identity;
GRANT SELECT, INSERT, UPDATE, DELETE ON "invitations" TO rampart_identity;
GRANT SELECT, INSERT, DELETE ON "invitation_hashes" TO rampart_identity;
CREATE POLICY identity_keeps ON "invitations"       TO rampart_identity USING (true) WITH CHECK (true);
CREATE POLICY identity_keeps ON "invitation_hashes" TO rampart_identity USING (true) WITH CHECK (true);

-- Who somebody is, by any credential, is read without the organizations that were deleted.
CREATE OR REPLACE FUNCTION identity.memberships_of(of_user uuid) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(jsonb_agg(jsonb_build_object(
           'organizationId', m.organization_id, 'role', m.role, 'plan', o.plan,
           'requiresSecondFactor', o.require_second_factor)
           ORDER BY m.created_at, m.organization_id), '[]')
    FROM public.memberships m JOIN public.organizations o ON o.id = m.organization_id
   WHERE m.user_id = of_user AND m.removed_at IS NULL AND o.deleted_at IS NULL
$$;

-- A key is its owner in one organization, as both are now. Older than `max_age_days` it is nobody's.
CREATE OR REPLACE FUNCTION identity.find_api_key(key_hash text, at timestamptz, max_age_days integer)
RETURNS TABLE (
  user_id uuid, email varchar, name varchar, platform_role text, email_verified boolean,
  key_id uuid, permissions text[], second_factor boolean, expires_at timestamptz, memberships jsonb)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  used timestamptz;
BEGIN
  SELECT u.id, u.email, u.name, u.platform_role::text, u.email_verified_at IS NOT NULL,
         k.id, k.permissions,
         EXISTS (SELECT FROM public.totp_secrets t WHERE t.user_id = u.id AND t.confirmed_at IS NOT NULL)
           OR EXISTS (SELECT FROM public.passkeys p WHERE p.user_id = u.id),
         least(k.expires_at, k.created_at + make_interval(hours => 24 * max_age_days)),
         jsonb_build_array(jsonb_build_object('organizationId', m.organization_id, 'role', m.role, 'plan', o.plan,
           'requiresSecondFactor', o.require_second_factor)), k.last_used_at
    INTO user_id, email, name, platform_role, email_verified,
         key_id, permissions, second_factor, expires_at, memberships, used
    FROM public.api_key_hashes h
    JOIN public.api_keys k ON k.id = h.api_key_id
    JOIN public.users u ON u.id = k.user_id
    JOIN public.memberships m ON m.organization_id = k.organization_id AND m.user_id = k.user_id
    JOIN public.organizations o ON o.id = m.organization_id
   WHERE h.hash = key_hash AND k.expires_at > at
     AND k.created_at + make_interval(hours => 24 * max_age_days) > at
     AND u.disabled_at IS NULL AND m.removed_at IS NULL AND o.deleted_at IS NULL;
  IF NOT FOUND THEN RETURN; END IF;
  -- Written at most once a minute, as a session's.
  IF used IS NULL OR used < at - interval '1 minute' THEN
    UPDATE public.api_keys k SET last_used_at = at
     WHERE k.id = key_id AND k.last_used_at IS NOT DISTINCT FROM used;
  END IF;
  RETURN NEXT;
END $$;

-- Organizations and their members
-- Whoever changes who belongs to an organization waits here, as the deletion of an account does. False for one
-- that is gone.
CREATE FUNCTION identity.lock_organization(of_organization uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM FROM public.organizations o WHERE o.id = of_organization AND o.deleted_at IS NULL FOR NO KEY UPDATE;
  RETURN FOUND;
END $$;

CREATE FUNCTION identity.role_in(of_organization uuid, of_user uuid) RETURNS public."OrganizationRole"
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT m.role FROM public.memberships m
   WHERE m.organization_id = of_organization AND m.user_id = of_user AND m.removed_at IS NULL
$$;

-- An owner is a person who can log in: a service is none.
CREATE FUNCTION identity.has_other_owner(of_organization uuid, than_user uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT EXISTS (
    SELECT FROM public.memberships m JOIN public.users u ON u.id = m.user_id
     WHERE m.organization_id = of_organization AND m.user_id <> than_user AND m.role = 'owner'
       AND m.removed_at IS NULL AND u.disabled_at IS NULL
       AND NOT EXISTS (SELECT FROM public.oauth_clients c WHERE c.id = m.user_id))
$$;

-- People alone: a service takes no seat.
CREATE FUNCTION identity.count_members(of_organization uuid) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT count(*) FROM public.memberships m
   WHERE m.organization_id = of_organization AND m.removed_at IS NULL
     AND NOT EXISTS (SELECT FROM public.oauth_clients c WHERE c.id = m.user_id)
$$;

-- `seats` is the table of plans, as the code has it; a plan that is not in it has none.
CREATE FUNCTION identity.seats_of(of_organization uuid, seats jsonb) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce((SELECT (seats->>o.plan::text)::bigint
                     FROM public.organizations o WHERE o.id = of_organization), 0)
$$;

-- No row for somebody who owns `at_most` already.
CREATE FUNCTION identity.create_organization(of_user uuid, named text, at timestamptz, at_most integer)
RETURNS TABLE (
  id uuid, name varchar, plan text, require_second_factor boolean, created_at timestamptz, updated_at timestamptz)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM FROM public.users u WHERE u.id = of_user FOR UPDATE;
  IF at_most <= (SELECT count(*) FROM public.memberships m JOIN public.organizations o ON o.id = m.organization_id
                  WHERE m.user_id = of_user AND m.role = 'owner' AND m.removed_at IS NULL AND o.deleted_at IS NULL)
  THEN RETURN; END IF;
  INSERT INTO public.organizations AS o (id, name, created_at, updated_at)
  VALUES (gen_random_uuid(), named, at, at)
  RETURNING o.id, o.name, o.plan::text, o.require_second_factor, o.created_at, o.updated_at
       INTO id, name, plan, require_second_factor, created_at, updated_at;
  INSERT INTO public.memberships (organization_id, user_id, role, created_at)
  VALUES (create_organization.id, of_user, 'owner', at);
  RETURN NEXT;
END $$;

-- What follows does as it is asked only while the asker has the role by which the door let them in: one that was
-- changed meanwhile is refused. `unchanged` is what If-Match says of the organization's updated_at.
CREATE FUNCTION identity.delete_organization(
  by_user uuid, as_role text, of_organization uuid, unchanged timestamptz[], at timestamptz)
RETURNS TABLE (outcome text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT identity.lock_organization(of_organization) THEN outcome := 'not_found';
  ELSIF identity.role_in(of_organization, by_user)::text IS DISTINCT FROM as_role THEN outcome := 'forbidden';
  ELSIF unchanged IS NOT NULL AND NOT EXISTS (
    SELECT FROM public.organizations o WHERE o.id = of_organization AND o.updated_at = ANY (unchanged))
  THEN outcome := 'changed';
  ELSE
    UPDATE public.organizations o SET deleted_at = at, updated_at = at WHERE o.id = of_organization;
    DELETE FROM public.invitations  i WHERE i.organization_id = of_organization;
    DELETE FROM public.oauth_grants g WHERE g.organization_id = of_organization;
    outcome := 'done';
  END IF;
  RETURN NEXT;
END $$;

-- Roles stand in order, the highest first: nobody gives one above their own, or takes from one who stands above.
CREATE FUNCTION identity.change_member_role(
  by_user uuid, as_role text, of_organization uuid, of_member uuid, to_role text)
RETURNS TABLE (outcome text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  asker public."OrganizationRole";
  present public."OrganizationRole";
  wanted public."OrganizationRole" := to_role::public."OrganizationRole";
BEGIN
  IF NOT identity.lock_organization(of_organization) THEN outcome := 'not_found'; RETURN NEXT; RETURN; END IF;
  asker := identity.role_in(of_organization, by_user);
  present := identity.role_in(of_organization, of_member);
  IF asker::text IS DISTINCT FROM as_role THEN outcome := 'forbidden';
  ELSIF present IS NULL THEN outcome := 'not_found';
  ELSIF present < asker OR wanted < asker THEN outcome := 'forbidden';
  ELSIF present = 'owner' AND wanted <> 'owner' AND NOT identity.has_other_owner(of_organization, of_member)
  THEN outcome := 'last_owner';
  ELSE
    UPDATE public.memberships m SET role = wanted WHERE m.organization_id = of_organization AND m.user_id = of_member;
    outcome := 'done';
  END IF;
  RETURN NEXT;
END $$;

-- By somebody else, or by themselves when they leave.
CREATE FUNCTION identity.remove_member(
  by_user uuid, as_role text, of_organization uuid, of_member uuid, at timestamptz)
RETURNS TABLE (outcome text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  asker public."OrganizationRole";
  present public."OrganizationRole";
BEGIN
  IF NOT identity.lock_organization(of_organization) THEN outcome := 'not_found'; RETURN NEXT; RETURN; END IF;
  asker := identity.role_in(of_organization, by_user);
  present := identity.role_in(of_organization, of_member);
  IF asker::text IS DISTINCT FROM as_role THEN outcome := 'forbidden';
  ELSIF present IS NULL THEN outcome := 'not_found';
  ELSIF present < asker THEN outcome := 'forbidden';
  ELSIF present = 'owner' AND NOT identity.has_other_owner(of_organization, of_member) THEN outcome := 'last_owner';
  ELSE
    UPDATE public.memberships m SET removed_at = at
     WHERE m.organization_id = of_organization AND m.user_id = of_member;
    outcome := 'done';
  END IF;
  RETURN NEXT;
END $$;

-- Who leaves leaves no way in behind, and who comes back finds none from before.
CREATE FUNCTION identity.end_member_access() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  DELETE FROM public.api_keys     k WHERE k.organization_id = NEW.organization_id AND k.user_id = NEW.user_id;
  DELETE FROM public.oauth_grants g WHERE g.organization_id = NEW.organization_id AND g.user_id = NEW.user_id;
  RETURN NULL;
END $$;
CREATE TRIGGER end_member_access AFTER UPDATE OF removed_at ON public.memberships
  FOR EACH ROW WHEN (OLD.removed_at IS DISTINCT FROM NEW.removed_at) EXECUTE FUNCTION identity.end_member_access();

-- Invitations
-- One for each address: a second one takes the place of the first, whose link is worth nothing from here on.
CREATE FUNCTION identity.create_invitation(
  by_user uuid, as_role text, of_organization uuid, to_email text, with_role text, token_hash text, seats jsonb,
  at timestamptz, until timestamptz)
RETURNS TABLE (outcome text, invitation_id uuid)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  asker public."OrganizationRole";
  given public."OrganizationRole" := with_role::public."OrganizationRole";
BEGIN
  IF NOT identity.lock_organization(of_organization) THEN outcome := 'not_found'; RETURN NEXT; RETURN; END IF;
  asker := identity.role_in(of_organization, by_user);
  IF asker::text IS DISTINCT FROM as_role OR given < asker THEN outcome := 'forbidden'; RETURN NEXT; RETURN; END IF;
  IF EXISTS (SELECT FROM public.memberships m JOIN public.users u ON u.id = m.user_id
              WHERE m.organization_id = of_organization AND u.email = to_email AND m.removed_at IS NULL)
  THEN outcome := 'member'; RETURN NEXT; RETURN; END IF;
  -- Whoever is asked has a seat already; the one whom this takes the place of gives theirs up.
  IF identity.count_members(of_organization) + (
       SELECT count(*) FROM public.invitations i
        WHERE i.organization_id = of_organization AND i.email <> to_email AND i.expires_at > at)
     >= identity.seats_of(of_organization, seats)
  THEN outcome := 'full'; RETURN NEXT; RETURN; END IF;
  DELETE FROM public.invitations i
   WHERE i.organization_id = of_organization AND (i.email = to_email OR i.expires_at <= at);
  INSERT INTO public.invitations (organization_id, user_id, email, role, created_at, updated_at, expires_at)
  VALUES (of_organization, by_user, to_email, given, at, at, until) RETURNING id INTO invitation_id;
  INSERT INTO public.invitation_hashes (invitation_id, hash) VALUES (create_invitation.invitation_id, token_hash);
  outcome := 'done';
  RETURN NEXT;
END $$;

-- No row where the link is used, revoked, expired or made up, where it went to an address that is not the
-- asker's, and where who made it may not give that role any more: nothing tells one from another.
CREATE FUNCTION identity.accept_invitation(by_user uuid, token_hash text, seats jsonb, at timestamptz)
RETURNS TABLE (outcome text, organization_id uuid, role text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  found_in uuid;
  offer public.invitations;
BEGIN
  PERFORM FROM public.users u WHERE u.id = by_user FOR UPDATE;
  SELECT i.organization_id INTO found_in
    FROM public.invitation_hashes h JOIN public.invitations i ON i.id = h.invitation_id WHERE h.hash = token_hash;
  IF NOT FOUND OR NOT identity.lock_organization(found_in) THEN RETURN; END IF;
  -- Of many at once, a revocation among them, the first one finds it.
  SELECT i.* INTO offer
    FROM public.invitation_hashes h JOIN public.invitations i ON i.id = h.invitation_id
    JOIN public.users u ON u.id = by_user AND u.email = i.email
   WHERE h.hash = token_hash AND i.expires_at > at
     AND u.email_verified_at IS NOT NULL AND u.disabled_at IS NULL
     FOR UPDATE OF i;
  IF NOT FOUND THEN RETURN; END IF;
  IF coalesce(offer.role < identity.role_in(found_in, offer.user_id), true) THEN RETURN; END IF;
  IF identity.role_in(found_in, by_user) IS NOT NULL THEN outcome := 'member'; RETURN NEXT; RETURN; END IF;
  -- It had a seat when it was made; the plan may have become smaller since.
  IF identity.count_members(found_in) >= identity.seats_of(found_in, seats)
  THEN outcome := 'full'; RETURN NEXT; RETURN; END IF;
  DELETE FROM public.invitations i WHERE i.id = offer.id;
  INSERT INTO public.memberships AS m (organization_id, user_id, role, created_at)
  VALUES (found_in, by_user, offer.role, at)
    ON CONFLICT ON CONSTRAINT memberships_pkey
    DO UPDATE SET role = excluded.role, created_at = excluded.created_at, removed_at = NULL;
  outcome := 'done';
  organization_id := found_in;
  role := offer.role::text;
  RETURN NEXT;
END $$;

-- Erases a person, as before; an organization that was deleted needs no owner, and invitations to them end.
CREATE OR REPLACE FUNCTION identity.delete_account(of_user uuid, at timestamptz) RETURNS TABLE (outcome text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM FROM public.users u WHERE u.id = of_user FOR UPDATE;
  PERFORM FROM public.organizations g WHERE g.id IN (
    SELECT o.organization_id FROM public.memberships o WHERE o.user_id = of_user AND o.removed_at IS NULL)
    ORDER BY g.id FOR UPDATE;
  PERFORM FROM public.memberships m WHERE m.organization_id IN (
    SELECT o.organization_id FROM public.memberships o WHERE o.user_id = of_user AND o.removed_at IS NULL)
    ORDER BY m.organization_id, m.user_id FOR UPDATE;
  IF EXISTS (
    SELECT FROM public.memberships mine JOIN public.organizations g ON g.id = mine.organization_id
     WHERE g.deleted_at IS NULL AND mine.user_id = of_user AND mine.role = 'owner' AND mine.removed_at IS NULL
       AND EXISTS (SELECT FROM public.memberships m WHERE m.organization_id = mine.organization_id
                    AND m.user_id <> of_user AND m.removed_at IS NULL)
       AND NOT identity.has_other_owner(mine.organization_id, of_user))
  THEN outcome := 'sole_owner'; RETURN NEXT; RETURN; END IF;
  DELETE FROM public.organizations o WHERE EXISTS (
    SELECT FROM public.memberships m
     WHERE m.organization_id = o.id AND m.user_id = of_user AND m.removed_at IS NULL)
    AND NOT EXISTS (SELECT FROM public.memberships m
     WHERE m.organization_id = o.id AND m.user_id <> of_user AND m.removed_at IS NULL);
  UPDATE public.memberships m SET removed_at = at WHERE m.user_id = of_user AND m.removed_at IS NULL;
  DELETE FROM public.passwords        WHERE user_id = of_user;
  DELETE FROM public.sessions         WHERE user_id = of_user;
  DELETE FROM public.totp_secrets     WHERE user_id = of_user;
  DELETE FROM public.recovery_codes   WHERE user_id = of_user;
  DELETE FROM public.passkeys         WHERE user_id = of_user;
  DELETE FROM public.email_changes    WHERE user_id = of_user;
  DELETE FROM public.api_keys         WHERE user_id = of_user;
  DELETE FROM public.idempotency_keys WHERE user_id = of_user;
  DELETE FROM public.invitations i USING public.users u WHERE u.id = of_user AND i.email = u.email;
  DELETE FROM public.one_time_tokens t USING public.users u
   WHERE u.id = of_user AND (t.user_id = of_user OR t.email = u.email);
  UPDATE public.users u
     SET email = 'deleted-' || u.id || '@deleted.invalid', name = 'Deleted user', platform_role = NULL,
         email_verified_at = NULL, disabled_at = coalesce(u.disabled_at, at), deleted_at = at, updated_at = at
   WHERE u.id = of_user AND u.deleted_at IS NULL;
  IF FOUND THEN outcome := 'deleted'; RETURN NEXT; END IF;
END $$;

DO $$ DECLARE routine regprocedure; BEGIN
  FOR routine IN SELECT p.oid::regprocedure FROM pg_proc p
    WHERE p.pronamespace = 'identity'::regnamespace AND p.proowner <> 'rampart_identity'::regrole
  LOOP EXECUTE format('ALTER FUNCTION %s OWNER TO rampart_identity', routine); END LOOP;
END $$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA identity FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA identity TO rampart_app;
