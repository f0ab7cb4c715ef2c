-- What the security page looks at each time it is opened: the newest sessions, keys by their age, alerts that somebody
-- still has to look into. None of them is found by reading all of a table.
CREATE INDEX sessions_newest ON "sessions" ("created_at", "public_id");
CREATE INDEX api_keys_age ON "api_keys" ("created_at");
CREATE INDEX alerts_unsettled ON "alerts" ("status", "first_at", "id") WHERE "status" <> 'resolved';
CREATE INDEX alerts_critical ON "alerts" ("first_at", "id") WHERE "status" = 'open' AND "severity" = 'critical';

SELECT jobs.declare_queue('weekly-digest');

-- The audit log in numbers
-- Nobody counts a month of events to look at a page: the worker counts each event once, after it is sealed. By the
-- quarter of an hour, what was done and how it ended, and where refusals came from.
CREATE TABLE audit.event_counts (
    "since" TIMESTAMPTZ(3) NOT NULL,
    "action" VARCHAR(100) NOT NULL,
    "outcome" "AuditOutcome" NOT NULL,
    "code" VARCHAR(50) NOT NULL,
    "events" INTEGER NOT NULL,
    PRIMARY KEY ("since", "action", "outcome", "code")
);
CREATE TABLE audit.source_counts (
    "since" TIMESTAMPTZ(3) NOT NULL,
    "network" VARCHAR(50) NOT NULL,
    "refusals" INTEGER NOT NULL,
    "failed_log_ins" INTEGER NOT NULL,
    PRIMARY KEY ("since", "network")
);
CREATE TABLE audit.counted (
    "is_one" BOOLEAN PRIMARY KEY DEFAULT true CHECK ("is_one"),
    "last_id" BIGINT NOT NULL DEFAULT 0
);
INSERT INTO audit.counted DEFAULT VALUES;
-- What was told of each week that is over, under its Monday.
CREATE TABLE audit.digests (
    "week" DATE PRIMARY KEY CHECK (extract(isodow FROM "week") = 1),
    "made_at" TIMESTAMPTZ(3) NOT NULL,
    "content" JSONB NOT NULL
);
DO $$ DECLARE named text; BEGIN
  FOREACH named IN ARRAY ARRAY['event_counts', 'source_counts', 'counted', 'digests'] LOOP
    EXECUTE format('ALTER TABLE audit.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', named);
    EXECUTE format('CREATE POLICY owner_migrates ON audit.%I TO rampart_owner USING (true) WITH CHECK (true)', named);
    EXECUTE format('CREATE POLICY identity_looks_up ON audit.%I FOR SELECT TO rampart_identity USING (true)', named);
    EXECUTE format('GRANT SELECT ON audit.%I TO rampart_identity', named);
  END LOOP;
END $$;

-- What did not prove somebody who wanted in; apps/api/src/procedures/observed-events.ts tells the detection of the same.
CREATE FUNCTION audit.is_failed_log_in(action text, code text) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN action IN ('auth.login', 'auth.mfa.recovery.verify', 'auth.mfa.totp.verify', 'auth.passkeys.login')
       AND code IN ('invalid_credentials', 'invalid_code');

CREATE FUNCTION audit.quarter_of(moment timestamptz) RETURNS timestamptz LANGUAGE sql IMMUTABLE
RETURN date_bin('15 minutes', moment, '2000-01-01Z');

-- Counts what was sealed since the last time, at most so many events: an id that is sealed is that of an event which
-- nobody can still be writing. Of a quarter of an hour it keeps 1000 networks apart, from then to its end, and any from
-- which 10 came at once; the rest are one, without a name.
CREATE FUNCTION audit.count_sealed(at_most integer) RETURNS TABLE (events integer)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s' AS $$
DECLARE
  counted bigint;
  reached bigint;
