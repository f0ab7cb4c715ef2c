-- CreateTable
CREATE TABLE "audit_actors" (
    "person" UUID NOT NULL,
    "pseudonym" UUID NOT NULL DEFAULT gen_random_uuid(),

    CONSTRAINT "audit_actors_pkey" PRIMARY KEY ("person")
);

-- CreateTable
CREATE TABLE "audit_seals" (
    "number" BIGINT NOT NULL,
    "kind" VARCHAR(10) NOT NULL,
    "month" DATE NOT NULL,
    "first_id" BIGINT NOT NULL,
    "last_id" BIGINT NOT NULL,
    "events" INTEGER NOT NULL,
    "digest" VARCHAR(64) NOT NULL,
    "previous" VARCHAR(64) NOT NULL,
    "hash" VARCHAR(64) NOT NULL,
    "sealed_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "audit_seals_pkey" PRIMARY KEY ("number")
);

-- CreateIndex
CREATE UNIQUE INDEX "audit_actors_pseudonym_key" ON "audit_actors"("pseudonym");

-- CreateIndex
CREATE INDEX "audit_seals_month_last_id_idx" ON "audit_seals"("month", "last_id");

-- AddForeignKey
ALTER TABLE "audit_actors" ADD CONSTRAINT "audit_actors_person_fkey" FOREIGN KEY ("person") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "audit_seals" ADD CONSTRAINT "audit_seals_kind_check" CHECK ("kind" IN ('sealed', 'dropped'));

-- Whose the rows of "audit_actors" are: AuditActor in owned-models.
ALTER TABLE "audit_actors" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_migrates ON "audit_actors" TO rampart_owner USING (true) WITH CHECK (true);

-- Whose the rows of "audit_seals" are: AuditSeal in owned-models.
ALTER TABLE "audit_seals" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_migrates ON "audit_seals" TO rampart_owner USING (true) WITH CHECK (true);

-- The log anew, by months
ALTER TABLE "audit_events" RENAME TO "audit_events_before";
ALTER TABLE "audit_events_before" DROP CONSTRAINT "audit_events_pkey";
DROP INDEX "audit_events_organization_id_time_idx", "audit_events_actor_id_idx";

CREATE TABLE "audit_events" (
    "id" BIGINT NOT NULL DEFAULT nextval('audit_events_id_seq'),
    "time" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "organization_id" UUID,
    "actor" UUID,
    "on_behalf_of" UUID,
    "action" VARCHAR(100) NOT NULL,
    "target" VARCHAR(200),
    "outcome" "AuditOutcome" NOT NULL,
    "code" VARCHAR(50),
    "address" VARCHAR(45),
    "request_id" VARCHAR(64) NOT NULL,
    "before" JSONB,
    "after" JSONB,

    CONSTRAINT "audit_events_pkey" PRIMARY KEY ("id", "time"),
    -- A time that no month can be made of would stop the making of partitions.
    CONSTRAINT "audit_events_time_check" CHECK ("time" >= '1900-01-01Z' AND "time" < '2200-01-01Z')
) PARTITION BY RANGE ("time");
ALTER SEQUENCE "audit_events_id_seq" OWNED BY "audit_events"."id";
CREATE INDEX "audit_events_organization_id_id_idx" ON "audit_events"("organization_id", "id");
CREATE INDEX "audit_events_actor_id_idx" ON "audit_events"("actor", "id");

-- Append-only for the one who serves, and read by the platform's role, as before.
ALTER TABLE "audit_events" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_migrates ON "audit_events" TO rampart_owner USING (true) WITH CHECK (true);
GRANT INSERT ("time", "organization_id", "actor", "action", "target", "outcome", "code", "address", "request_id",
              "on_behalf_of", "before", "after") ON "audit_events" TO rampart_app;
CREATE POLICY append ON "audit_events" FOR INSERT TO rampart_app WITH CHECK (true);
GRANT SELECT ON "audit_events", "audit_seals" TO rampart_platform;
CREATE POLICY platform_reads ON "audit_events" FOR SELECT TO rampart_platform USING (true);
CREATE POLICY platform_reads ON "audit_seals"  FOR SELECT TO rampart_platform USING (true);

