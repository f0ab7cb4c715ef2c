-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "PlatformRole" AS ENUM ('admin', 'support');

-- CreateEnum
CREATE TYPE "OrganizationRole" AS ENUM ('owner', 'admin', 'member', 'viewer');

-- CreateEnum
CREATE TYPE "OrderStatus" AS ENUM ('draft', 'open', 'paid', 'cancelled');

-- CreateEnum
CREATE TYPE "AuditOutcome" AS ENUM ('success', 'denied', 'failed');

-- CreateTable
CREATE TABLE "users" (
    "id" UUID NOT NULL,
    "email" VARCHAR(254) NOT NULL,
    "name" VARCHAR(100) NOT NULL,
    "platform_role" "PlatformRole",
    "email_verified_at" TIMESTAMPTZ(3),
    "disabled_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "users_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "passwords" (
    "user_id" UUID NOT NULL,
    "hash" TEXT NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "passwords_pkey" PRIMARY KEY ("user_id")
);

-- CreateTable
CREATE TABLE "sessions" (
    "id" VARCHAR(64) NOT NULL,
    "user_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "authenticated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "address" VARCHAR(45),
    "user_agent" VARCHAR(256),

    CONSTRAINT "sessions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "organizations" (
    "id" UUID NOT NULL,
    "name" VARCHAR(100) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "organizations_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "memberships" (
    "organization_id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "role" "OrganizationRole" NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "removed_at" TIMESTAMPTZ(3),

    CONSTRAINT "memberships_pkey" PRIMARY KEY ("organization_id","user_id")
);

-- CreateTable
CREATE TABLE "orders" (
    "id" SERIAL NOT NULL,
    "organization_id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "status" "OrderStatus" NOT NULL DEFAULT 'draft',
    "currency" CHAR(3) NOT NULL,
    "total_cents" INTEGER NOT NULL,
    "note" VARCHAR(500),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "orders_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit_events" (
    "id" BIGSERIAL NOT NULL,
    "time" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "organization_id" UUID,
    "actor" UUID,
    "action" VARCHAR(100) NOT NULL,
    "target" VARCHAR(200),
    "outcome" "AuditOutcome" NOT NULL,
    "code" VARCHAR(50),
    "address" VARCHAR(45),
    "request_id" VARCHAR(64) NOT NULL,

    CONSTRAINT "audit_events_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "users_email_key" ON "users"("email");

-- CreateIndex
CREATE INDEX "sessions_user_id_idx" ON "sessions"("user_id");

-- CreateIndex
CREATE INDEX "sessions_expires_at_idx" ON "sessions"("expires_at");

-- CreateIndex
CREATE INDEX "memberships_user_id_idx" ON "memberships"("user_id");

-- CreateIndex
CREATE INDEX "orders_organization_id_user_id_id_idx" ON "orders"("organization_id", "user_id", "id");

-- CreateIndex
CREATE INDEX "audit_events_organization_id_time_idx" ON "audit_events"("organization_id", "time");

-- AddForeignKey
ALTER TABLE "passwords" ADD CONSTRAINT "passwords_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "memberships" ADD CONSTRAINT "memberships_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organizations"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "memberships" ADD CONSTRAINT "memberships_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "orders" ADD CONSTRAINT "orders_organization_id_user_id_fkey" FOREIGN KEY ("organization_id", "user_id") REFERENCES "memberships"("organization_id", "user_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Bounds that hold whatever the code above does.
ALTER TABLE "orders" ADD CONSTRAINT "orders_total_cents_check" CHECK ("total_cents" >= 0);
ALTER TABLE "users" ADD CONSTRAINT "users_email_check" CHECK ("email" = lower("email"));

-- Who may touch what
-- The transport sets app.user_id and app.organization_id for one transaction (scoped-query.ts).
CREATE SCHEMA app;
CREATE FUNCTION app.user_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT nullif(current_setting('app.user_id', true), '')::uuid $$;
CREATE FUNCTION app.organization_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT nullif(current_setting('app.organization_id', true), '')::uuid $$;
GRANT USAGE ON SCHEMA app TO rampart_app;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO rampart_app, rampart_worker, rampart_identity;

ALTER TABLE "users"         ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE "passwords"     ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE "sessions"      ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE "organizations" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE "memberships"   ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE "orders"        ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE "audit_events"  ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- The serving role: the caller's tenant, and nothing without one.
GRANT SELECT, INSERT, UPDATE, DELETE ON "orders" TO rampart_app;
GRANT USAGE ON SEQUENCE "orders_id_seq" TO rampart_app;
CREATE POLICY tenant ON "orders" TO rampart_app
  USING ("organization_id" = (SELECT app.organization_id()))
  WITH CHECK ("organization_id" = (SELECT app.organization_id()));

GRANT SELECT ON "memberships" TO rampart_app;
CREATE POLICY tenant ON "memberships" FOR SELECT TO rampart_app
  USING ("organization_id" = (SELECT app.organization_id()) OR "user_id" = (SELECT app.user_id()));

GRANT SELECT ON "organizations" TO rampart_app;
CREATE POLICY tenant ON "organizations" FOR SELECT TO rampart_app
  USING (EXISTS (
    SELECT FROM "memberships" m
    WHERE m."organization_id" = "organizations"."id" AND m."user_id" = (SELECT app.user_id())
      AND m."removed_at" IS NULL));

-- People: oneself, and the members of the caller's tenant; only these columns can be written.
GRANT SELECT ON "users" TO rampart_app;
GRANT UPDATE ("name", "updated_at") ON "users" TO rampart_app;
CREATE POLICY tenant ON "users" TO rampart_app
  USING ("id" = (SELECT app.user_id()) OR EXISTS (
    SELECT FROM "memberships" m
    WHERE m."user_id" = "users"."id" AND m."organization_id" = (SELECT app.organization_id())
      AND m."removed_at" IS NULL))
  WITH CHECK (true);

-- Append-only for the one who serves.
GRANT INSERT ("time", "organization_id", "actor", "action", "target", "outcome", "code", "address", "request_id")
  ON "audit_events" TO rampart_app;
GRANT USAGE ON SEQUENCE "audit_events_id_seq" TO rampart_app;
CREATE POLICY append ON "audit_events" FOR INSERT TO rampart_app WITH CHECK (true);

-- What crosses tenants by right, each by its name: migrations and back-fills, retention, identity.
CREATE POLICY owner_migrates ON "users"         TO rampart_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_migrates ON "passwords"     TO rampart_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_migrates ON "sessions"      TO rampart_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_migrates ON "organizations" TO rampart_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_migrates ON "memberships"   TO rampart_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_migrates ON "orders"        TO rampart_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_migrates ON "audit_events"  TO rampart_owner USING (true) WITH CHECK (true);

GRANT SELECT, DELETE ON "sessions" TO rampart_worker;
CREATE POLICY worker_retains ON "sessions" TO rampart_worker USING (true);

GRANT SELECT ("id", "email", "name", "platform_role", "email_verified_at", "disabled_at") ON "users" TO rampart_identity;
GRANT SELECT ON "passwords", "memberships" TO rampart_identity;
GRANT SELECT, INSERT, UPDATE ("last_seen_at"), DELETE ON "sessions" TO rampart_identity;
CREATE POLICY identity_looks_up ON "users"       FOR SELECT TO rampart_identity USING (true);
CREATE POLICY identity_looks_up ON "passwords"   FOR SELECT TO rampart_identity USING (true);
CREATE POLICY identity_looks_up ON "memberships" FOR SELECT TO rampart_identity USING (true);
CREATE POLICY identity_keeps    ON "sessions"    TO rampart_identity USING (true) WITH CHECK (true);

-- Identity: what is asked before anyone is known
-- The serving role cannot read sessions or passwords; it can only put these questions. The functions
-- belong to a role that cannot log in and that alone sees across tenants here.
CREATE SCHEMA identity AUTHORIZATION rampart_identity;

-- One query for session, user, memberships and roles, read anew on every request (G07).
CREATE FUNCTION identity.find_session(token_hash text, at timestamptz, idle_seconds integer)
RETURNS TABLE (
  user_id uuid, email varchar, name varchar, platform_role text, email_verified boolean,
  created_at timestamptz, authenticated_at timestamptz, expires_at timestamptz, memberships jsonb)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  seen timestamptz;
BEGIN
  SELECT u.id, u.email, u.name, u.platform_role::text, u.email_verified_at IS NOT NULL,
         s.created_at, s.authenticated_at,
         least(s.expires_at, s.last_seen_at + make_interval(secs => idle_seconds)), s.last_seen_at,
         (SELECT coalesce(jsonb_agg(jsonb_build_object('organizationId', m.organization_id, 'role', m.role)
                                    ORDER BY m.created_at, m.organization_id), '[]')
            FROM public.memberships m WHERE m.user_id = u.id AND m.removed_at IS NULL)
    INTO user_id, email, name, platform_role, email_verified,
         created_at, authenticated_at, expires_at, seen, memberships
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

CREATE FUNCTION identity.find_password(by_email text)
RETURNS TABLE (user_id uuid, hash text, disabled boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT u.id, p.hash, u.disabled_at IS NOT NULL
    FROM public.users u JOIN public.passwords p ON p.user_id = u.id WHERE u.email = by_email
$$;

CREATE FUNCTION identity.create_session(
  token_hash text, for_user uuid, at timestamptz, until timestamptz, from_address text, agent text)
RETURNS void LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO public.sessions
    (id, user_id, created_at, authenticated_at, last_seen_at, expires_at, address, user_agent)
  VALUES (token_hash, for_user, at, at, at, until, from_address, agent)
$$;

CREATE FUNCTION identity.delete_session(token_hash text) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  DELETE FROM public.sessions WHERE id = token_hash
$$;

CREATE FUNCTION identity.delete_user_sessions(of_user uuid) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  DELETE FROM public.sessions WHERE user_id = of_user
$$;

CREATE FUNCTION identity.delete_expired_sessions(at timestamptz) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  DELETE FROM public.sessions WHERE expires_at <= at
$$;

ALTER FUNCTION identity.find_session(text, timestamptz, integer) OWNER TO rampart_identity;
ALTER FUNCTION identity.find_password(text) OWNER TO rampart_identity;
ALTER FUNCTION identity.create_session(text, uuid, timestamptz, timestamptz, text, text) OWNER TO rampart_identity;
ALTER FUNCTION identity.delete_session(text) OWNER TO rampart_identity;
ALTER FUNCTION identity.delete_user_sessions(uuid) OWNER TO rampart_identity;
ALTER FUNCTION identity.delete_expired_sessions(timestamptz) OWNER TO rampart_identity;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA identity FROM PUBLIC;
GRANT USAGE ON SCHEMA identity TO rampart_app;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA identity TO rampart_app;
