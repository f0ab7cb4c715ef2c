-- AlterTable
ALTER TABLE "sessions" ADD COLUMN     "impersonator_id" UUID,
ADD COLUMN     "resumes_id" UUID;

-- AlterTable
ALTER TABLE "audit_events" ADD COLUMN     "after" JSONB,
ADD COLUMN     "before" JSONB,
ADD COLUMN     "on_behalf_of" UUID;

-- CreateIndex
CREATE INDEX "sessions_impersonator_id_idx" ON "sessions"("impersonator_id");

-- CreateIndex
CREATE INDEX "sessions_resumes_id_idx" ON "sessions"("resumes_id");

-- CreateIndex
CREATE INDEX "audit_events_actor_id_idx" ON "audit_events"("actor", "id");

-- AddForeignKey
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_impersonator_id_fkey" FOREIGN KEY ("impersonator_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_resumes_id_fkey" FOREIGN KEY ("resumes_id") REFERENCES "sessions"("public_id") ON DELETE CASCADE ON UPDATE CASCADE;


-- Bounds that hold whatever the code above does: an impersonation is short, and a whole session of somebody else.
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_impersonation_check" CHECK (
  ("impersonator_id" IS NULL) = ("resumes_id" IS NULL)
  AND ("impersonator_id" IS NULL OR "impersonator_id" <> "user_id" AND NOT "pending"
       AND "expires_at" <= "created_at" + interval '30 minutes'));

-- Who may touch what
GRANT INSERT ("on_behalf_of", "before", "after") ON "audit_events" TO rampart_app;

-- The platform's role: no table, the audit log apart. What it sees and does to tenants is what the schema `platform`
-- has a view or a function for; they belong to the role that nobody logs in as, like those of `identity`.
GRANT USAGE ON SCHEMA public TO rampart_platform;
GRANT SELECT ON "audit_events" TO rampart_platform;
CREATE POLICY platform_reads ON "audit_events" FOR SELECT TO rampart_platform USING (true);
GRANT UPDATE ("plan") ON "organizations" TO rampart_identity;
CREATE SCHEMA platform AUTHORIZATION rampart_identity;

-- Administrators of the platform handle OAuth clients: the serving role can find one, and no more.
ALTER FUNCTION identity.list_oauth_clients(uuid, integer) SET SCHEMA platform;
DROP FUNCTION identity.create_oauth_client(text, text, text[], text[], boolean, uuid, text, timestamptz);
DROP FUNCTION identity.update_oauth_client(uuid, text, text[], text[], boolean, timestamptz);
DROP FUNCTION identity.rotate_oauth_client_secret(uuid, text, timestamptz, timestamptz);
DROP FUNCTION identity.delete_oauth_client(uuid, timestamptz);
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA platform FROM rampart_app;

