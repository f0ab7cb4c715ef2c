-- CreateEnum
CREATE TYPE "OneTimePurpose" AS ENUM ('register', 'reset_password', 'register_passkey', 'log_in_with_passkey');

-- AlterTable
ALTER TABLE "users" ADD COLUMN     "deleted_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "sessions" ADD COLUMN     "failed_codes" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "pending" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "public_id" UUID NOT NULL DEFAULT gen_random_uuid(),
ADD COLUMN     "second_factor_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "organizations" ADD COLUMN     "require_second_factor" BOOLEAN NOT NULL DEFAULT false;

-- CreateTable
CREATE TABLE "totp_secrets" (
    "user_id" UUID NOT NULL,
    "secret" TEXT NOT NULL,
    "confirmed_at" TIMESTAMPTZ(3),
    "last_step" INTEGER NOT NULL DEFAULT 0,
    "failed_codes" INTEGER NOT NULL DEFAULT 0,
    "failed_since" TIMESTAMPTZ(3),

    CONSTRAINT "totp_secrets_pkey" PRIMARY KEY ("user_id")
);

-- CreateTable
CREATE TABLE "recovery_codes" (
    "id" VARCHAR(64) NOT NULL,
    "user_id" UUID NOT NULL,

    CONSTRAINT "recovery_codes_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "passkeys" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "user_id" UUID NOT NULL,
    "credential_id" VARCHAR(1400) NOT NULL,
    "public_key" BYTEA NOT NULL,
    "counter" BIGINT NOT NULL DEFAULT 0,
    "transports" TEXT[],
    "backed_up" BOOLEAN NOT NULL,
    "name" VARCHAR(100) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_used_at" TIMESTAMPTZ(3),

    CONSTRAINT "passkeys_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "one_time_tokens" (
    "id" VARCHAR(64) NOT NULL,
    "purpose" "OneTimePurpose" NOT NULL,
    "user_id" UUID,
    "email" VARCHAR(254),
    "data" JSONB NOT NULL DEFAULT '{}',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "one_time_tokens_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "email_changes" (
    "user_id" UUID NOT NULL,
    "new_email" VARCHAR(254) NOT NULL,
    "old_token_id" VARCHAR(64) NOT NULL,
    "new_token_id" VARCHAR(64) NOT NULL,
    "old_confirmed_at" TIMESTAMPTZ(3),
    "new_confirmed_at" TIMESTAMPTZ(3),
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "email_changes_pkey" PRIMARY KEY ("user_id")
);

-- CreateTable
CREATE TABLE "api_keys" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "organization_id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "name" VARCHAR(100) NOT NULL,
    "prefix" VARCHAR(20) NOT NULL,
    "permissions" TEXT[],
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "last_used_at" TIMESTAMPTZ(3),
    "replaced_by_id" UUID,

    CONSTRAINT "api_keys_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_key_hashes" (
    "api_key_id" UUID NOT NULL,
    "hash" VARCHAR(64) NOT NULL,

    CONSTRAINT "api_key_hashes_pkey" PRIMARY KEY ("api_key_id")
);

-- CreateTable
CREATE TABLE "idempotency_keys" (
    "user_id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "key_hash" VARCHAR(64) NOT NULL,
    "request_hash" VARCHAR(64) NOT NULL,
    "status" INTEGER,
    "body" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "idempotency_keys_pkey" PRIMARY KEY ("user_id","organization_id","key_hash")
);

-- CreateIndex
CREATE INDEX "recovery_codes_user_id_idx" ON "recovery_codes"("user_id");

-- CreateIndex
CREATE UNIQUE INDEX "passkeys_credential_id_key" ON "passkeys"("credential_id");

-- CreateIndex
CREATE INDEX "passkeys_user_id_idx" ON "passkeys"("user_id");

-- CreateIndex
CREATE INDEX "one_time_tokens_expires_at_idx" ON "one_time_tokens"("expires_at");

-- CreateIndex
CREATE INDEX "one_time_tokens_email_idx" ON "one_time_tokens"("email");

-- CreateIndex
CREATE INDEX "one_time_tokens_user_id_idx" ON "one_time_tokens"("user_id");

-- CreateIndex
CREATE UNIQUE INDEX "email_changes_old_token_id_key" ON "email_changes"("old_token_id");

-- CreateIndex
CREATE UNIQUE INDEX "email_changes_new_token_id_key" ON "email_changes"("new_token_id");

-- CreateIndex
CREATE UNIQUE INDEX "api_keys_replaced_by_id_key" ON "api_keys"("replaced_by_id");

-- CreateIndex
CREATE INDEX "api_keys_organization_id_user_id_idx" ON "api_keys"("organization_id", "user_id");

-- CreateIndex
CREATE INDEX "api_keys_expires_at_idx" ON "api_keys"("expires_at");

