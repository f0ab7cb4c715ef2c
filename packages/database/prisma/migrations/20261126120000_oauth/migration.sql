-- CreateEnum
CREATE TYPE "OAuthClientKind" AS ENUM ('browser', 'native', 'server', 'service');

-- CreateTable
CREATE TABLE "oauth_clients" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "kind" "OAuthClientKind" NOT NULL,
    "name" VARCHAR(100) NOT NULL,
    "redirect_uris" TEXT[],
    "scopes" TEXT[],
    "first_party" BOOLEAN NOT NULL DEFAULT false,
    "organization_id" UUID,
    "secret_hash" VARCHAR(64),
    "previous_secret_hash" VARCHAR(64),
    "previous_secret_until" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "disabled_at" TIMESTAMPTZ(3),

    CONSTRAINT "oauth_clients_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "oauth_grants" (
    "id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "client_id" UUID NOT NULL,
    "organization_id" UUID,
    "scopes" TEXT[],
    "second_factor" BOOLEAN NOT NULL,
    "payload" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_used_at" TIMESTAMPTZ(3),
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "oauth_grants_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "oauth_records" (
    "kind" VARCHAR(40) NOT NULL,
    "id" VARCHAR(64) NOT NULL,
    "uid" VARCHAR(64),
    "grant_id" UUID,
    "payload" TEXT NOT NULL,
    "consumed_at" TIMESTAMPTZ(3),
    "successor" TEXT,
    "successor_id" VARCHAR(64),
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "oauth_records_pkey" PRIMARY KEY ("kind","id")
);

-- CreateTable
CREATE TABLE "signing_keys" (
    "id" VARCHAR(64) NOT NULL,
    "algorithm" VARCHAR(10) NOT NULL,
    "private_key" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "signing_keys_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "external_identities" (
    "issuer" VARCHAR(255) NOT NULL,
    "subject" VARCHAR(255) NOT NULL,
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "user_id" UUID NOT NULL,
    "provider" VARCHAR(40) NOT NULL,
    "email" VARCHAR(254),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_used_at" TIMESTAMPTZ(3),

    CONSTRAINT "external_identities_pkey" PRIMARY KEY ("issuer","subject")
);

-- CreateIndex
CREATE INDEX "oauth_grants_user_id_idx" ON "oauth_grants"("user_id");

-- CreateIndex
CREATE INDEX "oauth_grants_client_id_idx" ON "oauth_grants"("client_id");

-- CreateIndex
CREATE INDEX "oauth_grants_expires_at_idx" ON "oauth_grants"("expires_at");

-- CreateIndex
CREATE INDEX "oauth_records_kind_uid_idx" ON "oauth_records"("kind", "uid");

-- CreateIndex
CREATE INDEX "oauth_records_grant_id_idx" ON "oauth_records"("grant_id");

-- CreateIndex
CREATE INDEX "oauth_records_kind_expires_at_idx" ON "oauth_records"("kind", "expires_at");

-- CreateIndex
CREATE UNIQUE INDEX "external_identities_id_key" ON "external_identities"("id");

-- CreateIndex
CREATE INDEX "external_identities_user_id_idx" ON "external_identities"("user_id");

-- AddForeignKey
ALTER TABLE "oauth_clients" ADD CONSTRAINT "oauth_clients_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organizations"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "oauth_grants" ADD CONSTRAINT "oauth_grants_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "oauth_grants" ADD CONSTRAINT "oauth_grants_client_id_fkey" FOREIGN KEY ("client_id") REFERENCES "oauth_clients"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "oauth_records" ADD CONSTRAINT "oauth_records_grant_id_fkey" FOREIGN KEY ("grant_id") REFERENCES "oauth_grants"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "external_identities" ADD CONSTRAINT "external_identities_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Bounds that hold whatever the code above does.
-- A service has a secret and an organization; a public client has no secret, since it could not keep one.
ALTER TABLE "oauth_clients" ADD CONSTRAINT "oauth_clients_kind_check" CHECK (
  CASE "kind"
    WHEN 'service' THEN "secret_hash" IS NOT NULL AND "organization_id" IS NOT NULL AND "redirect_uris" = '{}'
    WHEN 'server' THEN "secret_hash" IS NOT NULL AND "organization_id" IS NULL AND "redirect_uris" <> '{}'
    ELSE "secret_hash" IS NULL AND "organization_id" IS NULL AND "redirect_uris" <> '{}'
  END);