-- Whoever administers does so while they are an administrator: the row is locked, so that one who is demoted at the
-- same time has either done it before or does not do it.
CREATE FUNCTION platform.is_admin(by_admin uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM FROM public.users u WHERE u.platform_role = 'admin' ORDER BY u.id FOR UPDATE;
  RETURN EXISTS (SELECT FROM public.users u
                  WHERE u.id = by_admin AND u.platform_role = 'admin' AND u.disabled_at IS NULL);
END $$;

-- What the audit log says of a client: nothing that proves it.
CREATE FUNCTION platform.state_of(c public.oauth_clients) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT jsonb_build_object('kind', c.kind, 'name', c.name, 'redirectUris', c.redirect_uris, 'scopes', c.scopes,
                            'organizationId', c.organization_id, 'disabled', c.disabled_at IS NOT NULL)
$$;

-- A service is a member of its organization, under its client_id (RFC 9068, section 5: its subject is nobody
-- else's).
CREATE FUNCTION platform.create_oauth_client(
  by_admin uuid, of_kind text, named text, to_uris text[], with_scopes text[], is_first_party boolean,
  in_organization uuid, hash text, at timestamptz)
RETURNS TABLE (outcome text, before jsonb, after jsonb, client_id uuid)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  made public.oauth_clients;
BEGIN
  IF NOT platform.is_admin(by_admin) THEN outcome := 'forbidden'; RETURN NEXT; RETURN; END IF;
  IF in_organization IS NOT NULL
     AND NOT EXISTS (SELECT FROM public.organizations o WHERE o.id = in_organization AND o.deleted_at IS NULL)
  THEN outcome := 'not_found'; RETURN NEXT; RETURN; END IF;
  INSERT INTO public.oauth_clients
    (kind, name, redirect_uris, scopes, first_party, organization_id, secret_hash, created_at, updated_at)
  VALUES (of_kind::public."OAuthClientKind", named, to_uris, with_scopes, is_first_party, in_organization, hash,
          at, at)
  RETURNING * INTO made;
  IF in_organization IS NOT NULL THEN
    INSERT INTO public.users (id, email, name, created_at, updated_at)
    VALUES (made.id, 'service-' || made.id || '@service.invalid', named, at, at);
    INSERT INTO public.memberships (organization_id, user_id, role, created_at)
    VALUES (in_organization, made.id, 'member', at);
  END IF;
  client_id := made.id;
  after := platform.state_of(made);
  outcome := 'done';
  RETURN NEXT;
END $$;

-- A null keeps what it was. A client that is disabled, or may ask for less, has its grants taken away.
CREATE FUNCTION platform.update_oauth_client(
  by_admin uuid, client uuid, named text, to_uris text[], with_scopes text[], is_disabled boolean, at timestamptz)
RETURNS TABLE (outcome text, before jsonb, after jsonb)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT platform.is_admin(by_admin) THEN outcome := 'forbidden'; RETURN NEXT; RETURN; END IF;
  SELECT platform.state_of(c) INTO before FROM public.oauth_clients c WHERE c.id = client FOR UPDATE;
  IF NOT FOUND THEN outcome := 'not_found'; RETURN NEXT; RETURN; END IF;
  UPDATE public.oauth_clients c
     SET name = coalesce(named, c.name),
         redirect_uris = CASE WHEN c.kind = 'service' THEN c.redirect_uris
                              ELSE coalesce(to_uris, c.redirect_uris) END,
         scopes = coalesce(with_scopes, c.scopes), updated_at = at,
         disabled_at = CASE is_disabled WHEN true THEN coalesce(c.disabled_at, at)
                                        WHEN false THEN NULL ELSE c.disabled_at END
   WHERE c.id = client RETURNING platform.state_of(c) INTO after;
  UPDATE public.users u SET name = named, updated_at = at WHERE u.id = client AND named IS NOT NULL;
  DELETE FROM public.oauth_grants g
   WHERE g.client_id = client AND (is_disabled OR with_scopes IS NOT NULL
     AND NOT g.scopes <@ (with_scopes || ARRAY['openid', 'offline_access', 'profile', 'email']));
  outcome := 'done';
  RETURN NEXT;
END $$;

CREATE FUNCTION platform.rotate_oauth_client_secret(
  by_admin uuid, client uuid, hash text, at timestamptz, overlap_until timestamptz)
RETURNS TABLE (outcome text, before jsonb, after jsonb)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT platform.is_admin(by_admin) THEN outcome := 'forbidden'; RETURN NEXT; RETURN; END IF;
  UPDATE public.oauth_clients c
     SET previous_secret_hash = c.secret_hash, previous_secret_until = overlap_until, secret_hash = hash,
         updated_at = at
   WHERE c.id = client AND c.secret_hash IS NOT NULL;
  outcome := CASE WHEN FOUND THEN 'done' ELSE 'no_secret' END;
  IF FOUND THEN after := jsonb_build_object('previousSecretUntil', overlap_until); END IF;
  RETURN NEXT;
END $$;

-- What a service owns stays in its organization, without a way in.
CREATE FUNCTION platform.delete_oauth_client(by_admin uuid, client uuid, at timestamptz)
RETURNS TABLE (outcome text, before jsonb, after jsonb)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT platform.is_admin(by_admin) THEN outcome := 'forbidden'; RETURN NEXT; RETURN; END IF;
  DELETE FROM public.oauth_clients c WHERE c.id = client RETURNING platform.state_of(c) INTO before;
  IF NOT FOUND THEN outcome := 'not_found'; RETURN NEXT; RETURN; END IF;
  UPDATE public.memberships m SET removed_at = at WHERE m.user_id = client AND m.removed_at IS NULL;
  UPDATE public.users u SET disabled_at = coalesce(u.disabled_at, at), deleted_at = at, updated_at = at
   WHERE u.id = client;
  outcome := 'done';
  RETURN NEXT;
END $$;

-- Every person, without what proves them; services and the erased are none.
CREATE VIEW platform.users AS
  SELECT u.id, u.email, u.name, u.platform_role::text, u.email_verified_at, u.disabled_at, u.created_at, u.updated_at,
         EXISTS (SELECT FROM public.totp_secrets t WHERE t.user_id = u.id AND t.confirmed_at IS NOT NULL)
           OR EXISTS (SELECT FROM public.passkeys p WHERE p.user_id = u.id) AS second_factor,
         (SELECT max(s.last_seen_at) FROM public.sessions s
           WHERE s.user_id = u.id AND s.impersonator_id IS NULL) AS last_seen_at
    FROM public.users u
   WHERE u.deleted_at IS NULL AND NOT EXISTS (SELECT FROM public.oauth_clients c WHERE c.id = u.id);

-- Every organization, those too that were deleted and are not yet taken away.
CREATE VIEW platform.organizations AS
  SELECT o.id, o.name, o.plan::text, o.require_second_factor, o.created_at, o.updated_at, o.deleted_at,
         (SELECT count(*)::integer FROM public.memberships m
           WHERE m.organization_id = o.id AND m.removed_at IS NULL
             AND NOT EXISTS (SELECT FROM public.oauth_clients c WHERE c.id = m.user_id)) AS members
    FROM public.organizations o;

-- Why somebody's account cannot be touched by this administrator; null where it can. Its row is locked.
CREATE FUNCTION platform.refusal(by_admin uuid, of_user uuid) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT platform.is_admin(by_admin) THEN RETURN 'forbidden'; END IF;
  PERFORM FROM public.users u WHERE u.id = of_user FOR UPDATE;
  IF NOT EXISTS (SELECT FROM platform.users u WHERE u.id = of_user) THEN RETURN 'not_found'; END IF;
  IF by_admin = of_user THEN RETURN 'oneself'; END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION platform.state_of(of_user uuid) RETURNS jsonb
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT jsonb_build_object('platformRole', u.platform_role, 'suspended', u.disabled_at IS NOT NULL)
    FROM platform.users u WHERE u.id = of_user
$$;

-- With an organization of their own, as whoever registers; the link that sets the password proves the address.
CREATE FUNCTION platform.create_user(
  by_admin uuid, to_email text, named text, with_role text, organization_name text, at timestamptz)
RETURNS TABLE (outcome text, before jsonb, after jsonb, user_id uuid)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  organization uuid;
BEGIN
  IF NOT platform.is_admin(by_admin) THEN outcome := 'forbidden'; RETURN NEXT; RETURN; END IF;
  INSERT INTO public.users (id, email, name, platform_role, created_at, updated_at)
  VALUES (gen_random_uuid(), to_email, named, with_role::public."PlatformRole", at, at)
    ON CONFLICT (email) DO NOTHING RETURNING id INTO user_id;
  IF user_id IS NULL THEN outcome := 'taken'; RETURN NEXT; RETURN; END IF;
  INSERT INTO public.organizations (id, name, created_at, updated_at)
  VALUES (gen_random_uuid(), organization_name, at, at) RETURNING id INTO organization;
  INSERT INTO public.memberships (organization_id, user_id, role, created_at)
  VALUES (organization, create_user.user_id, 'owner', at);
  outcome := 'done';
  after := platform.state_of(create_user.user_id);
  RETURN NEXT;
END $$;

-- A null keeps what it was; `sets_role` says whether the role on the platform is among what changes.
CREATE FUNCTION platform.update_user(
  by_admin uuid, of_user uuid, named text, sets_role boolean, to_role text, suspends boolean, at timestamptz)
RETURNS TABLE (outcome text, before jsonb, after jsonb)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  outcome := platform.refusal(by_admin, of_user);
  -- Nobody locks themselves out, and so the last administrator stays one.
  IF outcome = 'oneself' AND NOT sets_role AND suspends IS NULL THEN outcome := NULL; END IF;
  IF outcome IS NOT NULL THEN RETURN NEXT; RETURN; END IF;
  before := platform.state_of(of_user);
  UPDATE public.users u
     SET name = coalesce(named, u.name), updated_at = at,
         platform_role = CASE WHEN sets_role THEN to_role::public."PlatformRole" ELSE u.platform_role END,
         disabled_at = CASE suspends WHEN true THEN coalesce(u.disabled_at, at) WHEN false THEN NULL
                                     ELSE u.disabled_at END
   WHERE u.id = of_user;
  after := platform.state_of(of_user);
  outcome := 'done';
  RETURN NEXT;
END $$;

-- Whoever is suspended finds nothing of what they could do when they are let in again: they log in anew.
CREATE FUNCTION identity.end_access() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  DELETE FROM public.sessions      WHERE user_id = NEW.id OR impersonator_id = NEW.id;
  DELETE FROM public.oauth_grants  WHERE user_id = NEW.id;
  DELETE FROM public.api_keys      WHERE user_id = NEW.id;
  DELETE FROM public.email_changes WHERE user_id = NEW.id;
  DELETE FROM public.invitations   WHERE user_id = NEW.id;
  DELETE FROM public.one_time_tokens WHERE user_id = NEW.id OR email = NEW.email;
  RETURN NULL;
END $$;
CREATE TRIGGER end_access AFTER UPDATE OF disabled_at ON public.users
  FOR EACH ROW WHEN (OLD.disabled_at IS NULL AND NEW.disabled_at IS NOT NULL) EXECUTE FUNCTION identity.end_access();

-- A new role on the platform ends what was begun with the one before.
CREATE FUNCTION identity.end_platform_access() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  DELETE FROM public.sessions WHERE impersonator_id = NEW.id OR user_id = NEW.id AND impersonator_id IS NOT NULL;
  RETURN NULL;
END $$;
CREATE TRIGGER end_platform_access AFTER UPDATE OF platform_role ON public.users
  FOR EACH ROW WHEN (OLD.platform_role IS DISTINCT FROM NEW.platform_role)
  EXECUTE FUNCTION identity.end_platform_access();

-- An installation keeps an administrator: of two who end their accounts at once the second one finds that.
CREATE FUNCTION identity.keep_administrator() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('identity.keep_administrator'));
  IF NOT EXISTS (SELECT FROM public.users u
                  WHERE u.id <> NEW.id AND u.platform_role = 'admin' AND u.disabled_at IS NULL
                    AND u.email_verified_at IS NOT NULL)
  THEN RAISE EXCEPTION 'the last administrator of the platform' USING ERRCODE = 'RF003'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER keep_administrator BEFORE UPDATE OF deleted_at ON public.users
  FOR EACH ROW WHEN (OLD.platform_role = 'admin' AND OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL)
  EXECUTE FUNCTION identity.keep_administrator();

-- Every browser and program of theirs; keys have an end of their own.
CREATE FUNCTION platform.log_user_out(by_admin uuid, of_user uuid)
RETURNS TABLE (outcome text, before jsonb, after jsonb)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  ended record;
BEGIN
  outcome := platform.refusal(by_admin, of_user);
  IF outcome IS NOT NULL THEN RETURN NEXT; RETURN; END IF;
  SELECT (SELECT count(*) FROM public.sessions s WHERE s.user_id = of_user) AS sessions,
         (SELECT count(*) FROM public.oauth_grants g WHERE g.user_id = of_user) AS grants INTO ended;
  before := jsonb_build_object('sessions', ended.sessions, 'grants', ended.grants);
  DELETE FROM public.sessions     WHERE user_id = of_user;
  DELETE FROM public.oauth_grants WHERE user_id = of_user;
  after := jsonb_build_object('sessions', 0, 'grants', 0);
  outcome := 'done';
  RETURN NEXT;
END $$;

-- For somebody who has lost it: what was opened with it ends, and the next log-in needs none.
CREATE FUNCTION platform.reset_second_factor(by_admin uuid, of_user uuid)
RETURNS TABLE (outcome text, before jsonb, after jsonb, email varchar)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  outcome := platform.refusal(by_admin, of_user);
  IF outcome IS NOT NULL THEN RETURN NEXT; RETURN; END IF;
  SELECT u.email, jsonb_build_object('secondFactor', u.second_factor) INTO reset_second_factor.email, before
    FROM platform.users u WHERE u.id = of_user;
  DELETE FROM public.totp_secrets   WHERE user_id = of_user;
  DELETE FROM public.recovery_codes WHERE user_id = of_user;
  DELETE FROM public.passkeys       WHERE user_id = of_user;
  DELETE FROM public.sessions       WHERE user_id = of_user;
  DELETE FROM public.oauth_grants   WHERE user_id = of_user AND second_factor;
  after := jsonb_build_object('secondFactor', false);
  outcome := 'done';
  RETURN NEXT;
END $$;

-- A plan that was booked, or an organization that comes back; a null keeps what it was.
CREATE FUNCTION platform.update_organization(
  by_admin uuid, of_organization uuid, to_plan text, restores boolean, at timestamptz)
RETURNS TABLE (outcome text, before jsonb, after jsonb)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT platform.is_admin(by_admin) THEN outcome := 'forbidden'; RETURN NEXT; RETURN; END IF;
  SELECT jsonb_build_object('plan', o.plan, 'deleted', o.deleted_at IS NOT NULL) INTO before
    FROM public.organizations o WHERE o.id = of_organization FOR UPDATE;
  IF NOT FOUND THEN outcome := 'not_found'; RETURN NEXT; RETURN; END IF;
  -- Its rows may be gone any time after that, and without an owner nobody could run it.
  IF restores AND (
    EXISTS (SELECT FROM public.organizations o
             WHERE o.id = of_organization AND o.deleted_at <= at - interval '30 days')
    OR NOT identity.has_other_owner(of_organization, '00000000-0000-0000-0000-000000000000'))
  THEN outcome := 'unrestorable'; RETURN NEXT; RETURN; END IF;
  UPDATE public.organizations o
     SET plan = coalesce(to_plan::public."Plan", o.plan), updated_at = at,
         deleted_at = CASE WHEN restores THEN NULL ELSE o.deleted_at END
   WHERE o.id = of_organization
  RETURNING jsonb_build_object('plan', o.plan, 'deleted', o.deleted_at IS NOT NULL) INTO after;
  outcome := 'done';
  RETURN NEXT;
END $$;

-- Impersonation
-- A session of somebody else's, in the place of the administrator's own, which goes on when it ends. Its factor is the
-- one that the administrator has given. Nobody becomes one who has power on the platform.
CREATE FUNCTION platform.impersonate(
  by_admin uuid, by_session uuid, of_user uuid, token_hash text, at timestamptz, until timestamptz,
  from_address text, agent text)
RETURNS TABLE (outcome text, before jsonb, after jsonb, email varchar)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  target record;
  ends timestamptz;
BEGIN
  outcome := platform.refusal(by_admin, of_user);
  IF outcome IS NOT NULL THEN RETURN NEXT; RETURN; END IF;
  SELECT u.email, u.platform_role, u.disabled_at, u.email_verified_at INTO target
    FROM platform.users u WHERE u.id = of_user;
  IF target.platform_role IS NOT NULL OR target.disabled_at IS NOT NULL OR target.email_verified_at IS NULL
  THEN outcome := 'untouchable'; RETURN NEXT; RETURN; END IF;
  INSERT INTO public.sessions
    (id, user_id, created_at, authenticated_at, last_seen_at, expires_at, address, user_agent, second_factor_at,
     impersonator_id, resumes_id)
  SELECT token_hash, of_user, at, at, at, least(until, s.expires_at), from_address, agent, s.second_factor_at,
         by_admin, s.public_id
    FROM public.sessions s
   WHERE s.public_id = by_session AND s.user_id = by_admin AND s.impersonator_id IS NULL AND NOT s.pending
  RETURNING expires_at INTO ends;
  IF NOT FOUND THEN outcome := 'forbidden'; RETURN NEXT; RETURN; END IF;
  email := target.email;
  after := jsonb_build_object('until', ends);
  outcome := 'done';
  RETURN NEXT;
END $$;

-- Back to oneself, under a new token; no row where there is no impersonation, or nothing to go back to.
CREATE FUNCTION identity.end_impersonation(token_hash text, new_hash text, at timestamptz, idle_seconds integer)
RETURNS TABLE (ended boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  resumed uuid;
BEGIN
  DELETE FROM public.sessions s WHERE s.id = token_hash AND s.impersonator_id IS NOT NULL
    RETURNING s.resumes_id INTO resumed;
  UPDATE public.sessions s SET id = new_hash, last_seen_at = at
   WHERE s.public_id = resumed AND s.expires_at > at
     AND s.last_seen_at + make_interval(secs => idle_seconds) > at;
  IF NOT FOUND THEN RETURN; END IF;
  ended := true;
  RETURN NEXT;
END $$;

-- Who logs out while they are somebody else is not left signed in as themselves.
CREATE OR REPLACE FUNCTION identity.delete_session(token_hash text) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  DELETE FROM public.sessions
   WHERE id = token_hash OR public_id = (SELECT s.resumes_id FROM public.sessions s WHERE s.id = token_hash)
$$;

-- A user who never proved their address has no session; of an impersonation, while both are who they were.
DROP FUNCTION identity.find_session(text, timestamptz, integer);
CREATE FUNCTION identity.find_session(token_hash text, at timestamptz, idle_seconds integer)
RETURNS TABLE (
  user_id uuid, email varchar, name varchar, platform_role text, email_verified boolean,
  session_id uuid, pending boolean, second_factor boolean, impersonator_id uuid,
  authenticated_at timestamptz, expires_at timestamptz, memberships jsonb)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  seen timestamptz;
BEGIN
  SELECT u.id, u.email, u.name, u.platform_role::text, u.email_verified_at IS NOT NULL,
         s.public_id, s.pending, s.second_factor_at IS NOT NULL, s.impersonator_id, s.authenticated_at,
         least(s.expires_at, s.last_seen_at + make_interval(secs => idle_seconds)),
         identity.memberships_of(u.id), s.last_seen_at
    INTO user_id, email, name, platform_role, email_verified,
         session_id, pending, second_factor, impersonator_id, authenticated_at, expires_at, memberships, seen
    FROM public.sessions s JOIN public.users u ON u.id = s.user_id
   WHERE s.id = token_hash AND s.expires_at > at
     AND s.last_seen_at + make_interval(secs => idle_seconds) > at
     AND u.disabled_at IS NULL AND u.email_verified_at IS NOT NULL
     AND (s.impersonator_id IS NULL OR u.platform_role IS NULL AND EXISTS (
       SELECT FROM public.users i
        WHERE i.id = s.impersonator_id AND i.platform_role = 'admin' AND i.disabled_at IS NULL));
  IF NOT FOUND THEN RETURN; END IF;
  -- Written at most once a minute, so that reading stays cheap.
  IF seen < at - interval '1 minute' THEN
    UPDATE public.sessions SET last_seen_at = at WHERE id = token_hash;
    expires_at := least((SELECT s.expires_at FROM public.sessions s WHERE s.id = token_hash),
                        at + make_interval(secs => idle_seconds));
  END IF;
  RETURN NEXT;
END $$;

DROP FUNCTION identity.list_sessions(uuid, timestamptz, integer);
CREATE FUNCTION identity.list_sessions(of_user uuid, at timestamptz, idle_seconds integer)
RETURNS TABLE (
  session_id uuid, created_at timestamptz, last_seen_at timestamptz, expires_at timestamptz,
  address varchar, user_agent varchar, impersonated boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT public_id, created_at, last_seen_at,
         least(expires_at, last_seen_at + make_interval(secs => idle_seconds)), address, user_agent,
         impersonator_id IS NOT NULL
    FROM public.sessions
   WHERE user_id = of_user AND NOT pending AND expires_at > at
     AND last_seen_at + make_interval(secs => idle_seconds) > at
   ORDER BY last_seen_at DESC, public_id
$$;

DO $$ DECLARE routine regprocedure; BEGIN
  FOR routine IN SELECT p.oid::regprocedure FROM pg_proc p
    WHERE p.pronamespace IN ('identity'::regnamespace, 'platform'::regnamespace)
      AND p.proowner <> 'rampart_identity'::regrole
  LOOP EXECUTE format('ALTER FUNCTION %s OWNER TO rampart_identity', routine); END LOOP;
END $$;
ALTER VIEW platform.users OWNER TO rampart_identity;
ALTER VIEW platform.organizations OWNER TO rampart_identity;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA identity FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA identity TO rampart_app;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA platform FROM PUBLIC;
GRANT USAGE ON SCHEMA platform TO rampart_platform;
GRANT SELECT ON platform.users, platform.organizations TO rampart_platform;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA platform TO rampart_platform;