-- CreateIndex
CREATE UNIQUE INDEX "api_key_hashes_hash_key" ON "api_key_hashes"("hash");

-- CreateIndex
CREATE INDEX "idempotency_keys_expires_at_idx" ON "idempotency_keys"("expires_at");

-- CreateIndex
CREATE UNIQUE INDEX "sessions_public_id_key" ON "sessions"("public_id");

-- AddForeignKey
ALTER TABLE "totp_secrets" ADD CONSTRAINT "totp_secrets_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "recovery_codes" ADD CONSTRAINT "recovery_codes_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "passkeys" ADD CONSTRAINT "passkeys_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "one_time_tokens" ADD CONSTRAINT "one_time_tokens_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "email_changes" ADD CONSTRAINT "email_changes_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_organization_id_user_id_fkey" FOREIGN KEY ("organization_id", "user_id") REFERENCES "memberships"("organization_id", "user_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_replaced_by_id_fkey" FOREIGN KEY ("replaced_by_id") REFERENCES "api_keys"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "api_key_hashes" ADD CONSTRAINT "api_key_hashes_api_key_id_fkey" FOREIGN KEY ("api_key_id") REFERENCES "api_keys"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Bounds that hold whatever the code above does.
ALTER TABLE "users" ADD CONSTRAINT "users_deleted_check" CHECK ("deleted_at" IS NULL OR "disabled_at" IS NOT NULL);
-- G35: no key lives longer than 90 days, whoever made it. Counted in hours: a session's time zone may have shorter days.
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_age_check" CHECK ("expires_at" <= "created_at" + interval '2160 hours');

-- Who may touch what
ALTER TABLE "totp_secrets"     ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE "recovery_codes"   ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE "passkeys"         ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE "one_time_tokens"  ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE "email_changes"    ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE "api_keys"         ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE "api_key_hashes"   ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE "idempotency_keys" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_migrates ON "totp_secrets"     TO rampart_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_migrates ON "recovery_codes"   TO rampart_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_migrates ON "passkeys"         TO rampart_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_migrates ON "one_time_tokens"  TO rampart_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_migrates ON "email_changes"    TO rampart_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_migrates ON "api_keys"         TO rampart_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_migrates ON "api_key_hashes"   TO rampart_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_migrates ON "idempotency_keys" TO rampart_owner USING (true) WITH CHECK (true);

-- The serving role sees a tenant's keys without their hashes, and can only take them away.
GRANT SELECT, UPDATE ("updated_at"), DELETE ON "api_keys" TO rampart_app;
CREATE POLICY tenant ON "api_keys" TO rampart_app
  USING ("organization_id" = (SELECT app.organization_id()))
  WITH CHECK ("organization_id" = (SELECT app.organization_id()));

GRANT SELECT, INSERT, UPDATE, DELETE ON "idempotency_keys" TO rampart_app;
CREATE POLICY own ON "idempotency_keys" TO rampart_app
  USING ("user_id" = (SELECT app.user_id())) WITH CHECK ("user_id" = (SELECT app.user_id()));

GRANT UPDATE ("require_second_factor", "updated_at") ON "organizations" TO rampart_app;
CREATE POLICY tenant_changes ON "organizations" FOR UPDATE TO rampart_app
  USING ("id" = (SELECT app.organization_id())) WITH CHECK ("id" = (SELECT app.organization_id()));

GRANT SELECT, DELETE ON "one_time_tokens", "email_changes", "idempotency_keys" TO rampart_worker;
CREATE POLICY worker_retains ON "one_time_tokens"  TO rampart_worker USING (true);
CREATE POLICY worker_retains ON "email_changes"    TO rampart_worker USING (true);
CREATE POLICY worker_retains ON "idempotency_keys" TO rampart_worker USING (true);

-- Identity: the one role that sees credentials; nobody logs in as it.
DROP POLICY identity_looks_up ON "users";
DROP POLICY identity_looks_up ON "passwords";
DROP POLICY identity_looks_up ON "memberships";
GRANT SELECT ("deleted_at", "created_at"), INSERT, UPDATE ON "users" TO rampart_identity;
GRANT INSERT, UPDATE, DELETE ON "passwords" TO rampart_identity;
GRANT UPDATE ON "sessions" TO rampart_identity;
GRANT SELECT, INSERT, DELETE ON "organizations" TO rampart_identity;
GRANT INSERT, UPDATE ON "memberships" TO rampart_identity;
GRANT SELECT, INSERT, UPDATE, DELETE
  ON "totp_secrets", "recovery_codes", "passkeys", "one_time_tokens", "email_changes",
     "api_keys", "api_key_hashes" TO rampart_identity;
GRANT SELECT, DELETE ON "idempotency_keys" TO rampart_identity;
CREATE POLICY identity_keeps ON "users"            TO rampart_identity USING (true) WITH CHECK (true);
CREATE POLICY identity_keeps ON "passwords"        TO rampart_identity USING (true) WITH CHECK (true);
CREATE POLICY identity_keeps ON "organizations"    TO rampart_identity USING (true) WITH CHECK (true);
CREATE POLICY identity_keeps ON "memberships"      TO rampart_identity USING (true) WITH CHECK (true);
CREATE POLICY identity_keeps ON "totp_secrets"     TO rampart_identity USING (true) WITH CHECK (true);
CREATE POLICY identity_keeps ON "recovery_codes"   TO rampart_identity USING (true) WITH CHECK (true);
CREATE POLICY identity_keeps ON "passkeys"         TO rampart_identity USING (true) WITH CHECK (true);
CREATE POLICY identity_keeps ON "one_time_tokens"  TO rampart_identity USING (true) WITH CHECK (true);
CREATE POLICY identity_keeps ON "email_changes"    TO rampart_identity USING (true) WITH CHECK (true);
CREATE POLICY identity_keeps ON "api_keys"         TO rampart_identity USING (true) WITH CHECK (true);
CREATE POLICY identity_keeps ON "api_key_hashes"   TO rampart_identity USING (true) WITH CHECK (true);
CREATE POLICY identity_keeps ON "idempotency_keys" TO rampart_identity USING (true) WITH CHECK (true);

-- What a caller is allowed is read with who they are: one query, on every request (G07).
CREATE FUNCTION identity.memberships_of(of_user uuid) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(jsonb_agg(jsonb_build_object(
           'organizationId', m.organization_id, 'role', m.role,
           'requiresSecondFactor', o.require_second_factor)
           ORDER BY m.created_at, m.organization_id), '[]')
    FROM public.memberships m JOIN public.organizations o ON o.id = m.organization_id
   WHERE m.user_id = of_user AND m.removed_at IS NULL
$$;

-- Sessions
DROP FUNCTION identity.find_session(text, timestamptz, integer);
CREATE FUNCTION identity.find_session(token_hash text, at timestamptz, idle_seconds integer)
RETURNS TABLE (
  user_id uuid, email varchar, name varchar, platform_role text, email_verified boolean,
  session_id uuid, pending boolean, second_factor boolean,
  authenticated_at timestamptz, expires_at timestamptz, memberships jsonb)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  seen timestamptz;
BEGIN
  SELECT u.id, u.email, u.name, u.platform_role::text, u.email_verified_at IS NOT NULL,
         s.public_id, s.pending, s.second_factor_at IS NOT NULL, s.authenticated_at,
         least(s.expires_at, s.last_seen_at + make_interval(secs => idle_seconds)),
         identity.memberships_of(u.id), s.last_seen_at
    INTO user_id, email, name, platform_role, email_verified,
         session_id, pending, second_factor, authenticated_at, expires_at, memberships, seen
    FROM public.sessions s JOIN public.users u ON u.id = s.user_id
   WHERE s.id = token_hash AND s.expires_at > at
     AND s.last_seen_at + make_interval(secs => idle_seconds) > at AND u.disabled_at IS NULL;
  IF NOT FOUND THEN RETURN; END IF;
  -- Written at most once a minute, so that reading stays cheap.
  IF seen < at - interval '1 minute' THEN
    UPDATE public.sessions SET last_seen_at = at WHERE id = token_hash;
    expires_at := least((SELECT s.expires_at FROM public.sessions s WHERE s.id = token_hash),
                        at + make_interval(secs => idle_seconds));
  END IF;
  RETURN NEXT;
END $$;

DROP FUNCTION identity.create_session(text, uuid, timestamptz, timestamptz, text, text);
-- No row where the password that was checked is no longer the user's: a reset in the meantime ends the log-in too.
CREATE FUNCTION identity.create_session(
  token_hash text, for_user uuid, at timestamptz, until timestamptz, from_address text, agent text,
  is_pending boolean, with_second_factor boolean, checked_hash text DEFAULT NULL)
RETURNS TABLE (created boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF checked_hash IS NOT NULL THEN
    PERFORM FROM public.passwords p WHERE p.user_id = for_user AND p.hash = checked_hash FOR SHARE;
    IF NOT FOUND THEN RETURN; END IF;
  END IF;
  INSERT INTO public.sessions
    (id, user_id, created_at, authenticated_at, last_seen_at, expires_at, address, user_agent, pending,
     second_factor_at)
  VALUES (token_hash, for_user, at, at, at, until, from_address, agent, is_pending,
          CASE WHEN with_second_factor THEN at END);
  created := true;
  RETURN NEXT;
END $$;

-- The same session under another token: the old one is worth nothing from here on. A null keeps what it was;
-- an `until` makes a half session whole. `of_session` is the one that whoever renews has checked.
CREATE FUNCTION identity.renew_session(
  old_hash text, new_hash text, of_session uuid, at timestamptz, idle_seconds integer,
  authenticated timestamptz, with_second_factor boolean, until timestamptz)
RETURNS TABLE (renewed boolean)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  UPDATE public.sessions
     SET id = new_hash, last_seen_at = at, pending = pending AND until IS NULL,
         authenticated_at = coalesce(authenticated, authenticated_at),
         second_factor_at = CASE with_second_factor WHEN true THEN at WHEN false THEN NULL
                                                    ELSE second_factor_at END,
         expires_at = coalesce(until, expires_at)
   WHERE id = old_hash AND (of_session IS NULL OR public_id = of_session)
     AND expires_at > at AND last_seen_at + make_interval(secs => idle_seconds) > at
  RETURNING true
$$;

CREATE FUNCTION identity.list_sessions(of_user uuid, at timestamptz, idle_seconds integer)
RETURNS TABLE (
  session_id uuid, created_at timestamptz, last_seen_at timestamptz, expires_at timestamptz,
  address varchar, user_agent varchar)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT public_id, created_at, last_seen_at,
         least(expires_at, last_seen_at + make_interval(secs => idle_seconds)), address, user_agent
    FROM public.sessions
   WHERE user_id = of_user AND NOT pending AND expires_at > at
     AND last_seen_at + make_interval(secs => idle_seconds) > at
   ORDER BY last_seen_at DESC, public_id
$$;

CREATE FUNCTION identity.delete_user_session(of_user uuid, session uuid) RETURNS TABLE (deleted boolean)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  DELETE FROM public.sessions WHERE user_id = of_user AND public_id = session RETURNING true
$$;

CREATE FUNCTION identity.delete_other_sessions(of_user uuid, kept uuid) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  DELETE FROM public.sessions WHERE user_id = of_user AND public_id <> kept
$$;

-- Passwords
DROP FUNCTION identity.find_password(text);
-- Unknown, unverified, disabled and without a password are one row or none; the caller treats them alike.
CREATE FUNCTION identity.find_password(by_email text)
RETURNS TABLE (user_id uuid, hash text, usable boolean, second_factor boolean, platform_role text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT u.id, p.hash, u.disabled_at IS NULL AND u.email_verified_at IS NOT NULL,
         EXISTS (SELECT FROM public.totp_secrets t WHERE t.user_id = u.id AND t.confirmed_at IS NOT NULL),
         u.platform_role::text
    FROM public.users u LEFT JOIN public.passwords p ON p.user_id = u.id WHERE u.email = by_email
$$;

CREATE FUNCTION identity.find_user(by_email text)
RETURNS TABLE (user_id uuid, name varchar, usable boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT id, name, disabled_at IS NULL FROM public.users WHERE email = by_email
$$;

-- The new hash, and an end to every other way in that the old password may have opened. No row, and nothing
-- done, for a session that is gone: what ended it may have been a reset of this very password. Whatever ends
-- ways into an account locks its user first, so that two such changes follow each other.
CREATE FUNCTION identity.set_password(of_user uuid, new_hash text, kept_session uuid, at timestamptz)
RETURNS TABLE (is_set boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM FROM public.users u WHERE u.id = of_user FOR UPDATE;
  IF kept_session IS NOT NULL AND NOT EXISTS (
    SELECT FROM public.sessions s WHERE s.user_id = of_user AND s.public_id = kept_session)
  THEN RETURN; END IF;
  INSERT INTO public.passwords (user_id, hash, updated_at) VALUES (of_user, new_hash, at)
    ON CONFLICT (user_id) DO UPDATE SET hash = excluded.hash, updated_at = at;
  DELETE FROM public.sessions
   WHERE user_id = of_user AND (kept_session IS NULL OR public_id <> kept_session);
  DELETE FROM public.email_changes WHERE user_id = of_user;
  DELETE FROM public.one_time_tokens t USING public.users u
   WHERE u.id = of_user AND t.email = u.email AND t.purpose = 'reset_password';
  is_set := true;
  RETURN NEXT;
END $$;

-- Links and challenges: what is redeemed is deleted, so of many at once exactly one has it.
CREATE FUNCTION identity.create_one_time_token(
  token_hash text, for_purpose text, for_user uuid, for_email text, with_data jsonb,
  at timestamptz, until timestamptz)
RETURNS void LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  DELETE FROM public.one_time_tokens WHERE expires_at <= at;
  INSERT INTO public.one_time_tokens (id, purpose, user_id, email, data, created_at, expires_at)
  VALUES (token_hash, for_purpose::public."OneTimePurpose", for_user, for_email, with_data, at, until)
$$;

CREATE FUNCTION identity.redeem_one_time_token(token_hash text, for_purpose text, at timestamptz)
RETURNS TABLE (user_id uuid, email varchar, data jsonb)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  DELETE FROM public.one_time_tokens t
   WHERE t.id = token_hash AND t.purpose = for_purpose::public."OneTimePurpose" AND t.expires_at > at
  RETURNING t.user_id, t.email, t.data
$$;

-- Whose link it is, without using it up; none for one that cannot be redeemed.
CREATE FUNCTION identity.find_one_time_token(token_hash text, for_purpose text, at timestamptz)
RETURNS TABLE (email varchar, name varchar)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT t.email, u.name FROM public.one_time_tokens t LEFT JOIN public.users u ON u.email = t.email
   WHERE t.id = token_hash AND t.purpose = for_purpose::public."OneTimePurpose" AND t.expires_at > at
$$;

-- Accounts
-- Registrations of the address that a link proves, the newest first: a stranger may have made some of them.
CREATE FUNCTION identity.list_registrations(token_hash text, at timestamptz, at_most integer)
RETURNS TABLE (id varchar, hash text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT t.id, t.data->>'hash' FROM public.one_time_tokens t
   WHERE t.purpose = 'register' AND t.expires_at > at AND t.email = (
     SELECT o.email FROM public.one_time_tokens o
      WHERE o.id = token_hash AND o.purpose = 'register' AND o.expires_at > at)
   ORDER BY t.created_at DESC, t.id LIMIT at_most
$$;

-- A registration becomes a user when a link to its address is redeemed: whoever never reads the mail has no
-- account, and nobody's later way in meets a password that a stranger set before.
CREATE FUNCTION identity.confirm_registration(token_hash text, at timestamptz)
RETURNS TABLE (user_id uuid)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  pending record;
  organization uuid;
BEGIN
  -- All links to the address, in one order: two of them at once follow each other.
  PERFORM FROM public.one_time_tokens t
    WHERE t.purpose = 'register'
      AND t.email = (SELECT o.email FROM public.one_time_tokens o WHERE o.id = token_hash)
    ORDER BY t.id FOR UPDATE;
  SELECT * INTO pending FROM identity.redeem_one_time_token(token_hash, 'register', at);
  IF NOT FOUND THEN RETURN; END IF;
  DELETE FROM public.one_time_tokens t WHERE t.email = pending.email AND t.purpose = 'register';
  INSERT INTO public.users (id, email, name, email_verified_at, created_at, updated_at)
  VALUES (gen_random_uuid(), pending.email, pending.data->>'name', at, at, at)
    ON CONFLICT (email) DO NOTHING RETURNING id INTO user_id;
  IF user_id IS NULL THEN RETURN; END IF;
  INSERT INTO public.passwords (user_id, hash, updated_at) VALUES (user_id, pending.data->>'hash', at);
  INSERT INTO public.organizations (id, name, created_at, updated_at)
  VALUES (gen_random_uuid(), pending.data->>'organization', at, at) RETURNING id INTO organization;
  INSERT INTO public.memberships (organization_id, user_id, role, created_at)
  VALUES (organization, user_id, 'owner', at);
  RETURN NEXT;
END $$;

-- The link proves the address too.
CREATE FUNCTION identity.reset_password(token_hash text, new_hash text, at timestamptz)
RETURNS TABLE (user_id uuid, email varchar)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  redeemed record;
BEGIN
  PERFORM FROM public.users u
    WHERE u.email = (SELECT t.email FROM public.one_time_tokens t WHERE t.id = token_hash) FOR UPDATE;
  SELECT * INTO redeemed FROM identity.redeem_one_time_token(token_hash, 'reset_password', at);
  IF NOT FOUND THEN RETURN; END IF;
  UPDATE public.users u SET email_verified_at = coalesce(u.email_verified_at, at)
   WHERE u.email = redeemed.email AND u.disabled_at IS NULL RETURNING u.id, u.email INTO user_id, email;
  IF user_id IS NULL THEN RETURN; END IF;
  PERFORM identity.set_password(user_id, new_hash, NULL, at);
  RETURN NEXT;
END $$;

CREATE FUNCTION identity.begin_email_change(
  of_user uuid, to_email text, old_hash text, new_hash text, until timestamptz)
RETURNS void LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO public.email_changes (user_id, new_email, old_token_id, new_token_id, expires_at)
  VALUES (of_user, to_email, old_hash, new_hash, until)
    ON CONFLICT (user_id) DO UPDATE
       SET new_email = excluded.new_email, old_token_id = excluded.old_token_id,
           new_token_id = excluded.new_token_id, expires_at = excluded.expires_at,
           old_confirmed_at = NULL, new_confirmed_at = NULL
$$;

-- One row when the link is known; `changed` once both addresses have confirmed and the new one was free.
CREATE FUNCTION identity.confirm_email_change(token_hash text, at timestamptz)
RETURNS TABLE (user_id uuid, old_email varchar, new_email varchar, changed boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  change record;
BEGIN
  PERFORM FROM public.users u WHERE u.id = (
    SELECT c.user_id FROM public.email_changes c
     WHERE c.old_token_id = token_hash OR c.new_token_id = token_hash) FOR UPDATE;
  UPDATE public.email_changes c
     SET old_confirmed_at = CASE WHEN c.old_token_id = token_hash THEN at ELSE c.old_confirmed_at END,
         new_confirmed_at = CASE WHEN c.new_token_id = token_hash THEN at ELSE c.new_confirmed_at END
   WHERE (c.old_token_id = token_hash AND c.old_confirmed_at IS NULL
          OR c.new_token_id = token_hash AND c.new_confirmed_at IS NULL)
     AND c.expires_at > at
  RETURNING c.* INTO change;
  IF NOT FOUND THEN RETURN; END IF;
  SELECT u.id, u.email, change.new_email, false INTO user_id, old_email, new_email, changed
    FROM public.users u WHERE u.id = change.user_id AND u.disabled_at IS NULL;
  IF NOT FOUND THEN RETURN; END IF;
  IF change.old_confirmed_at IS NOT NULL AND change.new_confirmed_at IS NOT NULL THEN
    DELETE FROM public.email_changes c WHERE c.user_id = change.user_id;
    -- The index decides, so that of two who move to one address at once exactly one has it.
    BEGIN
      UPDATE public.users u SET email = change.new_email, email_verified_at = at, updated_at = at
       WHERE u.id = change.user_id;
    EXCEPTION WHEN unique_violation THEN RETURN; END;
    -- Links that went to the old address, and registrations of the new one, end with it.
    DELETE FROM public.one_time_tokens t
     WHERE t.email = old_email AND t.purpose = 'reset_password'
        OR t.email = change.new_email AND t.purpose = 'register';
    DELETE FROM public.sessions s WHERE s.user_id = change.user_id;
    changed := true;
  END IF;
  RETURN NEXT;
END $$;

-- Erases a person: what is theirs alone goes with them, what belongs to a tenant stays there without their name.
-- Answers 'sole_owner' and does nothing while somebody else would lose the only owner of their organization.
CREATE FUNCTION identity.delete_account(of_user uuid, at timestamptz) RETURNS TABLE (outcome text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM FROM public.users u WHERE u.id = of_user FOR UPDATE;
  PERFORM FROM public.memberships m WHERE m.organization_id IN (
    SELECT o.organization_id FROM public.memberships o WHERE o.user_id = of_user AND o.removed_at IS NULL)
    ORDER BY m.organization_id, m.user_id FOR UPDATE;
  IF EXISTS (
    SELECT FROM public.memberships mine
     WHERE mine.user_id = of_user AND mine.role = 'owner' AND mine.removed_at IS NULL
       AND EXISTS (SELECT FROM public.memberships m WHERE m.organization_id = mine.organization_id
                    AND m.user_id <> of_user AND m.removed_at IS NULL)
       AND NOT EXISTS (SELECT FROM public.memberships m JOIN public.users u ON u.id = m.user_id
                  WHERE m.organization_id = mine.organization_id AND m.user_id <> of_user
                    AND m.removed_at IS NULL AND m.role = 'owner' AND u.disabled_at IS NULL))
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
  DELETE FROM public.one_time_tokens t USING public.users u
   WHERE u.id = of_user AND (t.user_id = of_user OR t.email = u.email);
  UPDATE public.users u
     SET email = 'deleted-' || u.id || '@deleted.invalid', name = 'Deleted user', platform_role = NULL,
         email_verified_at = NULL, disabled_at = coalesce(u.disabled_at, at), deleted_at = at, updated_at = at
   WHERE u.id = of_user AND u.deleted_at IS NULL;
  IF FOUND THEN outcome := 'deleted'; RETURN NEXT; END IF;
END $$;

-- Second factors
CREATE FUNCTION identity.find_second_factors(of_user uuid)
RETURNS TABLE (confirmed boolean, recovery_codes integer, passkeys integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT EXISTS (SELECT FROM public.totp_secrets t WHERE t.user_id = of_user AND t.confirmed_at IS NOT NULL),
         (SELECT count(*)::integer FROM public.recovery_codes r WHERE r.user_id = of_user),
         (SELECT count(*)::integer FROM public.passkeys p WHERE p.user_id = of_user)
$$;

-- A secret that is not confirmed yet can be replaced; a confirmed one cannot.
CREATE FUNCTION identity.set_totp_secret(of_user uuid, encrypted text) RETURNS TABLE (is_set boolean)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO public.totp_secrets (user_id, secret) VALUES (of_user, encrypted)
    ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret, last_step = 0
      WHERE totp_secrets.confirmed_at IS NULL
  RETURNING true
$$;

-- A code is counted before it is looked at, so that no number of them at once gets past a limit: for the half
-- session, and for the account, over an hour, since whoever has the password can log in again. No row for a
-- session that is gone or has no attempt left.
CREATE FUNCTION identity.begin_code_attempt(
  of_user uuid, session uuid, at timestamptz, max_in_session integer, max_in_hour integer)
RETURNS TABLE (secret text, locked_until timestamptz)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  kept public.totp_secrets;
BEGIN
  PERFORM FROM public.sessions s
   WHERE s.public_id = session AND s.user_id = of_user AND (NOT s.pending OR s.failed_codes < max_in_session)
     FOR UPDATE;
  IF NOT FOUND THEN RETURN; END IF;
  SELECT t.* INTO kept FROM public.totp_secrets t WHERE t.user_id = of_user FOR UPDATE;
  IF kept.failed_since + interval '1 hour' > at THEN
    IF kept.failed_codes >= max_in_hour THEN
      locked_until := kept.failed_since + interval '1 hour';
      RETURN NEXT;
      RETURN;
    END IF;
  ELSE
    kept.failed_codes := 0;
    kept.failed_since := at;
  END IF;
  UPDATE public.totp_secrets t SET failed_codes = kept.failed_codes + 1, failed_since = kept.failed_since
   WHERE t.user_id = of_user;
  UPDATE public.sessions s SET failed_codes = s.failed_codes + 1 WHERE s.public_id = session AND s.pending;
  secret := kept.secret;
  RETURN NEXT;
END $$;

-- The last wrong code ends the half session, unless a right one has been given in it meanwhile.
CREATE FUNCTION identity.end_guessed_session(session uuid, max_in_session integer) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  DELETE FROM public.sessions
   WHERE public_id = session AND pending AND second_factor_at IS NULL AND failed_codes >= max_in_session
$$;

-- Each step is good once (RFC 6238, section 5.2), and none before it; the first one confirms the secret when
-- the recovery codes come with it. `encrypted` is the secret that the code was checked against: another one may
-- have taken its place since.
CREATE FUNCTION identity.use_totp_step(
  of_user uuid, session uuid, encrypted text, step integer, at timestamptz, code_hashes text[])
RETURNS TABLE (used boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE public.totp_secrets t
     SET last_step = step, failed_codes = 0, failed_since = NULL, confirmed_at = coalesce(t.confirmed_at, at)
   WHERE t.user_id = of_user AND t.secret = encrypted AND t.last_step < step
     AND (t.confirmed_at IS NULL) = (code_hashes IS NOT NULL)
  RETURNING true INTO used;
  IF NOT FOUND THEN RETURN; END IF;
  IF code_hashes IS NOT NULL THEN PERFORM identity.set_recovery_codes(of_user, code_hashes); END IF;
  UPDATE public.sessions s SET second_factor_at = at
   WHERE s.public_id = session AND s.user_id = of_user AND s.pending;
  RETURN NEXT;
END $$;

-- The lock lets two replacements follow each other, so that ten codes are good and not twenty.
CREATE FUNCTION identity.set_recovery_codes(of_user uuid, code_hashes text[]) RETURNS TABLE (is_set boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  SELECT true INTO is_set
    FROM public.totp_secrets t WHERE t.user_id = of_user AND t.confirmed_at IS NOT NULL FOR UPDATE;
  IF NOT FOUND THEN RETURN; END IF;
  DELETE FROM public.recovery_codes WHERE user_id = of_user;
  INSERT INTO public.recovery_codes (id, user_id) SELECT hash, of_user FROM unnest(code_hashes) AS hash;
  RETURN NEXT;
END $$;

CREATE FUNCTION identity.use_recovery_code(of_user uuid, session uuid, code_hash text, at timestamptz)
RETURNS TABLE (used boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  DELETE FROM public.recovery_codes WHERE user_id = of_user AND id = code_hash RETURNING true INTO used;
  IF NOT FOUND THEN RETURN; END IF;
  UPDATE public.totp_secrets SET failed_codes = 0, failed_since = NULL WHERE user_id = of_user;
  UPDATE public.sessions s SET second_factor_at = at
   WHERE s.public_id = session AND s.user_id = of_user AND s.pending;
  RETURN NEXT;
END $$;

CREATE FUNCTION identity.delete_totp(of_user uuid) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  -- In this order, so that codes which are being replaced meanwhile go too.
  DELETE FROM public.totp_secrets WHERE user_id = of_user;
  DELETE FROM public.recovery_codes WHERE user_id = of_user
$$;

-- Passkeys
CREATE FUNCTION identity.create_passkey(
  of_user uuid, credential text, key bytea, sign_count bigint, with_transports text[], is_backed_up boolean,
  named text, at timestamptz)
RETURNS TABLE (id uuid)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO public.passkeys
    (user_id, credential_id, public_key, counter, transports, backed_up, name, created_at)
  VALUES (of_user, credential, key, sign_count, with_transports, is_backed_up, named, at)
  RETURNING id
$$;

CREATE FUNCTION identity.find_passkey(credential text)
RETURNS TABLE (id uuid, user_id uuid, public_key bytea, counter bigint, transports text[], usable boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT p.id, p.user_id, p.public_key, p.counter, p.transports,
         u.disabled_at IS NULL AND u.email_verified_at IS NOT NULL
    FROM public.passkeys p JOIN public.users u ON u.id = p.user_id WHERE p.credential_id = credential
$$;

CREATE FUNCTION identity.list_passkeys(of_user uuid)
RETURNS TABLE (
  id uuid, credential_id varchar, transports text[], name varchar, backed_up boolean,
  created_at timestamptz, last_used_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT id, credential_id, transports, name, backed_up, created_at, last_used_at
    FROM public.passkeys WHERE user_id = of_user ORDER BY created_at, id
$$;

-- A signature counter that does not grow is a copied authenticator (WebAuthn, section 6.1.1); many never count.
CREATE FUNCTION identity.use_passkey(passkey uuid, sign_count bigint, is_backed_up boolean, at timestamptz)
RETURNS TABLE (used boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE public.passkeys p SET counter = sign_count, backed_up = is_backed_up, last_used_at = at
   WHERE p.id = passkey AND (p.counter < sign_count OR (p.counter = 0 AND sign_count = 0));
  used := FOUND;
  RETURN NEXT;
END $$;

CREATE FUNCTION identity.delete_passkey(of_user uuid, passkey uuid) RETURNS TABLE (deleted boolean)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  DELETE FROM public.passkeys WHERE user_id = of_user AND id = passkey RETURNING true
$$;

-- API keys
CREATE FUNCTION identity.create_api_key(
  key_hash text, for_organization uuid, for_user uuid, named text, shown text, allowed text[],
  at timestamptz, until timestamptz)
RETURNS TABLE (id uuid)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO public.api_keys
    (organization_id, user_id, name, prefix, permissions, created_at, updated_at, expires_at)
  VALUES (for_organization, for_user, named, shown, allowed, at, at, until)
  RETURNING api_keys.id INTO id;
  INSERT INTO public.api_key_hashes (api_key_id, hash) VALUES (id, key_hash);
  RETURN NEXT;
END $$;

-- A key that has been replaced cannot be replaced again: of two rotations at once exactly one has it.
CREATE FUNCTION identity.rotate_api_key(
  key_id uuid, new_hash text, shown text, at timestamptz, until timestamptz, overlap_until timestamptz,
  max_age_days integer)
RETURNS TABLE (id uuid, expires_at timestamptz)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  old public.api_keys;
BEGIN
  SELECT k.* INTO old FROM public.api_keys k
   WHERE k.id = key_id AND k.replaced_by_id IS NULL AND k.expires_at > at
     AND k.created_at + make_interval(hours => 24 * max_age_days) > at FOR UPDATE;
  IF NOT FOUND THEN RETURN; END IF;
  SELECT c.id INTO id FROM identity.create_api_key(
    new_hash, old.organization_id, old.user_id, old.name, shown, old.permissions, at,
    -- No longer than its maker gave the key it follows.
    least(until, at + (old.expires_at - old.created_at))) c;
  UPDATE public.api_keys k
     SET replaced_by_id = rotate_api_key.id, expires_at = least(k.expires_at, overlap_until), updated_at = at
   WHERE k.id = key_id;
  SELECT k.expires_at INTO expires_at FROM public.api_keys k WHERE k.id = rotate_api_key.id;
  RETURN NEXT;
END $$;

-- A key is its owner in one organization, as both are now. Older than `max_age_days` it is nobody's.
CREATE FUNCTION identity.find_api_key(key_hash text, at timestamptz, max_age_days integer)
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
     AND u.disabled_at IS NULL AND m.removed_at IS NULL;
  IF NOT FOUND THEN RETURN; END IF;
  -- Written at most once a minute, as a session's.
  IF used IS NULL OR used < at - interval '1 minute' THEN
    UPDATE public.api_keys k SET last_used_at = at
     WHERE k.id = key_id AND k.last_used_at IS NOT DISTINCT FROM used;
  END IF;
  RETURN NEXT;
END $$;

-- Keys that were seen where no key may be end there and then.
CREATE FUNCTION identity.revoke_leaked_api_keys(key_hashes text[])
RETURNS TABLE (key_id uuid, user_id uuid, email varchar, organization_id uuid, name varchar)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  DELETE FROM public.api_keys k USING public.api_key_hashes h, public.users u
   WHERE h.hash = ANY (key_hashes) AND k.id = h.api_key_id AND u.id = k.user_id
  RETURNING k.id, k.user_id, u.email, k.organization_id, k.name
$$;

DO $$ DECLARE routine regprocedure; BEGIN
  FOR routine IN SELECT p.oid::regprocedure FROM pg_proc p WHERE p.pronamespace = 'identity'::regnamespace
  LOOP EXECUTE format('ALTER FUNCTION %s OWNER TO rampart_identity', routine); END LOOP;
END $$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA identity FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA identity TO rampart_app;