BEGIN
  PERFORM audit.take_turn();
  SELECT c.last_id INTO counted FROM audit.counted c;
  SELECT max(b.id), count(*)::integer INTO reached, events FROM (
    SELECT e.id FROM public.audit_events e
     WHERE e.id > counted AND e.id <= audit.last_sealed() ORDER BY e.id LIMIT at_most) b;
  IF events = 0 THEN RETURN NEXT; RETURN; END IF;
  INSERT INTO audit.event_counts AS c (since, action, outcome, code, events)
  SELECT audit.quarter_of(e.time), e.action, e.outcome, coalesce(e.code, ''), count(*)
    FROM public.audit_events e WHERE e.id > counted AND e.id <= reached GROUP BY 1, 2, 3, 4
  ON CONFLICT ON CONSTRAINT event_counts_pkey DO UPDATE SET events = c.events + EXCLUDED.events;
  INSERT INTO audit.source_counts AS c (since, network, refusals, failed_log_ins)
  SELECT n.since, n.network, sum(n.refusals), sum(n.failed_log_ins) FROM (
    SELECT f.since, f.refusals, f.failed_log_ins,
           CASE WHEN f.is_kept OR f.refusals >= 10 OR f.place <= 1000 - (
                  SELECT count(*) FROM (SELECT FROM audit.source_counts k WHERE k.since = f.since LIMIT 1000) known)
                THEN f.network ELSE '' END AS network
      FROM (SELECT r.*, k.since IS NOT NULL AS is_kept,
                   row_number() OVER (PARTITION BY r.since, k.since IS NULL ORDER BY r.refusals DESC) AS place
              FROM (SELECT audit.quarter_of(e.time) AS since, coalesce(e.address, '') AS network, count(*) AS refusals,
                           count(*) FILTER (WHERE audit.is_failed_log_in(e.action, e.code)) AS failed_log_ins
                      FROM public.audit_events e
                     WHERE e.id > counted AND e.id <= reached AND e.outcome = 'denied' GROUP BY 1, 2) r
              LEFT JOIN audit.source_counts k ON k.since = r.since AND k.network = r.network) f) n
   GROUP BY 1, 2
  ON CONFLICT ON CONSTRAINT source_counts_pkey DO UPDATE
     SET refusals = c.refusals + EXCLUDED.refusals, failed_log_ins = c.failed_log_ins + EXCLUDED.failed_log_ins;
  UPDATE audit.counted c SET last_id = reached;
  -- Eleven weeks hold a whole week, the eight before it, and the one that runs.
  DELETE FROM audit.event_counts c WHERE c.since < now() - interval '77 days';
  DELETE FROM audit.source_counts c WHERE c.since < now() - interval '8 days';
  RETURN NEXT;
END $$;

-- What came since: by a worker that works a minute of it at most. The newest 5000, where none does.
CREATE FUNCTION audit.uncounted()
RETURNS TABLE ("time" timestamptz, action varchar, outcome public."AuditOutcome", code varchar, network varchar)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp ROWS 5000 AS $$
  SELECT e.time, e.action, e.outcome, coalesce(e.code, ''), coalesce(e.address, '')
    FROM public.audit_events e WHERE e.id > (SELECT c.last_id FROM audit.counted c)
   ORDER BY e.id DESC LIMIT 5000
$$;

