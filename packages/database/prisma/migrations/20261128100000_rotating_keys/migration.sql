-- Keys that the processes of an installation share, and that replace each other by themselves (G35): `signing` for
-- tokens, `cookie` for what a browser keeps. `used_from` lies ahead of the time for a key that is published first;
-- `ends_at` is when nothing that was made with it is good any more, once there is a next one.
ALTER TABLE "signing_keys" RENAME TO "rotating_keys";
ALTER TABLE "rotating_keys" RENAME CONSTRAINT "signing_keys_pkey" TO "rotating_keys_pkey";
ALTER TABLE "rotating_keys" RENAME COLUMN "algorithm" TO "purpose";
ALTER TABLE "rotating_keys" RENAME COLUMN "private_key" TO "sealed";
ALTER TABLE "rotating_keys" ADD COLUMN "used_from" TIMESTAMPTZ(3), ADD COLUMN "ends_at" TIMESTAMPTZ(3);
UPDATE "rotating_keys" SET "purpose" = 'signing', "used_from" = "created_at";
ALTER TABLE "rotating_keys" ALTER COLUMN "used_from" SET NOT NULL;

GRANT SELECT, INSERT, UPDATE, DELETE ON "rotating_keys" TO rampart_identity;

DROP FUNCTION identity.ensure_signing_key(text, text, text, timestamptz);
DROP FUNCTION identity.list_signing_keys(text);

-- Those that are good, the newest first.
CREATE FUNCTION identity.list_rotating_keys(of_purpose text, at timestamptz)
RETURNS TABLE (id varchar, sealed text, used_from timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT k.id, k.sealed, k.used_from FROM public.rotating_keys k
   WHERE k.purpose = of_purpose AND (k.ends_at IS NULL OR k.ends_at > at)
   ORDER BY k.used_from DESC, k.id
$$;

-- The first of its purpose: of processes that start at once on an empty table, all use the same one.
CREATE FUNCTION identity.ensure_rotating_key(key_id text, of_purpose text, encrypted text, at timestamptz)
RETURNS TABLE (id varchar, sealed text, used_from timestamptz)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('rampart.rotating_keys'));
  INSERT INTO public.rotating_keys (id, purpose, sealed, created_at, used_from)
  SELECT key_id, of_purpose, encrypted, at, at
   WHERE NOT EXISTS (SELECT FROM identity.list_rotating_keys(of_purpose, at));
  RETURN QUERY SELECT * FROM identity.list_rotating_keys(of_purpose, at);
END $$;

-- The worker's part: what there is, without the keys themselves.
CREATE FUNCTION jobs.list_rotating_keys(at timestamptz)
RETURNS TABLE (id varchar, purpose varchar, used_from timestamptz, ends_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT k.id, k.purpose, k.used_from, k.ends_at FROM public.rotating_keys k
   WHERE k.ends_at IS NULL OR k.ends_at > at
   ORDER BY k.purpose, k.used_from DESC, k.id
$$;

-- The next key of its purpose, unless there is one that is used later than `unless_after`: of several workers one adds
-- it. Those before it end at `others_end` at the latest. False where nothing was added.
CREATE FUNCTION jobs.add_rotating_key(
  key_id text, of_purpose text, encrypted text, at timestamptz, starts timestamptz, others_end timestamptz,
  unless_after timestamptz)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('rampart.rotating_keys'));
  IF EXISTS (SELECT FROM public.rotating_keys k WHERE k.purpose = of_purpose AND k.used_from > unless_after) THEN
    RETURN false;
  END IF;
  -- Nothing was made yet with one that was to be used later than this one.
  DELETE FROM public.rotating_keys k WHERE k.purpose = of_purpose AND k.used_from > at AND k.used_from >= starts;
  -- `least` passes over those that had no end.
  UPDATE public.rotating_keys k SET ends_at = least(k.ends_at, others_end) WHERE k.purpose = of_purpose;
  INSERT INTO public.rotating_keys (id, purpose, sealed, created_at, used_from)
  VALUES (key_id, of_purpose, encrypted, at, starts);
  RETURN true;
END $$;

-- What nothing is good under any more, a day ago: a clock that is ahead takes no key that is needed. How many they were.
CREATE FUNCTION jobs.delete_ended_keys(at timestamptz) RETURNS integer
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH gone AS (DELETE FROM public.rotating_keys k WHERE k.ends_at <= at - interval '1 day' RETURNING 1)
  SELECT count(*)::integer FROM gone
$$;

-- Values that stand encrypted in columns, and are put under the newest of ENCRYPTION_KEYS by the worker (G35): those
-- that are not, in the order of their rows, of the one after `after_reference` on. `place` is what a value is bound to.
GRANT UPDATE ("sealed") ON "webhook_secrets" TO rampart_identity;
GRANT SELECT ("data"), UPDATE ("data") ON pgboss.job_common TO rampart_identity;

