-- AlterEnum
ALTER TYPE "OrganizationRole" ADD VALUE 'custom';

-- AlterTable
ALTER TABLE "memberships" ADD COLUMN     "custom_role_id" UUID;

-- AlterTable
ALTER TABLE "invitations" ADD COLUMN     "custom_role_id" UUID;

-- CreateTable
CREATE TABLE "custom_roles" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "name" VARCHAR(50) NOT NULL,
    "permissions" TEXT[],
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "custom_roles_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "custom_roles_organization_id_id_key" ON "custom_roles"("organization_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "custom_roles_organization_id_name_key" ON "custom_roles"("organization_id", "name");

-- AddForeignKey
ALTER TABLE "custom_roles" ADD CONSTRAINT "custom_roles_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organizations"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "memberships" ADD CONSTRAINT "memberships_organization_id_custom_role_id_fkey" FOREIGN KEY ("organization_id", "custom_role_id") REFERENCES "custom_roles"("organization_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "invitations" ADD CONSTRAINT "invitations_organization_id_custom_role_id_fkey" FOREIGN KEY ("organization_id", "custom_role_id") REFERENCES "custom_roles"("organization_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- Bounds that hold whatever the code above does. A value that was just added to an enum cannot be used yet: as text it can.
ALTER TABLE "custom_roles"
  ADD CONSTRAINT "custom_roles_name_check" CHECK ("name" <> ''),
  ADD CONSTRAINT "custom_roles_permissions_check"
    CHECK (cardinality("permissions") <= 100 AND array_position("permissions", NULL) IS NULL),
  ALTER COLUMN "permissions" SET NOT NULL;
ALTER TABLE "memberships" ADD CONSTRAINT "memberships_custom_role_check"
  CHECK (("role"::text = 'custom') = ("custom_role_id" IS NOT NULL));
ALTER TABLE "invitations" ADD CONSTRAINT "invitations_custom_role_check"
  CHECK (("role"::text = 'custom') = ("custom_role_id" IS NOT NULL));

-- Who may touch what
ALTER TABLE "custom_roles" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_migrates ON "custom_roles" TO rampart_owner USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, DELETE, UPDATE ("name", "permissions", "updated_at") ON "custom_roles" TO rampart_app;
CREATE POLICY tenant ON "custom_roles" TO rampart_app
  USING ("organization_id" = (SELECT app.organization_id()))
  WITH CHECK ("organization_id" = (SELECT app.organization_id()));
GRANT SELECT ON "custom_roles" TO rampart_identity;
CREATE POLICY identity_looks_up ON "custom_roles" FOR SELECT TO rampart_identity USING (true);

-- 50 for each organization. Those made at once follow each other here: each counts what the one before has committed.
CREATE FUNCTION app.keep_custom_role_bound() RETURNS trigger
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('custom_roles' || NEW.organization_id::text, 0));
  IF (SELECT count(*) FROM public.custom_roles r WHERE r.organization_id = NEW.organization_id) >= 50 THEN
    RAISE EXCEPTION 'the organization has 50 custom roles' USING ERRCODE = 'RF002';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER keep_custom_role_bound BEFORE INSERT ON "custom_roles"
  FOR EACH ROW EXECUTE FUNCTION app.keep_custom_role_bound();

-- Neither somebody who left nor an invitation that expired keeps a role from being deleted.
CREATE FUNCTION identity.end_custom_role() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW.role := 'viewer';
  NEW.custom_role_id := NULL;
  RETURN NEW;
END $$;
CREATE TRIGGER end_custom_role BEFORE UPDATE OF removed_at ON public.memberships
  FOR EACH ROW WHEN (NEW.removed_at IS NOT NULL AND NEW.custom_role_id IS NOT NULL)
  EXECUTE FUNCTION identity.end_custom_role();

CREATE FUNCTION identity.forget_expired_invitations() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  DELETE FROM public.invitations i
   WHERE i.organization_id = OLD.organization_id AND i.custom_role_id = OLD.id AND i.expires_at <= now();
  RETURN OLD;
END $$;
CREATE TRIGGER forget_expired_invitations BEFORE DELETE ON public.custom_roles
  FOR EACH ROW EXECUTE FUNCTION identity.forget_expired_invitations();

-- A role is deleted behind whoever changes who belongs to the organization: by its tenant, since a lock after the
-- role's own would wait for one that waits for it.
CREATE FUNCTION identity.lock_custom_roles() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM identity.lock_organization(nullif(current_setting('app.organization_id', true), '')::uuid);
  RETURN NULL;
END $$;
CREATE TRIGGER lock_custom_roles BEFORE DELETE ON public.custom_roles
  FOR EACH STATEMENT EXECUTE FUNCTION identity.lock_custom_roles();

-- What a custom role is made of now comes with who somebody is, in the same query.
CREATE OR REPLACE FUNCTION identity.memberships_of(of_user uuid) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(jsonb_agg(jsonb_build_object(
           'organizationId', m.organization_id, 'role', m.role, 'permissions', r.permissions, 'plan', o.plan,
           'requiresSecondFactor', o.require_second_factor)
           ORDER BY m.created_at, m.organization_id), '[]')
    FROM public.memberships m JOIN public.organizations o ON o.id = m.organization_id
    LEFT JOIN public.custom_roles r ON r.organization_id = m.organization_id AND r.id = m.custom_role_id
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
         jsonb_build_array(jsonb_build_object('organizationId', m.organization_id, 'role', m.role,
           'permissions', r.permissions, 'plan', o.plan, 'requiresSecondFactor', o.require_second_factor)), k.last_used_at
    INTO user_id, email, name, platform_role, email_verified,
         key_id, permissions, second_factor, expires_at, memberships, used
    FROM public.api_key_hashes h
    JOIN public.api_keys k ON k.id = h.api_key_id
    JOIN public.users u ON u.id = k.user_id
    JOIN public.memberships m ON m.organization_id = k.organization_id AND m.user_id = k.user_id
    JOIN public.organizations o ON o.id = m.organization_id
    LEFT JOIN public.custom_roles r ON r.organization_id = m.organization_id AND r.id = m.custom_role_id
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