-- What holds the months, and the functions that keep them: the worker's way to the log, its only one. They belong to
-- the owner, since nobody else adds and drops parts of a table; none runs what it is given.
CREATE SCHEMA audit;
GRANT USAGE ON SCHEMA audit TO rampart_worker, rampart_identity;

-- Pseudonyms
GRANT SELECT ON "audit_actors", "audit_events" TO rampart_identity;
CREATE POLICY identity_looks_up ON "audit_actors" FOR SELECT TO rampart_identity USING (true);
CREATE POLICY identity_looks_up ON "audit_events" FOR SELECT TO rampart_identity USING (true);

INSERT INTO "audit_actors" (person) SELECT id FROM "users";

CREATE FUNCTION audit.add_actor() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO public.audit_actors (person) VALUES (NEW.id);
  RETURN NULL;
END $$;
CREATE TRIGGER add_actor AFTER INSERT ON "users" FOR EACH ROW EXECUTE FUNCTION audit.add_actor();

-- The network that an address is of, 256 addresses of IPv4 or a site of IPv6; null for what is none.
CREATE FUNCTION audit.network_of(address text) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT pg_input_is_valid(address, 'inet') THEN RETURN NULL; END IF;
  RETURN network(set_masklen(address::inet, least(masklen(address::inet),
                                                  CASE family(address::inet) WHEN 4 THEN 24 ELSE 48 END)))::text;
END $$;

-- Whoever writes, and whatever they write: no row names a person, or the address of one.
CREATE FUNCTION audit.make_pseudonymous() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW.actor := coalesce((SELECT a.pseudonym FROM public.audit_actors a WHERE a.person = NEW.actor), NEW.actor);
  NEW.on_behalf_of := coalesce(
    (SELECT a.pseudonym FROM public.audit_actors a WHERE a.person = NEW.on_behalf_of), NEW.on_behalf_of);
  IF NEW.target ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN
    NEW.target := coalesce(
      (SELECT a.pseudonym::text FROM public.audit_actors a WHERE a.person = NEW.target::uuid), NEW.target);
  END IF;
  NEW.address := audit.network_of(NEW.address);
  RETURN NEW;
END $$;
CREATE TRIGGER make_pseudonymous BEFORE INSERT ON "audit_events"
  FOR EACH ROW EXECUTE FUNCTION audit.make_pseudonymous();

-- An hour after a person is erased nothing leads from them to their name here: what was still on its way at the time
-- is recorded under it.
CREATE FUNCTION audit.forget_erased(at timestamptz) RETURNS TABLE (forgotten integer)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  DELETE FROM public.audit_actors a USING public.users u
   WHERE u.id = a.person AND u.deleted_at <= at - interval '1 hour';
  GET DIAGNOSTICS forgotten = ROW_COUNT;
  RETURN NEXT;
END $$;

-- Months
CREATE FUNCTION audit.month_of(moment timestamptz) RETURNS date LANGUAGE sql IMMUTABLE
RETURN date_trunc('month', moment AT TIME ZONE 'UTC')::date;
CREATE FUNCTION audit.start_of(month date) RETURNS timestamptz LANGUAGE sql IMMUTABLE
RETURN month::timestamp AT TIME ZONE 'UTC';
CREATE FUNCTION audit.partition_of(month date) RETURNS text LANGUAGE sql IMMUTABLE
RETURN 'events_' || lpad(extract(year FROM month)::text, 4, '0') || '_' || lpad(extract(month FROM month)::text, 2, '0');

CREATE TABLE audit.events_default PARTITION OF "audit_events" DEFAULT;
ALTER TABLE audit.events_default ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_migrates ON audit.events_default TO rampart_owner USING (true) WITH CHECK (true);

