-- AlterTable
ALTER TABLE "audit_seals" ADD COLUMN "kept_from" BIGINT;

-- One keeper of the log at a time. A row that the owner's functions alone can lock: an advisory lock anybody can hold.
CREATE TABLE audit.turn ("is_one" BOOLEAN PRIMARY KEY DEFAULT true CHECK ("is_one"));
INSERT INTO audit.turn DEFAULT VALUES;
ALTER TABLE audit.turn ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_migrates ON audit.turn TO rampart_owner USING (true) WITH CHECK (true);

-- The caller's until its transaction ends. Whoever does not get it in time fails, rather than finding nothing to do. By the
-- snapshot of an isolated transaction a seal would lack events of its range, and each of them look as if it was put in.
CREATE FUNCTION audit.take_turn() RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '20s' AS $$
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'The audit log is kept in READ COMMITTED alone.' USING ERRCODE = 'invalid_transaction_state';
  END IF;
  PERFORM FROM audit.turn FOR UPDATE;
END $$;

-- Times that the worker's role gives are never ahead of the database's own.
CREATE FUNCTION audit.no_later_than_now(at timestamptz) RETURNS timestamptz LANGUAGE sql VOLATILE
RETURN least(at, clock_timestamp());

CREATE OR REPLACE FUNCTION audit.forget_erased(at timestamptz) RETURNS TABLE (forgotten integer)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  DELETE FROM public.audit_actors a USING public.users u
   WHERE u.id = a.person AND u.deleted_at <= audit.no_later_than_now(at) - interval '1 hour';
  GET DIAGNOSTICS forgotten = ROW_COUNT;
  RETURN NEXT;
END $$;

-- This month and the next two, and those of which the default partition holds something: at most 24 of them at once. Of
-- times that are not ahead, and that an event may have: a year of five digits would make a partition by the name of a
-- month to come, which that would never get.
CREATE OR REPLACE FUNCTION audit.keep_months(at timestamptz) RETURNS TABLE (month date, moved integer)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s' AS $$
DECLARE
  moment timestamptz := greatest(audit.no_later_than_now(at), '1900-01-01Z');
BEGIN
  PERFORM audit.take_turn();
  FOR month IN
    SELECT (audit.month_of(moment) + ahead * interval '1 month')::date FROM generate_series(0, 2) ahead
    UNION
    SELECT stray FROM (SELECT DISTINCT audit.month_of(e.time) AS stray FROM audit.events_default e
                        ORDER BY 1 LIMIT 24) strays
    ORDER BY 1
  LOOP
    CONTINUE WHEN to_regclass(format('audit.%I', audit.partition_of(month))) IS NOT NULL;
    moved := audit.add_month(month);
    RETURN NEXT;
  END LOOP;
END $$;

-- The chain
DROP FUNCTION audit.append_seal(text, date, bigint, bigint, integer, text, timestamptz);
CREATE FUNCTION audit.append_seal(
  of_kind text, of_month date, from_id bigint, to_id bigint, of_events integer, of_digest text, at timestamptz,
  keeps_from bigint DEFAULT NULL)
RETURNS public.audit_seals
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  made public.audit_seals;
BEGIN
  SELECT s.number + 1, s.hash INTO made.number, made.previous
    FROM public.audit_seals s ORDER BY s.number DESC LIMIT 1;
  IF NOT FOUND THEN made.number := 1; made.previous := repeat('0', 64); END IF;
  made.kind := of_kind; made.month := of_month; made.first_id := from_id; made.last_id := to_id;
  made.events := of_events; made.digest := of_digest; made.sealed_at := audit.no_later_than_now(at);
  made.kept_from := CASE WHEN keeps_from IS NOT NULL THEN least(keeps_from, made.number) END;
  made.hash := encode(sha256(convert_to(made.previous || jsonb_build_array(
    made.number, made.kind, to_char(made.month, 'YYYY-MM-DD'), made.first_id, made.last_id, made.kept_from, made.events,
    made.digest, (extract(epoch FROM made.sealed_at) * 1000)::bigint)::text, 'UTF8')), 'hex');
  INSERT INTO public.audit_seals SELECT made.*;
  RETURN made;
END $$;

CREATE FUNCTION audit.last_sealed() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce((SELECT s.last_id FROM public.audit_seals s ORDER BY s.number DESC LIMIT 1), 0)
$$;