-- How far the chain reaches; of what is not in it yet, how much, 10 000 at most, and since when.
CREATE FUNCTION audit.chain_state()
RETURNS TABLE (links bigint, sealed_at timestamptz, head varchar, unsealed integer, unsealed_since timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT s.number, s.sealed_at, s.hash, u.unsealed, u.since
    FROM (SELECT count(*)::integer AS unsealed, min(e.time) AS since
            FROM (SELECT v.time FROM public.audit_events v WHERE v.id > audit.last_sealed()
                   ORDER BY v.id LIMIT 10000) e) u
    LEFT JOIN (SELECT * FROM public.audit_seals ORDER BY number DESC LIMIT 1) s ON true
$$;

-- Keys
-- Those that end within 14 days, and those that are refused already since they are older than keys may become; of one
-- that was rotated its successor alone. At most so many, of any; all for NULL.
CREATE FUNCTION audit.due_keys(at timestamptz, max_age_days integer, at_most integer)
RETURNS TABLE (id uuid, organization_id uuid, user_id uuid, name varchar, prefix varchar, created_at timestamptz,
               last_used_at timestamptz, ends_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT k.id, k.organization_id, k.user_id, k.name, k.prefix, k.created_at, k.last_used_at,
         least(k.expires_at, k.created_at + make_interval(hours => 24 * max_age_days))
    FROM public.api_keys k
   WHERE k.replaced_by_id IS NULL AND k.expires_at > at
     AND (k.expires_at <= at + interval '336 hours'
          OR k.created_at <= at + interval '336 hours' - make_interval(hours => 24 * max_age_days))
   LIMIT at_most
$$;

-- The weekly digest
-- Each number of a week, and of the eight before it: the first is that of the week itself.
CREATE FUNCTION audit.week_numbers(of_week date)
RETURNS TABLE (topic text, name text, severity text, weeks integer[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH bounds AS (
    SELECT ((of_week - 56)::timestamp AT TIME ZONE 'UTC') AS since, ((of_week + 7)::timestamp AT TIME ZONE 'UTC') AS until),
  events AS (
    SELECT c.since AS time, c.action, c.outcome, c.code, c.events FROM bounds b, audit.event_counts c
     WHERE c.since >= b.since AND c.since < b.until
    UNION ALL
    SELECT u.time, u.action, u.outcome, u.code, 1 FROM bounds b, audit.uncounted() u
     WHERE u.time >= b.since AND u.time < b.until),
  found AS (
    SELECT CASE WHEN audit.is_failed_log_in(e.action, e.code) THEN 'failedLogIn'
                WHEN e.outcome = 'denied' THEN 'refusal'
                WHEN e.outcome = 'failed' THEN 'failure'
                WHEN e.action = 'detection.addressBlocked' THEN 'blockedAddress'
                WHEN e.action LIKE 'admin.%' THEN 'adminChange'
                WHEN e.action IN ('auth.login', 'auth.passkeys.login', 'auth.external.login') THEN 'logIn' END AS topic,
           e.action AS name, NULL AS severity, e.time, e.events
      FROM events e
    UNION ALL
    SELECT 'alert', a.rule, a.severity::text, a.first_at, 1 FROM bounds b, public.alerts a
     WHERE a.first_at >= b.since AND a.first_at < b.until),
  weekly AS (
    SELECT f.topic, CASE WHEN f.topic IN ('failedLogIn', 'blockedAddress', 'logIn') THEN '' ELSE f.name END AS name,
           f.severity, (of_week - date_trunc('week', f.time AT TIME ZONE 'UTC')::date) / 7 AS ago,
           sum(f.events)::integer AS events
      FROM found f WHERE f.topic IS NOT NULL GROUP BY 1, 2, 3, 4)
  SELECT w.topic, w.name, w.severity,
         ARRAY(SELECT coalesce((array_agg(w.events))[array_position(array_agg(w.ago), ago)], 0)
                 FROM generate_series(0, 8) ago ORDER BY ago)
    FROM weekly w GROUP BY 1, 2, 3
   ORDER BY 1, 2, 3
$$;

-- How it stands at a moment, and how many weeks before it have been counted at all.
CREATE FUNCTION audit.week_state(of_week date, at timestamptz, max_age_days integer)
RETURNS TABLE (weeks_known integer, sealed_at timestamptz, head varchar, unsealed integer, unsealed_since timestamptz,
               dead_letters integer, keys_ending integer, keys_over_age integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT greatest(0, least(8, coalesce(
           (of_week - (least((SELECT min(c.since) FROM audit.event_counts c), (SELECT min(u.time) FROM audit.uncounted() u))
                       AT TIME ZONE 'UTC')::date) / 7, 0))),
         s.sealed_at, s.head, s.unsealed, s.unsealed_since,
         (SELECT coalesce(sum(d.dead_letters), 0)::integer FROM jobs.count_dead_letters() d),
         count(k.id) FILTER (WHERE k.ends_at > at)::integer, count(k.id) FILTER (WHERE k.ends_at <= at)::integer
    FROM audit.chain_state() s LEFT JOIN audit.due_keys(at, max_age_days, NULL) k ON true
   GROUP BY s.sealed_at, s.head, s.unsealed, s.unsealed_since
$$;

-- The weeks up to one that are still to be told, the oldest first: of eight, those since the first that was told at all.
CREATE FUNCTION audit.untold_weeks(until_week date) RETURNS TABLE (week text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT w.week::text FROM (SELECT until_week - 7 * ago AS week FROM generate_series(0, 7) ago) w
   WHERE w.week >= (SELECT coalesce(min(d.week), until_week) FROM audit.digests d)
     AND NOT EXISTS (SELECT FROM audit.digests d WHERE d.week = w.week)
   ORDER BY w.week
$$;

-- Kept by whoever is first, in the transaction that mails it: everybody else is told that it is there.
CREATE FUNCTION audit.keep_digest(of_week date, at timestamptz, of_content jsonb) RETURNS TABLE (kept boolean)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH made AS (
    INSERT INTO audit.digests (week, made_at, content) VALUES (of_week, at, of_content) ON CONFLICT DO NOTHING RETURNING 1)
  SELECT EXISTS (SELECT FROM made)
$$;

-- Who reads it, where nobody else was named.
CREATE FUNCTION audit.administrators() RETURNS TABLE (email varchar)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT u.email FROM public.users u
   WHERE u.platform_role = 'admin' AND u.disabled_at IS NULL AND u.deleted_at IS NULL AND u.email_verified_at IS NOT NULL
   ORDER BY u.email
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA audit FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.count_sealed(integer), audit.week_numbers(date),
  audit.week_state(date, timestamptz, integer), audit.untold_weeks(date), audit.keep_digest(date, timestamptz, jsonb),
  audit.administrators()
  TO rampart_worker;
GRANT EXECUTE ON FUNCTION audit.is_failed_log_in(text, text), audit.quarter_of(timestamptz), audit.uncounted(), audit.chain_state(),
  audit.due_keys(timestamptz, integer, integer), audit.week_numbers(date), audit.week_state(date, timestamptz, integer)
  TO rampart_identity;

-- What the platform's administrators see of it
-- With the status and the severity as they are stored, which the indexes know.
CREATE OR REPLACE VIEW platform.alerts AS
  SELECT a.id, a.rule, a.severity::text, a.subject, a.summary, a.count, a.first_at, a.last_at, a.status::text,
         a.acknowledged_by, a.acknowledged_at, a.resolved_by, a.resolved_at, a.status AS stored_status,
         a.severity AS stored_severity
    FROM public.alerts a;

-- The heads of the page. Of what can be many it counts 1000.
CREATE FUNCTION platform.overview(at timestamptz, max_age_days integer)
RETURNS TABLE (open_alerts integer, critical_alerts integer, acknowledged_alerts integer, quiet_since timestamptz,
               blocked_addresses integer, dead_letters integer, due_keys integer, sealed_at timestamptz,
               unsealed integer, unsealed_since timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT (SELECT count(*)::integer FROM (SELECT FROM public.alerts a WHERE a.status = 'open' LIMIT 1000) a),
         (SELECT count(*)::integer FROM (
            SELECT FROM public.alerts a WHERE a.status = 'open' AND a.severity = 'critical' LIMIT 1000) a),
         (SELECT count(*)::integer FROM (SELECT FROM public.alerts a WHERE a.status = 'acknowledged' LIMIT 1000) a),
         (SELECT l.last_at FROM public.alerts l ORDER BY l.first_at DESC, l.id DESC LIMIT 1),
         (SELECT count(*)::integer FROM (SELECT FROM public.blocked_addresses b WHERE b.blocked_until > at LIMIT 1000) b),
         (SELECT coalesce(sum(d.dead_letters), 0)::integer FROM jobs.count_dead_letters() d),
         (SELECT count(*)::integer FROM audit.due_keys(at, max_age_days, 1000) k),
         s.sealed_at, s.unsealed, s.unsealed_since
    FROM audit.chain_state() s
$$;

-- Refusals over time, log-ins that failed apart from the others: in steps of quarters of an hour, 400 at most.
CREATE FUNCTION platform.list_refusals(since timestamptz, until timestamptz, step interval)
RETURNS TABLE (at timestamptz, failed_log_ins integer, others integer)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF step < interval '15 minutes' OR since + 400 * step < until OR until - since > interval '35 days' THEN
    RAISE EXCEPTION 'too much to look at' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  RETURN QUERY
  WITH refused AS (
    SELECT c.since AS time, audit.is_failed_log_in(c.action, c.code) AS is_log_in, c.events FROM audit.event_counts c
     WHERE c.since >= list_refusals.since AND c.since < until AND c.outcome = 'denied'
    UNION ALL
    SELECT u.time, audit.is_failed_log_in(u.action, u.code), 1 FROM audit.uncounted() u
     WHERE u.time >= list_refusals.since AND u.time < until AND u.outcome = 'denied')
  SELECT s.at, coalesce(sum(r.events) FILTER (WHERE r.is_log_in), 0)::integer,
         coalesce(sum(r.events) FILTER (WHERE NOT r.is_log_in), 0)::integer
    FROM generate_series(list_refusals.since, until - step, step) s(at)
    LEFT JOIN refused r ON date_bin(step, r.time, list_refusals.since) = s.at
   GROUP BY s.at ORDER BY s.at;
END $$;

-- The networks that were refused most; the empty one is all those that are not kept apart.
CREATE FUNCTION platform.list_sources(since timestamptz, at_most integer)
RETURNS TABLE (network varchar, refusals integer, failed_log_ins integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT r.network, sum(r.refusals)::integer, sum(r.failed_log_ins)::integer
    FROM (SELECT c.network, c.refusals, c.failed_log_ins FROM audit.source_counts c
           WHERE c.since >= audit.quarter_of(list_sources.since)
          UNION ALL
          SELECT u.network, 1, audit.is_failed_log_in(u.action, u.code)::integer FROM audit.uncounted() u
           WHERE u.outcome = 'denied' AND u.time >= list_sources.since) r
   GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT at_most
$$;

CREATE FUNCTION platform.get_audit_chain()
RETURNS TABLE (links bigint, sealed_at timestamptz, head varchar, unsealed integer, unsealed_since timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT * FROM audit.chain_state()
$$;

-- Sessions that live, newest first, of everybody or of one person; nothing that proves them.
CREATE FUNCTION platform.list_sessions(
  of_user uuid, before_at timestamptz, before uuid, at_most integer, at timestamptz, idle_seconds integer)
RETURNS TABLE (
  id uuid, user_id uuid, email varchar, state text, second_factor boolean, created_at timestamptz,
  last_seen_at timestamptz, expires_at timestamptz, address varchar, user_agent varchar, impersonator_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
  SELECT s.public_id, s.user_id, u.email,
         CASE WHEN s.pending THEN 'pending' WHEN s.impersonator_id IS NOT NULL THEN 'impersonation' ELSE 'whole' END,
         s.second_factor_at IS NOT NULL, s.created_at, s.last_seen_at,
         least(s.expires_at, s.last_seen_at + make_interval(secs => idle_seconds)), s.address, s.user_agent,
         s.impersonator_id
    FROM public.sessions s JOIN public.users u ON u.id = s.user_id
   WHERE (of_user IS NULL OR s.user_id = of_user)
     AND s.expires_at > at AND s.last_seen_at + make_interval(secs => idle_seconds) > at
     AND (before IS NULL OR (s.created_at, s.public_id) < (before_at, before))
   ORDER BY s.created_at DESC, s.public_id DESC LIMIT at_most
$$;

-- By their state, of 100 000 that have not ended.
CREATE FUNCTION platform.count_sessions(at timestamptz, idle_seconds integer)
RETURNS TABLE (whole integer, second_factor integer, pending integer, impersonation integer, people integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT count(*) FILTER (WHERE NOT s.pending AND s.impersonator_id IS NULL)::integer,
         count(*) FILTER (WHERE NOT s.pending AND s.impersonator_id IS NULL AND s.second_factor_at IS NOT NULL)::integer,
         count(*) FILTER (WHERE s.pending)::integer, count(*) FILTER (WHERE s.impersonator_id IS NOT NULL)::integer,
         count(DISTINCT s.user_id)::integer
    FROM (SELECT n.* FROM public.sessions n WHERE n.expires_at > at ORDER BY n.expires_at LIMIT 100000) s
   WHERE s.last_seen_at + make_interval(secs => idle_seconds) > at
$$;

CREATE FUNCTION platform.list_due_keys(
  at timestamptz, max_age_days integer, after_at timestamptz, after uuid, at_most integer)
RETURNS TABLE (id uuid, organization_id uuid, organization varchar, user_id uuid, email varchar, name varchar,
               prefix varchar, created_at timestamptz, last_used_at timestamptz, ends_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT k.id, k.organization_id, o.name, k.user_id, u.email, k.name, k.prefix, k.created_at, k.last_used_at, k.ends_at
    FROM audit.due_keys(at, max_age_days, NULL) k
    JOIN public.users u ON u.id = k.user_id JOIN public.organizations o ON o.id = k.organization_id
   WHERE after IS NULL OR (k.ends_at, k.id) > (after_at, after)
   ORDER BY k.ends_at, k.id LIMIT at_most
$$;

-- What waits in each queue, and since when the oldest of it is due.
CREATE FUNCTION platform.list_job_queues(at timestamptz)
RETURNS TABLE (name text, waiting integer, retrying integer, running integer, oldest_at timestamptz, dead_letters integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT q.queue, q.waiting, q.retrying, q.running, CASE WHEN q.due_at <= at THEN q.due_at END, q.dead_letters
    FROM jobs.count_queues() q
$$;

CREATE FUNCTION platform.list_digests(before date, at_most integer)
RETURNS TABLE (week text, made_at timestamptz, content jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT d.week::text, d.made_at, d.content FROM audit.digests d
   WHERE before IS NULL OR d.week < before ORDER BY d.week DESC LIMIT at_most
$$;

-- Of the week that runs, and of none that was told already.
CREATE FUNCTION platform.week_numbers(of_week date)
RETURNS TABLE (topic text, name text, severity text, weeks integer[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT * FROM audit.week_numbers(of_week)
$$;
CREATE FUNCTION platform.week_state(of_week date, at timestamptz, max_age_days integer)
RETURNS TABLE (weeks_known integer, sealed_at timestamptz, head varchar, unsealed integer, unsealed_since timestamptz,
               dead_letters integer, keys_ending integer, keys_over_age integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT * FROM audit.week_state(of_week, at, max_age_days)
$$;

DO $$ DECLARE routine regprocedure; BEGIN
  FOR routine IN SELECT p.oid::regprocedure FROM pg_proc p
    WHERE p.pronamespace = 'platform'::regnamespace AND p.proowner <> 'rampart_identity'::regrole
  LOOP EXECUTE format('ALTER FUNCTION %s OWNER TO rampart_identity', routine); END LOOP;
END $$;
ALTER VIEW platform.alerts OWNER TO rampart_identity;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA platform FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA platform TO rampart_platform;