-- Guarded by itself too: nobody but the owner reaches a month by its name. Attached when it is made, so that no writer
-- waits; what the default partition holds of it moves there, and is counted.
CREATE FUNCTION audit.add_month(month date) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  named text := format('audit.%I', audit.partition_of(month));
  starts timestamptz := audit.start_of(month);
  ends timestamptz := audit.start_of((month + interval '1 month')::date);
  moved integer;
BEGIN
  LOCK TABLE audit.events_default IN ACCESS EXCLUSIVE MODE;
  EXECUTE format('CREATE TABLE %s (LIKE public.audit_events INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)',
                 named);
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', named);
  EXECUTE format('CREATE POLICY owner_migrates ON %s TO rampart_owner USING (true) WITH CHECK (true)', named);
  EXECUTE format('WITH moved AS (DELETE FROM audit.events_default WHERE time >= $1 AND time < $2 RETURNING *)
                  INSERT INTO %s SELECT * FROM moved', named) USING starts, ends;
  GET DIAGNOSTICS moved = ROW_COUNT;
  EXECUTE format('ALTER TABLE public.audit_events ATTACH PARTITION %s FOR VALUES FROM (%L) TO (%L)',
                 named, to_char(starts AT TIME ZONE 'UTC', 'YYYY-MM-DD"Z"'), to_char(ends AT TIME ZONE 'UTC', 'YYYY-MM-DD"Z"'));
  RETURN moved;
END $$;

-- One worker at a time, for as long as its transaction lasts; the others leave it to that one.
CREATE FUNCTION audit.is_mine() RETURNS boolean LANGUAGE sql VOLATILE
RETURN pg_try_advisory_xact_lock(hashtext('audit.keeper'));

-- This month and the next two, and those of which the default partition holds something: at most 24 of them at once.
CREATE FUNCTION audit.keep_months(at timestamptz) RETURNS TABLE (month date, moved integer)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s' AS $$
BEGIN
  IF NOT audit.is_mine() THEN RETURN; END IF;
  FOR month IN
    SELECT (audit.month_of(at) + ahead * interval '1 month')::date FROM generate_series(0, 2) ahead
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
-- What of an event is sealed: all of it, in one spelling. packages/audit/src/audit-verifier.ts has the same.
CREATE FUNCTION audit.canonical(e public.audit_events) RETURNS text LANGUAGE sql STABLE
RETURN jsonb_build_array(e.id, (extract(epoch FROM e.time) * 1000)::bigint, e.organization_id, e.actor, e.on_behalf_of,
                         e.action, e.target, e.outcome, e.code, e.address, e.request_id, e.before, e.after)::text;

CREATE FUNCTION audit.append_seal(
  of_kind text, of_month date, from_id bigint, to_id bigint, of_events integer, of_digest text, at timestamptz)
RETURNS public.audit_seals
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  made public.audit_seals;
BEGIN
  SELECT s.number + 1, s.hash INTO made.number, made.previous
    FROM public.audit_seals s ORDER BY s.number DESC LIMIT 1;
  IF NOT FOUND THEN made.number := 1; made.previous := repeat('0', 64); END IF;
  made.kind := of_kind; made.month := of_month; made.first_id := from_id; made.last_id := to_id;
  made.events := of_events; made.digest := of_digest; made.sealed_at := at;
  made.hash := encode(sha256(convert_to(made.previous || jsonb_build_array(
    made.number, made.kind, to_char(made.month, 'YYYY-MM-DD'), made.first_id, made.last_id, made.events, made.digest,
    (extract(epoch FROM made.sealed_at) * 1000)::bigint)::text, 'UTF8')), 'hex');
  INSERT INTO public.audit_seals SELECT made.*;
  RETURN made;
END $$;

-- Seals what came since the last seal, at most so many events; a seal for each month of them. An event may be stored
-- after one of a higher id. To miss none, the ids that are sealed are those of a moment in which nobody was writing:
-- whoever has taken an id holds a lock until it is stored or given up, and this waits for all of them.
CREATE FUNCTION audit.seal(at timestamptz, at_most integer) RETURNS SETOF public.audit_seals
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s' AS $$
DECLARE
  sealed bigint;
  settled bigint;
  part record;
BEGIN
  IF NOT audit.is_mine() THEN RETURN; END IF;
  sealed := coalesce((SELECT max(s.last_id) FROM public.audit_seals s), 0);
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

-- Drops the months that ended so many days ago and are sealed whole, with a seal that says so and holds the last hash
-- of each; the chain before the oldest month that is left goes too, all but the seal that the next one builds on.
CREATE FUNCTION audit.drop_expired(at timestamptz, retention_days integer) RETURNS TABLE (month date, events integer)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s' AS $$
DECLARE
  sealed bigint;
BEGIN
  IF retention_days IS NULL OR retention_days < 1 THEN RAISE EXCEPTION 'Events are kept a day at least.'; END IF;
  IF NOT audit.is_mine() THEN RETURN; END IF;
  sealed := coalesce((SELECT max(s.last_id) FROM public.audit_seals s), 0);
  FOR month IN
    SELECT to_date(c.relname, '"events_"YYYY_MM') FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = 'public.audit_events'::regclass AND c.relname ~ '^events_\d{4}_\d\d$' ORDER BY 1
  LOOP
    EXIT WHEN audit.start_of((month + interval '1 month')::date) > at - make_interval(days => retention_days);
    EXECUTE format('SELECT count(*) FROM audit.%I', audit.partition_of(month)) INTO events;
    -- What is not sealed stays, and is for the next time.
    CONTINUE WHEN events <> coalesce((
      SELECT sum(s.events) FROM public.audit_seals s
       WHERE s.kind = 'sealed' AND s.month = drop_expired.month AND s.number > coalesce((
         SELECT max(d.number) FROM public.audit_seals d WHERE d.kind = 'dropped' AND d.month = drop_expired.month), 0)), 0);
    EXECUTE format('DROP TABLE audit.%I', audit.partition_of(month));
    PERFORM audit.append_seal('dropped', month, sealed + 1, sealed, events, coalesce((
      SELECT s.hash FROM public.audit_seals s WHERE s.kind = 'sealed' AND s.month = drop_expired.month
       ORDER BY s.number DESC LIMIT 1), repeat('0', 64)), at);
    RETURN NEXT;
  END LOOP;
  DELETE FROM public.audit_seals s WHERE s.number < coalesce(
    (SELECT min(l.number) - 1 FROM public.audit_seals l
      WHERE l.kind = 'sealed' AND NOT EXISTS (
        SELECT FROM public.audit_seals d WHERE d.kind = 'dropped' AND d.month = l.month AND d.number > l.number)),
    (SELECT max(l.number) FROM public.audit_seals l));
END $$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA audit FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.keep_months(timestamptz), audit.seal(timestamptz, integer),
  audit.drop_expired(timestamptz, integer), audit.forget_erased(timestamptz) TO rampart_worker;

-- The events that there are, under the names of now on
SELECT audit.add_month(month) FROM (SELECT DISTINCT audit.month_of(time) AS month FROM "audit_events_before") had ORDER BY month;
SELECT audit.keep_months(now());
INSERT INTO "audit_events"
  (id, time, organization_id, actor, on_behalf_of, action, target, outcome, code, address, request_id, before, after)
SELECT id, time, organization_id, actor, on_behalf_of, action, target, outcome, code, address, request_id, before, after
  FROM "audit_events_before" ORDER BY id;
DROP TABLE "audit_events_before";

-- Reading, with the people who are still there by their own ids
-- Of somebody who is not erased: from then on nobody is found by who they were.
CREATE FUNCTION audit.pseudonym_of(of_person uuid) RETURNS uuid
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT a.pseudonym FROM public.audit_actors a JOIN public.users u ON u.id = a.person
   WHERE a.person = of_person AND u.deleted_at IS NULL
$$;

CREATE FUNCTION audit.page(
  of_person uuid, of_organization uuid, of_action text, of_target text, of_outcome text, since timestamptz,
  until timestamptz, before_id bigint, at_most integer)
RETURNS TABLE (
  id bigint, "time" timestamptz, organization_id uuid, actor uuid, on_behalf_of uuid, action varchar, target varchar,
  outcome text, code varchar, address varchar, request_id varchar, before jsonb, after jsonb)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
  named uuid := coalesce(audit.pseudonym_of(of_person), of_person);
  aimed text := of_target;
BEGIN
  IF of_target ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN
    aimed := coalesce(audit.pseudonym_of(of_target::uuid)::text, of_target);
  END IF;
  RETURN QUERY
  WITH people AS NOT MATERIALIZED (
    SELECT a.person, a.pseudonym FROM public.audit_actors a JOIN public.users u ON u.id = a.person
     WHERE u.deleted_at IS NULL)
  SELECT e.id, e.time, e.organization_id, coalesce(by.person, e.actor), coalesce(whom.person, e.on_behalf_of), e.action,
         coalesce(aim.person::text, e.target)::varchar, e.outcome::text, e.code, e.address, e.request_id, e.before, e.after
    FROM (
      SELECT * FROM public.audit_events v
       WHERE (of_person IS NULL OR v.actor = named OR v.on_behalf_of = named OR v.target = named::text)
         AND (of_organization IS NULL OR v.organization_id = of_organization)
         AND (of_action IS NULL OR v.action = of_action) AND (of_target IS NULL OR v.target = aimed)
         AND (of_outcome IS NULL OR v.outcome = of_outcome::public."AuditOutcome")
         AND (since IS NULL OR v.time >= since) AND (until IS NULL OR v.time < until)
         AND (before_id IS NULL OR v.id < before_id)
       ORDER BY v.id DESC LIMIT at_most) e
    LEFT JOIN people by   ON by.pseudonym = e.actor
    LEFT JOIN people whom ON whom.pseudonym = e.on_behalf_of
    LEFT JOIN people aim  ON aim.pseudonym = CASE
      WHEN e.target ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN e.target::uuid END
   ORDER BY e.id DESC;
END $$;
REVOKE ALL ON FUNCTION audit.pseudonym_of(uuid),
  audit.page(uuid, uuid, text, text, text, timestamptz, timestamptz, bigint, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.pseudonym_of(uuid),
  audit.page(uuid, uuid, text, text, text, timestamptz, timestamptz, bigint, integer) TO rampart_identity;

-- Of all tenants, for the platform's administrators.
CREATE FUNCTION platform.list_audit_events(
  of_person uuid, of_organization uuid, of_action text, of_target text, of_outcome text, since timestamptz,
  until timestamptz, before_id bigint, at_most integer)
RETURNS TABLE (
  id bigint, "time" timestamptz, organization_id uuid, actor uuid, on_behalf_of uuid, action varchar, target varchar,
  outcome text, code varchar, address varchar, request_id varchar, before jsonb, after jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT * FROM audit.page(of_person, of_organization, of_action, of_target, of_outcome, since, until, before_id, at_most)
$$;

-- Of one organization, for a member of it; whether their role may is the door's to say.
CREATE FUNCTION identity.list_audit_events(
  by_user uuid, of_organization uuid, since timestamptz, until timestamptz, before_id bigint, at_most integer)
RETURNS TABLE (
  id bigint, "time" timestamptz, organization_id uuid, actor uuid, on_behalf_of uuid, action varchar, target varchar,
  outcome text, code varchar, address varchar, request_id varchar, before jsonb, after jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT p.* FROM audit.page(NULL, of_organization, NULL, NULL, NULL, since, until, before_id, at_most) p
   WHERE of_organization IS NOT NULL AND identity.role_in(of_organization, by_user) IS NOT NULL
$$;

DO $$ DECLARE routine regprocedure; BEGIN
  FOR routine IN SELECT p.oid::regprocedure FROM pg_proc p
    WHERE p.pronamespace IN ('identity'::regnamespace, 'platform'::regnamespace)
      AND p.proowner <> 'rampart_identity'::regrole
  LOOP EXECUTE format('ALTER FUNCTION %s OWNER TO rampart_identity', routine); END LOOP;
END $$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA identity, platform FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA identity TO rampart_app;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA platform TO rampart_platform;