-- As before (20261127110000_audit_chain), in turn.
CREATE OR REPLACE FUNCTION audit.seal(at timestamptz, at_most integer) RETURNS SETOF public.audit_seals
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s' AS $$
DECLARE
  sealed bigint;
  settled bigint;
  part record;
BEGIN
  PERFORM audit.take_turn();
  sealed := audit.last_sealed();
  IF NOT EXISTS (SELECT FROM public.audit_events e WHERE e.id > sealed) THEN RETURN; END IF;
  BEGIN
    LOCK TABLE ONLY public.audit_events IN SHARE MODE;
    settled := (SELECT max(e.id) FROM public.audit_events e);
    -- To let go of the lock at once: what is undone releases it.
    RAISE EXCEPTION USING ERRCODE = 'RF004';
  EXCEPTION WHEN SQLSTATE 'RF004' THEN NULL;
  END;
  settled := (SELECT max(id) FROM (
    SELECT e.id FROM public.audit_events e WHERE e.id > sealed AND e.id <= settled ORDER BY e.id LIMIT at_most) batch);
  FOR part IN
    SELECT audit.month_of(e.time) AS month, count(*)::integer AS events,
           encode(sha256(convert_to(string_agg(audit.canonical(e), E'\n' ORDER BY e.id), 'UTF8')), 'hex') AS digest
      FROM public.audit_events e WHERE e.id > sealed AND e.id <= settled GROUP BY 1 ORDER BY 1
  LOOP
    RETURN NEXT audit.append_seal('sealed', part.month, sealed + 1, settled, part.events, part.digest, at);
  END LOOP;
END $$;

-- The link that the oldest one of a month that is still there builds on: what is before it can go. Past every link where
-- all months are gone.
CREATE FUNCTION audit.oldest_needed(gone date) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT greatest(1, coalesce(min(s.number) - 1, 9223372036854775807)) FROM public.audit_seals s
   WHERE s.kind = 'sealed' AND s.month <> gone AND NOT EXISTS (
     SELECT FROM public.audit_seals d WHERE d.kind = 'dropped' AND d.month = s.month AND d.number > s.number)
$$;

-- Drops the oldest of the months that ended so many days ago and are sealed whole, with a link that says so, that holds
-- the last hash of it, and that names the link which the chain begins with from then on. A month a call, so that the log
-- is locked for no more than that. Months that are due and not sealed whole are named too, and stay.
DROP FUNCTION audit.drop_expired(timestamptz, integer);
CREATE FUNCTION audit.drop_expired(at timestamptz, retention_days integer)
RETURNS TABLE (month date, events integer, dropped boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s' AS $$
DECLARE
  due timestamptz := audit.no_later_than_now(at) - make_interval(days => retention_days);
  sealed bigint;
  made public.audit_seals;
BEGIN
  IF retention_days IS NULL OR retention_days < 30 THEN RAISE EXCEPTION 'Events are kept for 30 days at least.'; END IF;
  PERFORM audit.take_turn();
  sealed := audit.last_sealed();
  FOR month IN
    SELECT to_date(c.relname, '"events_"YYYY_MM') FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = 'public.audit_events'::regclass AND c.relname ~ '^events_\d{4}_\d\d$' ORDER BY 1
  LOOP
    EXIT WHEN audit.start_of((month + interval '1 month')::date) > due;
    EXECUTE format('SELECT count(*) FROM audit.%I', audit.partition_of(month)) INTO events;
    dropped := events = coalesce((
      SELECT sum(s.events) FROM public.audit_seals s
       WHERE s.kind = 'sealed' AND s.month = drop_expired.month AND s.number > coalesce((
         SELECT max(d.number) FROM public.audit_seals d WHERE d.kind = 'dropped' AND d.month = drop_expired.month), 0)), 0);
    IF dropped THEN
      EXECUTE format('DROP TABLE audit.%I', audit.partition_of(month));
      made := audit.append_seal('dropped', month, sealed + 1, sealed, events, coalesce((
        SELECT s.hash FROM public.audit_seals s WHERE s.kind = 'sealed' AND s.month = drop_expired.month
         ORDER BY s.number DESC LIMIT 1), repeat('0', 64)), at,
        audit.oldest_needed(month));
      DELETE FROM public.audit_seals s WHERE s.number < made.kept_from;
    END IF;
    RETURN NEXT;
    EXIT WHEN dropped;
  END LOOP;
END $$;

DROP FUNCTION audit.is_mine();
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA audit FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.drop_expired(timestamptz, integer) TO rampart_worker;
