-- CreateTable
CREATE TABLE "blocked_addresses" (
    "address_key" VARCHAR(50) NOT NULL,
    "reason" VARCHAR(50) NOT NULL,
    "block_count" INTEGER NOT NULL,
    "blocked_at" TIMESTAMPTZ(3) NOT NULL,
    "blocked_until" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "blocked_addresses_pkey" PRIMARY KEY ("address_key")
);

-- CreateTable
CREATE TABLE "failed_log_ins" (
    "email_hash" VARCHAR(64) NOT NULL,
    "failures" INTEGER NOT NULL,
    "first_at" TIMESTAMPTZ(3) NOT NULL,
    "last_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "failed_log_ins_pkey" PRIMARY KEY ("email_hash")
);

-- CreateIndex
CREATE INDEX "blocked_addresses_blocked_until_idx" ON "blocked_addresses"("blocked_until");

-- CreateIndex
CREATE INDEX "failed_log_ins_last_at_idx" ON "failed_log_ins"("last_at");


-- Who may touch what: the serving role asks functions alone.
ALTER TABLE "blocked_addresses" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE "failed_log_ins"    ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_migrates ON "blocked_addresses" TO rampart_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_migrates ON "failed_log_ins"    TO rampart_owner USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON "blocked_addresses", "failed_log_ins" TO rampart_identity;
CREATE POLICY identity_keeps ON "blocked_addresses" TO rampart_identity USING (true) WITH CHECK (true);
CREATE POLICY identity_keeps ON "failed_log_ins"    TO rampart_identity USING (true) WITH CHECK (true);

-- Addresses
CREATE FUNCTION identity.list_blocked_addresses(at timestamptz, at_most integer)
RETURNS TABLE (address_key varchar, blocked_until timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT b.address_key, b.blocked_until FROM public.blocked_addresses b
   WHERE b.blocked_until > at ORDER BY b.blocked_at DESC LIMIT at_most
$$;

-- A quarter of an hour, and twice as long for each time within a day of the last one's end; a day at most. One that
-- is closed already stays closed until then.
CREATE FUNCTION identity.block_address(of_key text, because text, at timestamptz)
RETURNS TABLE (blocked_until timestamptz, block_count integer)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  was public.blocked_addresses;
BEGIN
  INSERT INTO public.blocked_addresses (address_key, reason, block_count, blocked_at, blocked_until)
  VALUES (of_key, because, 0, at, at) ON CONFLICT (address_key) DO NOTHING;
  SELECT * INTO was FROM public.blocked_addresses b WHERE b.address_key = of_key FOR UPDATE;
  block_count := was.block_count;
  blocked_until := was.blocked_until;
  IF was.blocked_until <= at THEN
    block_count := CASE WHEN was.blocked_until > at - interval '1 day' THEN was.block_count ELSE 0 END + 1;
    blocked_until := at + least(interval '15 minutes' * 2 ^ least(block_count - 1, 10), interval '1 day');
    UPDATE public.blocked_addresses b
       SET reason = because, blocked_at = at,
           block_count = block_address.block_count, blocked_until = block_address.blocked_until
     WHERE b.address_key = of_key;
  END IF;
  RETURN NEXT;
END $$;

CREATE VIEW platform.blocked_addresses AS
  SELECT b.address_key, b.reason, b.block_count, b.blocked_at, b.blocked_until FROM public.blocked_addresses b;

-- Lifted, with what it was; it counts on for the next one's length.
CREATE FUNCTION platform.unblock_address(by_admin uuid, of_key text, at timestamptz)
RETURNS TABLE (outcome text, before jsonb, after jsonb)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT platform.is_admin(by_admin) THEN outcome := 'forbidden'; RETURN NEXT; RETURN; END IF;
  SELECT jsonb_build_object('reason', b.reason, 'blockedUntil', b.blocked_until) INTO before
    FROM public.blocked_addresses b WHERE b.address_key = of_key AND b.blocked_until > at FOR UPDATE;
  IF NOT FOUND THEN outcome := 'not_found'; RETURN NEXT; RETURN; END IF;
  UPDATE public.blocked_addresses b SET blocked_until = at WHERE b.address_key = of_key;
  outcome := 'done';
  RETURN NEXT;
END $$;

-- Accounts
-- After ten failures within a quarter of an hour an account takes no log-in from a browser that it does not know,
-- until that quarter has passed. Addresses without an account are counted alike, so that neither tells which it is.
CREATE FUNCTION identity.count_failed_log_in(by_email text, at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  DELETE FROM public.failed_log_ins f WHERE f.last_at < at - interval '1 day';
  INSERT INTO public.failed_log_ins AS f (email_hash, failures, first_at, last_at)
  VALUES (encode(sha256(convert_to(by_email, 'UTF8')), 'hex'), 1, at, at)
    ON CONFLICT (email_hash) DO UPDATE SET
      failures = CASE WHEN f.first_at > at - interval '15 minutes' THEN f.failures + 1 ELSE 1 END,
      first_at = CASE WHEN f.first_at > at - interval '15 minutes' THEN f.first_at ELSE at END,
      last_at = at;
END $$;

CREATE FUNCTION identity.forget_failed_log_ins(by_email text) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  DELETE FROM public.failed_log_ins f WHERE f.email_hash = encode(sha256(convert_to(by_email, 'UTF8')), 'hex')
$$;

-- Always one row: what it says of the brake is there for nobody's address too.
DROP FUNCTION identity.find_password(text);
CREATE FUNCTION identity.find_password(by_email text, at timestamptz)
RETURNS TABLE (
  user_id uuid, hash text, set_at timestamptz, usable boolean, second_factor boolean, platform_role text,
  failures integer, braked_until timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT u.id, p.hash, p.updated_at, u.disabled_at IS NULL AND u.email_verified_at IS NOT NULL,
         EXISTS (SELECT FROM public.totp_secrets t WHERE t.user_id = u.id AND t.confirmed_at IS NOT NULL),
         u.platform_role::text, coalesce(f.failures, 0),
         CASE WHEN f.failures >= 10 AND f.first_at > at - interval '15 minutes'
              THEN f.first_at + interval '15 minutes' END
    FROM (SELECT by_email AS email, encode(sha256(convert_to(by_email, 'UTF8')), 'hex') AS email_hash) asked
    LEFT JOIN public.users u ON u.email = asked.email
    LEFT JOIN public.passwords p ON p.user_id = u.id
    LEFT JOIN public.failed_log_ins f ON f.email_hash = asked.email_hash
$$;

-- Whoever sets a password has read a mail, or has a session: the account is open to them again.
CREATE FUNCTION identity.lift_brake() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM identity.forget_failed_log_ins(u.email) FROM public.users u WHERE u.id = NEW.user_id;
  RETURN NULL;
END $$;
CREATE TRIGGER lift_brake AFTER INSERT OR UPDATE OF hash ON public.passwords
  FOR EACH ROW EXECUTE FUNCTION identity.lift_brake();

DO $$ DECLARE routine regprocedure; BEGIN
  FOR routine IN SELECT p.oid::regprocedure FROM pg_proc p
    WHERE p.pronamespace IN ('identity'::regnamespace, 'platform'::regnamespace)
      AND p.proowner <> 'rampart_identity'::regrole
  LOOP EXECUTE format('ALTER FUNCTION %s OWNER TO rampart_identity', routine); END LOOP;
END $$;
ALTER VIEW platform.blocked_addresses OWNER TO rampart_identity;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA identity, platform FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA identity TO rampart_app;
GRANT SELECT ON platform.blocked_addresses TO rampart_platform;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA platform TO rampart_platform;