CREATE FUNCTION jobs.list_sealed_values(of_kind text, not_under text, after_reference text, at_most integer)
RETURNS TABLE (reference text, place text, value text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  CASE of_kind
    WHEN 'totp' THEN RETURN QUERY
      SELECT t.user_id::text, t.user_id::text, t.secret FROM public.totp_secrets t
       WHERE split_part(t.secret, '.', 2) <> not_under
         AND (after_reference IS NULL OR t.user_id > after_reference::uuid) ORDER BY t.user_id LIMIT at_most;
    WHEN 'rotating-key' THEN RETURN QUERY
      SELECT k.id::text, k.purpose || '-key:' || k.id, k.sealed FROM public.rotating_keys k
       WHERE split_part(k.sealed, '.', 2) <> not_under
         AND (after_reference IS NULL OR k.id > after_reference) ORDER BY k.id LIMIT at_most;
    WHEN 'webhook-secret' THEN RETURN QUERY
      SELECT s.id::text, s.endpoint_id::text, s.sealed FROM public.webhook_secrets s
       WHERE split_part(s.sealed, '.', 2) <> not_under
         AND (after_reference IS NULL OR s.id > after_reference::uuid) ORDER BY s.id LIMIT at_most;
    WHEN 'oauth-record' THEN RETURN QUERY
      SELECT r.kind || ':' || r.id, r.kind || ':' || r.id, r.payload FROM public.oauth_records r
       WHERE split_part(r.payload, '.', 2) <> not_under AND (after_reference IS NULL
          OR (r.kind, r.id) > (split_part(after_reference, ':', 1), split_part(after_reference, ':', 2)))
       ORDER BY r.kind, r.id LIMIT at_most;
    WHEN 'oauth-successor' THEN RETURN QUERY
      SELECT r.kind || ':' || r.id, r.id::text, r.successor FROM public.oauth_records r
       WHERE split_part(r.successor, '.', 2) <> not_under AND (after_reference IS NULL
          OR (r.kind, r.id) > (split_part(after_reference, ':', 1), split_part(after_reference, ':', 2)))
       ORDER BY r.kind, r.id LIMIT at_most;
    WHEN 'mail' THEN RETURN QUERY
      SELECT j.id::text, ''::text, j.data ->> 'sealed' FROM pgboss.job_common j
       WHERE j.name IN ('mail', 'dead-letter') AND j.state < 'completed'
         AND split_part(j.data ->> 'sealed', '.', 2) <> not_under
         AND (after_reference IS NULL OR j.id > after_reference::uuid) ORDER BY j.id LIMIT at_most;
  END CASE;
END $$;

-- Writes a value anew where it is still the one that was read; false where somebody has changed it meanwhile.
CREATE FUNCTION jobs.replace_sealed_value(of_kind text, of_reference text, before text, after text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  replaced integer;
BEGIN
  CASE of_kind
    WHEN 'totp' THEN
      UPDATE public.totp_secrets t SET secret = after WHERE t.user_id = of_reference::uuid AND t.secret = before;
    WHEN 'rotating-key' THEN
      UPDATE public.rotating_keys k SET sealed = after WHERE k.id = of_reference AND k.sealed = before;
    WHEN 'webhook-secret' THEN
      UPDATE public.webhook_secrets s SET sealed = after WHERE s.id = of_reference::uuid AND s.sealed = before;
    WHEN 'oauth-record' THEN
      UPDATE public.oauth_records r SET payload = after
       WHERE r.kind = split_part(of_reference, ':', 1) AND r.id = split_part(of_reference, ':', 2)
         AND r.payload = before;
    WHEN 'oauth-successor' THEN
      UPDATE public.oauth_records r SET successor = after
       WHERE r.kind = split_part(of_reference, ':', 1) AND r.id = split_part(of_reference, ':', 2)
         AND r.successor = before;
    WHEN 'mail' THEN
      UPDATE pgboss.job_common j SET data = jsonb_set(j.data, '{sealed}', to_jsonb(after))
       WHERE j.name IN ('mail', 'dead-letter') AND j.id = of_reference::uuid AND j.data ->> 'sealed' = before;
  END CASE;
  GET DIAGNOSTICS replaced = ROW_COUNT;
  RETURN replaced > 0;
END $$;

-- An end for every API key of an installation, or of one organization, that would last longer; how many they were.
CREATE FUNCTION jobs.end_api_keys(by_then timestamptz, of_organization uuid) RETURNS integer
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH ended AS (
    UPDATE public.api_keys k SET expires_at = by_then, reminded_days = NULL
     WHERE k.expires_at > by_then AND (of_organization IS NULL OR k.organization_id = of_organization)
    RETURNING 1)
  SELECT count(*)::integer FROM ended
$$;

-- Everybody logs in again; how many sessions it were.
CREATE FUNCTION jobs.end_sessions() RETURNS integer
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH ended AS (DELETE FROM public.sessions RETURNING 1)
  SELECT count(*)::integer FROM ended
$$;

DO $$
DECLARE
  made regprocedure;
BEGIN
  FOR made IN SELECT p.oid::regprocedure FROM pg_proc p
               WHERE (p.pronamespace = 'identity'::regnamespace AND p.proname LIKE '%rotating\_key%')
                  OR (p.pronamespace = 'jobs'::regnamespace AND p.proname IN (
                        'list_rotating_keys', 'add_rotating_key', 'delete_ended_keys', 'list_sealed_values',
                        'replace_sealed_value', 'end_api_keys', 'end_sessions')) LOOP
    EXECUTE format('ALTER FUNCTION %s OWNER TO rampart_identity', made);
    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', made);
  END LOOP;
END $$;
GRANT EXECUTE ON FUNCTION identity.list_rotating_keys, identity.ensure_rotating_key TO rampart_app;
GRANT EXECUTE ON FUNCTION
  jobs.list_rotating_keys, jobs.add_rotating_key, jobs.delete_ended_keys, jobs.list_sealed_values,
  jobs.replace_sealed_value, jobs.end_api_keys, jobs.end_sessions TO rampart_worker;

SELECT jobs.declare_queue('key-rotation');
SELECT jobs.declare_queue('encryption-upkeep');