-- G03: no family of tokens lives longer than 30 days, whoever made it.
ALTER TABLE "oauth_grants" ADD CONSTRAINT "oauth_grants_age_check"
  CHECK ("expires_at" <= "created_at" + interval '721 hours');

-- Who may touch what: the serving role nothing by itself, as with every credential.
ALTER TABLE "oauth_clients"       ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE "oauth_grants"        ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE "oauth_records"       ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE "signing_keys"        ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE "external_identities" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_migrates ON "oauth_clients"       TO rampart_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_migrates ON "oauth_grants"        TO rampart_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_migrates ON "oauth_records"       TO rampart_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_migrates ON "signing_keys"        TO rampart_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_migrates ON "external_identities" TO rampart_owner USING (true) WITH CHECK (true);

GRANT SELECT ("kind", "id", "expires_at"), DELETE ON "oauth_records" TO rampart_worker;
GRANT SELECT ("id", "expires_at"), DELETE ON "oauth_grants" TO rampart_worker;
CREATE POLICY worker_retains ON "oauth_records" TO rampart_worker USING (true);
CREATE POLICY worker_retains ON "oauth_grants"  TO rampart_worker USING (true);

GRANT SELECT, INSERT, UPDATE, DELETE
  ON "oauth_clients", "oauth_grants", "oauth_records", "external_identities" TO rampart_identity;
GRANT SELECT, INSERT ON "signing_keys" TO rampart_identity;
CREATE POLICY identity_keeps ON "oauth_clients"       TO rampart_identity USING (true) WITH CHECK (true);
CREATE POLICY identity_keeps ON "oauth_grants"        TO rampart_identity USING (true) WITH CHECK (true);
CREATE POLICY identity_keeps ON "oauth_records"       TO rampart_identity USING (true) WITH CHECK (true);
CREATE POLICY identity_keeps ON "signing_keys"        TO rampart_identity USING (true) WITH CHECK (true);
CREATE POLICY identity_keeps ON "external_identities" TO rampart_identity USING (true) WITH CHECK (true);

-- Signing keys: of processes that start at once on an empty table, all use the key of the first.
CREATE FUNCTION identity.ensure_signing_key(key_id text, with_algorithm text, encrypted text, at timestamptz)
RETURNS TABLE (id varchar, private_key text, created_at timestamptz)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('rampart.signing_keys'));
  INSERT INTO public.signing_keys (id, algorithm, private_key, created_at)
  SELECT key_id, with_algorithm, encrypted, at
   WHERE NOT EXISTS (SELECT FROM public.signing_keys k WHERE k.algorithm = with_algorithm);
  RETURN QUERY SELECT k.id, k.private_key, k.created_at FROM public.signing_keys k
                WHERE k.algorithm = with_algorithm ORDER BY k.created_at DESC, k.id;
END $$;