CREATE FUNCTION identity.is_role_of(of_organization uuid, of_role uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT EXISTS (SELECT FROM public.custom_roles r WHERE r.organization_id = of_organization AND r.id = of_role)
$$;

-- What is given now is a built-in role, or `custom` and which one. A custom role stands last in order and holds no more
-- than an admin does (@repo/rbac): whoever gives one is an admin at least.
DROP FUNCTION identity.change_member_role(uuid, text, uuid, uuid, text);
DROP FUNCTION identity.create_invitation(uuid, text, uuid, text, text, text, jsonb, timestamptz, timestamptz);
DROP FUNCTION identity.accept_invitation(uuid, text, jsonb, timestamptz);

-- Roles stand in order, the highest first: nobody gives one above their own, or takes from one who stands above.
CREATE FUNCTION identity.change_member_role(
  by_user uuid, as_role text, of_organization uuid, of_member uuid, to_role text, to_custom_role uuid)
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
  ELSIF present < asker OR wanted < asker OR (to_custom_role IS NOT NULL AND asker > 'admin') THEN outcome := 'forbidden';
  ELSIF to_custom_role IS NOT NULL AND NOT identity.is_role_of(of_organization, to_custom_role)
  THEN outcome := 'not_found';
  ELSIF present = 'owner' AND wanted <> 'owner' AND NOT identity.has_other_owner(of_organization, of_member)
  THEN outcome := 'last_owner';
  ELSE
    UPDATE public.memberships m SET role = wanted, custom_role_id = to_custom_role
     WHERE m.organization_id = of_organization AND m.user_id = of_member;
    outcome := 'done';
  END IF;
  RETURN NEXT;
END $$;

-- One for each address: a second one takes the place of the first, whose link is worth nothing from here on.
CREATE FUNCTION identity.create_invitation(
  by_user uuid, as_role text, of_organization uuid, to_email text, with_role text, with_custom_role uuid,
  token_hash text, seats jsonb, at timestamptz, until timestamptz)
RETURNS TABLE (outcome text, invitation_id uuid)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  asker public."OrganizationRole";
  given public."OrganizationRole" := with_role::public."OrganizationRole";
BEGIN
  IF NOT identity.lock_organization(of_organization) THEN outcome := 'not_found'; RETURN NEXT; RETURN; END IF;
  asker := identity.role_in(of_organization, by_user);
  IF asker::text IS DISTINCT FROM as_role OR given < asker OR (with_custom_role IS NOT NULL AND asker > 'admin')
  THEN outcome := 'forbidden'; RETURN NEXT; RETURN; END IF;
  IF with_custom_role IS NOT NULL AND NOT identity.is_role_of(of_organization, with_custom_role)
  THEN outcome := 'not_found'; RETURN NEXT; RETURN; END IF;
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
  INSERT INTO public.invitations (organization_id, user_id, email, role, custom_role_id, created_at, updated_at, expires_at)
  VALUES (of_organization, by_user, to_email, given, with_custom_role, at, at, until) RETURNING id INTO invitation_id;
  INSERT INTO public.invitation_hashes (invitation_id, hash) VALUES (create_invitation.invitation_id, token_hash);
  outcome := 'done';
  RETURN NEXT;
END $$;

-- No row where the link is used, revoked, expired or made up, where it went to an address that is not the
-- asker's, and where who made it may not give that role any more: nothing tells one from another.
CREATE FUNCTION identity.accept_invitation(by_user uuid, token_hash text, seats jsonb, at timestamptz)
RETURNS TABLE (outcome text, organization_id uuid, role text, custom_role_id uuid)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  found_in uuid;
  offer public.invitations;
  maker public."OrganizationRole";
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
  maker := identity.role_in(found_in, offer.user_id);
  IF maker IS NULL OR offer.role < maker OR (offer.custom_role_id IS NOT NULL AND maker > 'admin') THEN RETURN; END IF;
  IF identity.role_in(found_in, by_user) IS NOT NULL THEN outcome := 'member'; RETURN NEXT; RETURN; END IF;
  -- It had a seat when it was made; the plan may have become smaller since.
  IF identity.count_members(found_in) >= identity.seats_of(found_in, seats)
  THEN outcome := 'full'; RETURN NEXT; RETURN; END IF;
  DELETE FROM public.invitations i WHERE i.id = offer.id;
  INSERT INTO public.memberships AS m (organization_id, user_id, role, custom_role_id, created_at)
  VALUES (found_in, by_user, offer.role, offer.custom_role_id, at)
    ON CONFLICT ON CONSTRAINT memberships_pkey
    DO UPDATE SET role = excluded.role, custom_role_id = excluded.custom_role_id,
                  created_at = excluded.created_at, removed_at = NULL;
  outcome := 'done';
  organization_id := found_in;
  role := offer.role::text;
  custom_role_id := offer.custom_role_id;
  RETURN NEXT;
END $$;

DO $$ DECLARE routine regprocedure; BEGIN
  FOR routine IN SELECT p.oid::regprocedure FROM pg_proc p
    WHERE p.pronamespace = 'identity'::regnamespace AND p.proowner <> 'rampart_identity'::regrole
  LOOP EXECUTE format('ALTER FUNCTION %s OWNER TO rampart_identity', routine); END LOOP;
END $$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA identity FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA identity TO rampart_app;