CREATE FUNCTION identity.list_signing_keys(with_algorithm text)
RETURNS TABLE (id varchar, private_key text, created_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT id, private_key, created_at FROM public.signing_keys
   WHERE algorithm = with_algorithm ORDER BY created_at DESC, id
$$;

-- OAuth clients
CREATE FUNCTION identity.find_oauth_client(client uuid, at timestamptz)
RETURNS TABLE (
  kind text, name varchar, redirect_uris text[], scopes text[], first_party boolean, secret_hashes text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT c.kind::text, c.name, c.redirect_uris, c.scopes, c.first_party,
         array_remove(ARRAY[c.secret_hash,
           CASE WHEN c.previous_secret_until > at THEN c.previous_secret_hash END], NULL)
    FROM public.oauth_clients c WHERE c.id = client AND c.disabled_at IS NULL
$$;

CREATE FUNCTION identity.list_oauth_clients(after uuid, at_most integer)
RETURNS TABLE (
  id uuid, kind text, name varchar, redirect_uris text[], scopes text[], first_party boolean,
  organization_id uuid, created_at timestamptz, updated_at timestamptz, disabled_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT c.id, c.kind::text, c.name, c.redirect_uris, c.scopes, c.first_party, c.organization_id,
         c.created_at, c.updated_at, c.disabled_at
    FROM public.oauth_clients c WHERE after IS NULL OR c.id > after ORDER BY c.id LIMIT at_most
$$;

-- A service is a member of its organization, under its client_id (RFC 9068, section 5: its subject is nobody
-- else's). No row where there is no such organization.
CREATE FUNCTION identity.create_oauth_client(
  of_kind text, named text, to_uris text[], with_scopes text[], is_first_party boolean,
  in_organization uuid, hash text, at timestamptz)
RETURNS TABLE (id uuid)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF in_organization IS NOT NULL
     AND NOT EXISTS (SELECT FROM public.organizations o WHERE o.id = in_organization) THEN RETURN; END IF;
  INSERT INTO public.oauth_clients
    (kind, name, redirect_uris, scopes, first_party, organization_id, secret_hash, created_at, updated_at)
  VALUES (of_kind::public."OAuthClientKind", named, to_uris, with_scopes, is_first_party, in_organization, hash,
          at, at)
  RETURNING oauth_clients.id INTO id;
  IF in_organization IS NOT NULL THEN
    INSERT INTO public.users (id, email, name, created_at, updated_at)
    VALUES (create_oauth_client.id, 'service-' || create_oauth_client.id || '@service.invalid', named, at, at);
    INSERT INTO public.memberships (organization_id, user_id, role, created_at)
    VALUES (in_organization, create_oauth_client.id, 'member', at);
  END IF;
  RETURN NEXT;
END $$;

-- A null keeps what it was. A client that is disabled, or may ask for less, has its grants taken away.
CREATE FUNCTION identity.update_oauth_client(
  client uuid, named text, to_uris text[], with_scopes text[], is_disabled boolean, at timestamptz)
RETURNS TABLE (id uuid)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE public.oauth_clients c
     SET name = coalesce(named, c.name), redirect_uris = CASE WHEN c.kind = 'service' THEN c.redirect_uris ELSE coalesce(to_uris, c.redirect_uris) END,
         scopes = coalesce(with_scopes, c.scopes), updated_at = at,
         disabled_at = CASE is_disabled WHEN true THEN coalesce(c.disabled_at, at)
                                        WHEN false THEN NULL ELSE c.disabled_at END
   WHERE c.id = client RETURNING c.id INTO id;
  IF NOT FOUND THEN RETURN; END IF;
  UPDATE public.users u SET name = named, updated_at = at WHERE u.id = client AND named IS NOT NULL;
  DELETE FROM public.oauth_grants g
   WHERE g.client_id = client AND (is_disabled OR with_scopes IS NOT NULL
     AND NOT g.scopes <@ (with_scopes || ARRAY['openid', 'offline_access', 'profile', 'email']));
  RETURN NEXT;
END $$;

CREATE FUNCTION identity.rotate_oauth_client_secret(client uuid, hash text, at timestamptz, overlap_until timestamptz)
RETURNS TABLE (id uuid)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  UPDATE public.oauth_clients c
     SET previous_secret_hash = c.secret_hash, previous_secret_until = overlap_until, secret_hash = hash,
         updated_at = at
   WHERE c.id = client AND c.secret_hash IS NOT NULL RETURNING c.id
$$;

-- What a service owns stays in its organization, without a way in.
CREATE FUNCTION identity.delete_oauth_client(client uuid, at timestamptz) RETURNS TABLE (deleted boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  DELETE FROM public.oauth_clients c WHERE c.id = client;
  IF NOT FOUND THEN RETURN; END IF;
  UPDATE public.memberships m SET removed_at = at WHERE m.user_id = client AND m.removed_at IS NULL;
  UPDATE public.users u SET disabled_at = coalesce(u.disabled_at, at), deleted_at = at, updated_at = at
   WHERE u.id = client;
  deleted := true;
  RETURN NEXT;
END $$;

-- Grants: for the same person, client and organization each authorization has one of its own, so that the end of
-- one family of tokens is not the end of another. Until its code has bought something a grant lives as long as a
-- code does (save_oauth_record): authorizations that nobody finishes leave nothing behind.
CREATE FUNCTION identity.save_oauth_grant(
  grant_key uuid, of_user uuid, of_client uuid, in_organization uuid, with_scopes text[], with_second_factor boolean,
  kept jsonb, at timestamptz, until timestamptz)
RETURNS void LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  DELETE FROM public.oauth_grants WHERE user_id = of_user AND expires_at <= at;
  INSERT INTO public.oauth_grants
    (id, user_id, client_id, organization_id, scopes, second_factor, payload, created_at, expires_at)
  VALUES (grant_key, of_user, of_client, in_organization, with_scopes, with_second_factor, kept, at, until)
    ON CONFLICT (id) DO UPDATE SET scopes = excluded.scopes, payload = excluded.payload
$$;

-- None for an organization that its user has left.
CREATE FUNCTION identity.find_oauth_grant(grant_key uuid) RETURNS TABLE (payload jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT g.payload FROM public.oauth_grants g
   WHERE g.id = grant_key AND (g.organization_id IS NULL OR EXISTS (
     SELECT FROM public.memberships m WHERE m.user_id = g.user_id
        AND m.organization_id = g.organization_id AND m.removed_at IS NULL))
$$;

CREATE FUNCTION identity.list_oauth_grants(of_user uuid, at timestamptz)
RETURNS TABLE (
  id uuid, client_id uuid, client_name varchar, organization_id uuid, scopes text[], created_at timestamptz,
  last_used_at timestamptz, expires_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT g.id, g.client_id, c.name, g.organization_id, g.scopes, g.created_at, g.last_used_at, g.expires_at
    FROM public.oauth_grants g JOIN public.oauth_clients c ON c.id = g.client_id
   WHERE g.user_id = of_user AND g.expires_at > at ORDER BY g.created_at DESC, g.id
$$;

CREATE FUNCTION identity.delete_oauth_grant(grant_key uuid, of_user uuid) RETURNS TABLE (deleted boolean)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  DELETE FROM public.oauth_grants WHERE id = grant_key AND (of_user IS NULL OR user_id = of_user) RETURNING true
$$;

-- Records. No row where the grant they belong to is gone. A refresh token that two requests at once have made is
-- kept as the first made it; whatever is not a token may be written again. The first refresh token is what a code
-- has bought: its grant lives on. Every record takes two of its kind along that are over.
CREATE FUNCTION identity.save_oauth_record(
  of_kind text, record_id text, by_uid text, of_grant uuid, kept text, at timestamptz, until timestamptz)
RETURNS TABLE (saved boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF of_grant IS NOT NULL THEN
    PERFORM FROM public.oauth_grants g WHERE g.id = of_grant AND g.expires_at > at FOR KEY SHARE;
    IF NOT FOUND THEN RETURN; END IF;
    IF of_kind = 'RefreshToken' THEN
      UPDATE public.oauth_grants g SET expires_at = to_timestamp((g.payload->>'exp')::bigint)
       WHERE g.id = of_grant AND g.expires_at < to_timestamp((g.payload->>'exp')::bigint);
    END IF;
  END IF;
  INSERT INTO public.oauth_records (kind, id, uid, grant_id, payload, expires_at)
  VALUES (of_kind, record_id, by_uid, of_grant, kept, until)
    ON CONFLICT (kind, id) DO UPDATE
       SET uid = excluded.uid, payload = excluded.payload, expires_at = excluded.expires_at
     WHERE oauth_records.grant_id IS NULL AND oauth_records.consumed_at IS NULL;
  PERFORM identity.forget_oauth_records(of_kind, at);
  saved := true;
  RETURN NEXT;
END $$;

CREATE FUNCTION identity.forget_oauth_records(of_kind text, at timestamptz) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  DELETE FROM public.oauth_records r USING (
    SELECT o.id FROM public.oauth_records o WHERE o.kind = of_kind AND o.expires_at <= at
     ORDER BY o.expires_at LIMIT 2 FOR UPDATE SKIP LOCKED) over
   WHERE r.kind = of_kind AND r.id = over.id
$$;

-- A used refresh token still counts as unused for a moment, while nobody has used its successor: two tabs that
-- refresh at once get the same one.
CREATE FUNCTION identity.is_spent(r public.oauth_records, at timestamptz, grace_seconds integer) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT r.consumed_at IS NOT NULL AND NOT (
    r.kind = 'RefreshToken' AND r.consumed_at + make_interval(secs => grace_seconds) > at
    AND NOT EXISTS (SELECT FROM public.oauth_records s
                     WHERE s.kind = r.kind AND s.id = r.successor_id AND s.consumed_at IS NOT NULL))
$$;

CREATE FUNCTION identity.find_oauth_record(of_kind text, record_id text, at timestamptz, grace_seconds integer)
RETURNS TABLE (payload text, spent boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT r.payload, identity.is_spent(r, at, grace_seconds)
    FROM public.oauth_records r WHERE r.kind = of_kind AND r.id = record_id
$$;

CREATE FUNCTION identity.find_oauth_record_by_uid(of_kind text, by_uid text, at timestamptz)
RETURNS TABLE (id varchar, payload text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT r.id, r.payload FROM public.oauth_records r
   WHERE r.kind = of_kind AND r.uid = by_uid AND r.expires_at > at
$$;

-- One row for the one who may go on: of many at once the first, and with a refresh token all within its grace.
CREATE FUNCTION identity.consume_oauth_record(of_kind text, record_id text, at timestamptz, grace_seconds integer)
RETURNS TABLE (consumed boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  record public.oauth_records;
BEGIN
  SELECT r.* INTO record FROM public.oauth_records r WHERE r.kind = of_kind AND r.id = record_id FOR UPDATE;
  IF NOT FOUND OR identity.is_spent(record, at, grace_seconds) THEN RETURN; END IF;
  UPDATE public.oauth_records r SET consumed_at = coalesce(r.consumed_at, at)
   WHERE r.kind = of_kind AND r.id = record_id;
  consumed := true;
  RETURN NEXT;
END $$;

-- Whose code it was. What it has bought ends (RFC 6749, section 4.1.2), once it has bought something: of many at
-- once one gets its tokens.
CREATE FUNCTION identity.punish_code_replay(record_id text) RETURNS TABLE (user_id uuid)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  of_grant uuid;
BEGIN
  SELECT g.id, g.user_id INTO of_grant, user_id
    FROM public.oauth_records r JOIN public.oauth_grants g ON g.id = r.grant_id
   WHERE r.kind = 'AuthorizationCode' AND r.id = record_id;
  IF NOT FOUND THEN RETURN; END IF;
  DELETE FROM public.oauth_grants g WHERE g.id = of_grant AND EXISTS (
    SELECT FROM public.oauth_records r WHERE r.grant_id = of_grant AND r.kind = 'RefreshToken');
  RETURN NEXT;
END $$;

CREATE FUNCTION identity.succeed_oauth_record(of_kind text, record_id text, next_encrypted text, next_id text)
RETURNS TABLE (successor text)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  UPDATE public.oauth_records r
     SET successor = coalesce(r.successor, next_encrypted), successor_id = coalesce(r.successor_id, next_id)
   WHERE r.kind = of_kind AND r.id = record_id RETURNING r.successor
$$;

CREATE FUNCTION identity.delete_oauth_record(of_kind text, record_id text) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  DELETE FROM public.oauth_records WHERE kind = of_kind AND id = record_id
$$;

CREATE FUNCTION identity.delete_oauth_records_of_grant(of_kind text, of_grant uuid) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  DELETE FROM public.oauth_records WHERE kind = of_kind AND grant_id = of_grant
$$;

-- A proof of possession is good once (RFC 9449, section 11.1); no row for one that was seen before.
CREATE FUNCTION identity.claim_proof(proof_id text, at timestamptz, until timestamptz) RETURNS TABLE (claimed boolean)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT identity.forget_oauth_records('ReplayDetection', at);
  INSERT INTO public.oauth_records (kind, id, payload, expires_at) VALUES ('ReplayDetection', proof_id, '', until)
    ON CONFLICT (kind, id) DO NOTHING RETURNING true
$$;

-- An access token is its user in one organization, as both are now, while its client and grant live: one query, on
-- every request, with the proof of possession claimed where one was sent. A null grant is a service's own token.
CREATE FUNCTION identity.find_access_token(
  of_user uuid, of_client uuid, of_grant uuid, at timestamptz, proof_id text, proof_until timestamptz)
RETURNS TABLE (
  user_id uuid, email varchar, name varchar, platform_role text, email_verified boolean, second_factor boolean,
  client_scopes text[], memberships jsonb)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  organization uuid;
  used timestamptz;
BEGIN
  SELECT u.id, u.email, u.name, u.platform_role::text, u.email_verified_at IS NOT NULL,
         -- Of a person as it was given, for as long as they have one.
         g.id IS NULL OR g.second_factor AND (
           EXISTS (SELECT FROM public.totp_secrets t WHERE t.user_id = u.id AND t.confirmed_at IS NOT NULL)
           OR EXISTS (SELECT FROM public.passkeys p WHERE p.user_id = u.id)),
         c.scopes, coalesce(g.organization_id, c.organization_id), g.last_used_at
    INTO user_id, email, name, platform_role, email_verified, second_factor, client_scopes, organization, used
    FROM public.oauth_clients c
    LEFT JOIN public.oauth_grants g
      ON g.id = of_grant AND g.client_id = c.id AND g.user_id = of_user AND g.expires_at > at
    JOIN public.users u ON u.id = of_user
   WHERE c.id = of_client AND c.disabled_at IS NULL AND u.disabled_at IS NULL
     AND CASE WHEN of_grant IS NULL THEN c.kind = 'service' AND c.id = of_user ELSE g.id IS NOT NULL END;
  IF NOT FOUND THEN RETURN; END IF;
  SELECT coalesce(jsonb_agg(m), '[]') INTO memberships
    FROM jsonb_array_elements(identity.memberships_of(of_user)) m
   WHERE m->>'organizationId' = organization::text;
  -- It was given for an organization that its user has left.
  IF organization IS NOT NULL AND memberships = '[]' THEN RETURN; END IF;
  IF proof_id IS NOT NULL THEN
    PERFORM FROM identity.claim_proof(proof_id, at, proof_until);
    IF NOT FOUND THEN RETURN; END IF;
  END IF;
  -- Written at most once a minute, as a session's.
  IF of_grant IS NOT NULL AND (used IS NULL OR used < at - interval '1 minute') THEN
    UPDATE public.oauth_grants g SET last_used_at = at
     WHERE g.id = of_grant AND g.last_used_at IS NOT DISTINCT FROM used;
  END IF;
  RETURN NEXT;
END $$;

-- Who a subject is now; none for one who may not log in.
CREATE FUNCTION identity.find_account(of_user uuid)
RETURNS TABLE (email varchar, name varchar, email_verified boolean, updated_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT u.email, u.name, u.email_verified_at IS NOT NULL, u.updated_at
    FROM public.users u WHERE u.id = of_user AND u.disabled_at IS NULL
$$;
GRANT SELECT ("updated_at") ON "users" TO rampart_identity;

-- External identities
-- Who logs in by another provider. A known subject is its user. A new one becomes a user, or the one who has the
-- address, only where the provider has verified it; an address that nobody had proven here was claimed by whoever
-- set its password, so that what they set dies (account pre-hijacking). Nothing is linked to who may not log in.
-- No row when the address moved meanwhile: ask again.
CREATE FUNCTION identity.log_in_externally(
  by_issuer text, by_subject text, by_provider text, with_email text, is_verified boolean, named text,
  organization_named text, at timestamptz)
RETURNS TABLE (user_id uuid, email varchar, usable boolean, second_factor boolean, platform_role text, outcome text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  proven boolean;
  organization uuid;
BEGIN
  PERFORM identity.lock_external_subject(by_issuer, by_subject);
  UPDATE public.external_identities e SET last_used_at = at
   WHERE e.issuer = by_issuer AND e.subject = by_subject RETURNING e.user_id INTO user_id;
  IF FOUND THEN
    outcome := 'known';
  ELSIF with_email IS NULL OR NOT is_verified THEN
    outcome := 'unverified';
    RETURN NEXT;
    RETURN;
  ELSE
    -- In the order of confirm_registration, which may be at it.
    PERFORM FROM public.one_time_tokens t
      WHERE t.email = with_email AND t.purpose = 'register' ORDER BY t.id FOR UPDATE;
    DELETE FROM public.one_time_tokens t WHERE t.email = with_email AND t.purpose = 'register';
    INSERT INTO public.users (id, email, name, email_verified_at, created_at, updated_at)
    VALUES (gen_random_uuid(), with_email, named, at, at, at) ON CONFLICT DO NOTHING
    RETURNING users.id INTO user_id;
    IF user_id IS NOT NULL THEN
      outcome := 'created';
      INSERT INTO public.organizations (id, name, created_at, updated_at)
      VALUES (gen_random_uuid(), organization_named, at, at) RETURNING organizations.id INTO organization;
      INSERT INTO public.memberships (organization_id, user_id, role, created_at)
      VALUES (organization, user_id, 'owner', at);
    ELSE
      outcome := 'linked';
      SELECT u.id, u.email_verified_at IS NOT NULL, u.disabled_at IS NULL INTO user_id, proven, usable
        FROM public.users u WHERE u.email = with_email FOR UPDATE;
      IF NOT FOUND THEN RETURN; END IF;
      IF NOT usable THEN
        outcome := 'disabled';
        RETURN NEXT;
        RETURN;
      END IF;
      IF NOT proven THEN
        DELETE FROM public.passwords      p WHERE p.user_id = log_in_externally.user_id;
        DELETE FROM public.sessions       s WHERE s.user_id = log_in_externally.user_id;
        DELETE FROM public.totp_secrets   t WHERE t.user_id = log_in_externally.user_id;
        DELETE FROM public.recovery_codes r WHERE r.user_id = log_in_externally.user_id;
        DELETE FROM public.passkeys       p WHERE p.user_id = log_in_externally.user_id;
        DELETE FROM public.api_keys       k WHERE k.user_id = log_in_externally.user_id;
        DELETE FROM public.oauth_grants   g WHERE g.user_id = log_in_externally.user_id;
        DELETE FROM public.email_changes  c WHERE c.user_id = log_in_externally.user_id;
        DELETE FROM public.external_identities e WHERE e.user_id = log_in_externally.user_id;
        DELETE FROM public.one_time_tokens t WHERE t.user_id = log_in_externally.user_id OR t.email = with_email;
        UPDATE public.users u SET email_verified_at = at, updated_at = at WHERE u.id = log_in_externally.user_id;
      END IF;
    END IF;
    INSERT INTO public.external_identities (issuer, subject, user_id, provider, email, created_at, last_used_at)
    VALUES (by_issuer, by_subject, user_id, by_provider, with_email, at, at);
  END IF;
  SELECT u.email, u.disabled_at IS NULL, u.platform_role::text,
         EXISTS (SELECT FROM public.totp_secrets t WHERE t.user_id = u.id AND t.confirmed_at IS NOT NULL)
    INTO email, usable, platform_role, second_factor
    FROM public.users u WHERE u.id = log_in_externally.user_id;
  RETURN NEXT;
END $$;

-- Two first uses of one subject follow each other, until the transaction ends.
CREATE FUNCTION identity.lock_external_subject(by_issuer text, by_subject text) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT pg_advisory_xact_lock(hashtextextended(by_issuer || ' ' || by_subject, 0))
$$;

-- No row where the subject is somebody else's already; `is_new` where it was nobody's.
CREATE FUNCTION identity.link_external_identity(
  of_user uuid, by_issuer text, by_subject text, by_provider text, with_email text, at timestamptz)
RETURNS TABLE (id uuid, is_new boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM identity.lock_external_subject(by_issuer, by_subject);
  UPDATE public.external_identities e SET email = with_email
   WHERE e.issuer = by_issuer AND e.subject = by_subject AND e.user_id = of_user
  RETURNING e.id, false INTO id, is_new;
  IF NOT FOUND THEN
    INSERT INTO public.external_identities (issuer, subject, user_id, provider, email, created_at)
    VALUES (by_issuer, by_subject, of_user, by_provider, with_email, at)
      ON CONFLICT ON CONSTRAINT external_identities_pkey DO NOTHING
    RETURNING external_identities.id, true INTO id, is_new;
  END IF;
  IF id IS NOT NULL THEN RETURN NEXT; END IF;
END $$;

CREATE FUNCTION identity.list_external_identities(of_user uuid)
RETURNS TABLE (id uuid, provider varchar, email varchar, created_at timestamptz, last_used_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT id, provider, email, created_at, last_used_at FROM public.external_identities
   WHERE user_id = of_user ORDER BY created_at, id
$$;

CREATE FUNCTION identity.delete_external_identity(of_user uuid, identity_id uuid) RETURNS TABLE (deleted boolean)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  DELETE FROM public.external_identities WHERE user_id = of_user AND id = identity_id RETURNING true
$$;

-- A new password ends what programs may do too: the one before may be what let them in.
CREATE FUNCTION identity.end_programs() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  DELETE FROM public.oauth_grants WHERE user_id = NEW.user_id;
  RETURN NULL;
END $$;
CREATE TRIGGER end_programs AFTER INSERT OR UPDATE OF hash ON public.passwords
  FOR EACH ROW EXECUTE FUNCTION identity.end_programs();

-- An erased person is not known by another provider's word either.
CREATE FUNCTION identity.forget_programs() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  DELETE FROM public.oauth_grants WHERE user_id = NEW.id;
  DELETE FROM public.external_identities WHERE user_id = NEW.id;
  RETURN NULL;
END $$;
CREATE TRIGGER forget_programs AFTER UPDATE OF deleted_at ON public.users
  FOR EACH ROW WHEN (NEW.deleted_at IS NOT NULL) EXECUTE FUNCTION identity.forget_programs();

DO $$ DECLARE routine regprocedure; BEGIN
  FOR routine IN SELECT p.oid::regprocedure FROM pg_proc p
    WHERE p.pronamespace = 'identity'::regnamespace AND p.proowner <> 'rampart_identity'::regrole
  LOOP EXECUTE format('ALTER FUNCTION %s OWNER TO rampart_identity', routine); END LOOP;
END $$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA identity FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA identity TO rampart_app;
