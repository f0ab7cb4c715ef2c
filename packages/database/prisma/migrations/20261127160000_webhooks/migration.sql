-- CreateEnum
CREATE TYPE "WebhookDeliveryStatus" AS ENUM ('pending', 'delivered', 'failed', 'cancelled');

-- CreateEnum
CREATE TYPE "WebhookDisabledReason" AS ENUM ('gone', 'failing');

-- CreateTable
CREATE TABLE "webhook_endpoints" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "url" VARCHAR(2048) NOT NULL,
    "description" VARCHAR(200) NOT NULL DEFAULT '',
    "events" TEXT[],
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "disabled_reason" "WebhookDisabledReason",
    "failing_since" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "webhook_endpoints_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "webhook_secrets" (
    "id" UUID NOT NULL,
    "endpoint_id" UUID NOT NULL,
    "sealed" TEXT NOT NULL,
    "until" TIMESTAMPTZ(3),

    CONSTRAINT "webhook_secrets_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "webhook_events" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "type" VARCHAR(50) NOT NULL,
    "data" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "webhook_events_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "webhook_deliveries" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "endpoint_id" UUID NOT NULL,
    "event_id" UUID NOT NULL,
    "type" VARCHAR(50) NOT NULL,
    "status" "WebhookDeliveryStatus" NOT NULL DEFAULT 'pending',
    "next_attempt_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "webhook_deliveries_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "webhook_attempts" (
    "delivery_id" UUID NOT NULL,
    "number" SMALLINT NOT NULL,
    "organization_id" UUID NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "duration_ms" INTEGER NOT NULL,
    "response_status" SMALLINT,
    "error_kind" VARCHAR(20),

    CONSTRAINT "webhook_attempts_pkey" PRIMARY KEY ("delivery_id","number")
);

-- CreateIndex
CREATE UNIQUE INDEX "webhook_endpoints_organization_id_id_key" ON "webhook_endpoints"("organization_id", "id");

-- CreateIndex
CREATE INDEX "webhook_events_created_at_idx" ON "webhook_events"("created_at");

-- CreateIndex
CREATE UNIQUE INDEX "webhook_events_organization_id_id_key" ON "webhook_events"("organization_id", "id");

-- CreateIndex
CREATE INDEX "webhook_deliveries_organization_id_endpoint_id_id_idx" ON "webhook_deliveries"("organization_id", "endpoint_id", "id");

-- CreateIndex
CREATE INDEX "webhook_deliveries_organization_id_event_id_idx" ON "webhook_deliveries"("organization_id", "event_id");

-- CreateIndex
CREATE UNIQUE INDEX "webhook_deliveries_organization_id_id_key" ON "webhook_deliveries"("organization_id", "id");

-- CreateIndex
CREATE INDEX "webhook_attempts_organization_id_delivery_id_idx" ON "webhook_attempts"("organization_id", "delivery_id");

-- What waits to be sent to an endpoint: webhooks.deliver counts it.
CREATE INDEX webhook_deliveries_pending ON "webhook_deliveries" ("endpoint_id") WHERE "status" = 'pending';

-- CreateIndex
CREATE INDEX "webhook_secrets_endpoint_id_idx" ON "webhook_secrets"("endpoint_id");

-- AddForeignKey
ALTER TABLE "webhook_endpoints" ADD CONSTRAINT "webhook_endpoints_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organizations"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "webhook_secrets" ADD CONSTRAINT "webhook_secrets_endpoint_id_fkey" FOREIGN KEY ("endpoint_id") REFERENCES "webhook_endpoints"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "webhook_deliveries" ADD CONSTRAINT "webhook_deliveries_organization_id_event_id_fkey" FOREIGN KEY ("organization_id", "event_id") REFERENCES "webhook_events"("organization_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "webhook_attempts" ADD CONSTRAINT "webhook_attempts_organization_id_delivery_id_fkey" FOREIGN KEY ("organization_id", "delivery_id") REFERENCES "webhook_deliveries"("organization_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Whose the rows of "webhook_endpoints" are: WebhookEndpoint in owned-models.
ALTER TABLE "webhook_endpoints" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
GRANT SELECT, UPDATE ("description", "disabled_reason", "enabled", "events", "failing_since", "updated_at", "url"), DELETE ON "webhook_endpoints" TO rampart_app;
CREATE POLICY tenant ON "webhook_endpoints" TO rampart_app
  USING ("organization_id" = (SELECT app.organization_id()))
  WITH CHECK ("organization_id" = (SELECT app.organization_id()));
CREATE POLICY owner_migrates ON "webhook_endpoints" TO rampart_owner USING (true) WITH CHECK (true);

-- Whose the rows of "webhook_secrets" are: WebhookSecret in owned-models.
ALTER TABLE "webhook_secrets" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_migrates ON "webhook_secrets" TO rampart_owner USING (true) WITH CHECK (true);

-- Whose the rows of "webhook_events" are: WebhookEvent in owned-models.
ALTER TABLE "webhook_events" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_migrates ON "webhook_events" TO rampart_owner USING (true) WITH CHECK (true);

-- Whose the rows of "webhook_deliveries" are: WebhookDelivery in owned-models.
ALTER TABLE "webhook_deliveries" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
GRANT SELECT ON "webhook_deliveries" TO rampart_app;
CREATE POLICY tenant ON "webhook_deliveries" TO rampart_app
  USING ("organization_id" = (SELECT app.organization_id()))
  WITH CHECK ("organization_id" = (SELECT app.organization_id()));
CREATE POLICY owner_migrates ON "webhook_deliveries" TO rampart_owner USING (true) WITH CHECK (true);

-- Whose the rows of "webhook_attempts" are: WebhookAttempt in owned-models.
ALTER TABLE "webhook_attempts" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
GRANT SELECT ON "webhook_attempts" TO rampart_app;
CREATE POLICY tenant ON "webhook_attempts" TO rampart_app
  USING ("organization_id" = (SELECT app.organization_id()))
  WITH CHECK ("organization_id" = (SELECT app.organization_id()));
CREATE POLICY owner_migrates ON "webhook_attempts" TO rampart_owner USING (true) WITH CHECK (true);

-- Who else may touch what: the functions below belong to the role that nobody logs in as. The worker asks these, and
-- takes away what is old.
GRANT SELECT, INSERT, UPDATE ("enabled", "disabled_reason", "failing_since", "updated_at") ON "webhook_endpoints" TO rampart_identity;
GRANT SELECT, INSERT, UPDATE ON "webhook_deliveries" TO rampart_identity;
GRANT SELECT, INSERT, UPDATE ("until"), DELETE ON "webhook_secrets" TO rampart_identity;
GRANT SELECT, INSERT ON "webhook_events", "webhook_attempts" TO rampart_identity;
CREATE POLICY identity_keeps ON "webhook_endpoints"  TO rampart_identity USING (true) WITH CHECK (true);
CREATE POLICY identity_keeps ON "webhook_secrets"    TO rampart_identity USING (true) WITH CHECK (true);
CREATE POLICY identity_keeps ON "webhook_deliveries" TO rampart_identity USING (true) WITH CHECK (true);
CREATE POLICY identity_keeps ON "webhook_events"     TO rampart_identity USING (true) WITH CHECK (true);
CREATE POLICY identity_keeps ON "webhook_attempts"   TO rampart_identity USING (true) WITH CHECK (true);
GRANT SELECT ("id", "created_at"), DELETE ON "webhook_events" TO rampart_worker;
CREATE POLICY worker_retains ON "webhook_events" TO rampart_worker USING ("created_at" < now() - interval '30 days');

-- Jobs of one group: of these each worker does only so many at once (packages/jobs, concurrencyOfGroup). What has a
-- higher priority is begun before what waits longer. No worker is notified of one, since each looks every second: NOTIFY
-- holds one lock of all databases while it commits, which every change of many tenants would wait for.
DROP FUNCTION jobs.add(text, jsonb, text, interval);
CREATE FUNCTION jobs.add(
  to_queue text, data jsonb, singleton_key text DEFAULT NULL, start_after interval DEFAULT '0', of_group text DEFAULT NULL,
  priority integer DEFAULT 0)
RETURNS uuid
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  queue pgboss.queue;
  added uuid;
BEGIN
  SELECT * INTO queue FROM pgboss.queue q WHERE q.name = to_queue;
  IF NOT FOUND THEN RAISE EXCEPTION 'There is no queue %.', to_queue USING ERRCODE = 'undefined_object'; END IF;
  INSERT INTO pgboss.job_common
    (name, data, singleton_key, upsert_by_key, start_after, created_on, keep_until, policy, retry_limit, retry_delay,
     retry_backoff, retry_delay_max, expire_seconds, deletion_seconds, dead_letter, heartbeat_seconds, group_id, priority)
  VALUES
    (queue.name, add.data, add.singleton_key, nullif(add.singleton_key IS NOT NULL, false), now() + add.start_after,
     now(), now() + add.start_after + make_interval(secs => queue.retention_seconds), queue.policy, queue.retry_limit,
     queue.retry_delay, queue.retry_backoff, queue.retry_delay_max, queue.expire_seconds, queue.deletion_seconds,
     queue.dead_letter, queue.heartbeat_seconds, add.of_group,
     add.priority)
    ON CONFLICT DO NOTHING RETURNING id INTO added;
  IF added IS NOT NULL AND add.start_after <= interval '0' AND add.of_group IS NULL THEN
    PERFORM pg_notify('pgboss_' || left(encode(sha224('pgboss'), 'hex'), 24), queue.name);
  END IF;
  RETURN added;
END $$;
ALTER FUNCTION jobs.add OWNER TO rampart_identity;
REVOKE ALL ON FUNCTION jobs.add FROM PUBLIC;
GRANT EXECUTE ON FUNCTION jobs.add TO rampart_worker;

SELECT jobs.declare_queue('webhook-delivery');
SELECT jobs.declare_queue('webhook-disabled');

-- Webhooks
CREATE SCHEMA webhooks AUTHORIZATION rampart_identity;
GRANT USAGE ON SCHEMA webhooks TO rampart_app, rampart_worker;

-- A UUID of version 7 (RFC 9562): in the order of time, by which deliveries are listed.
CREATE FUNCTION webhooks.new_id() RETURNS uuid LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
  SELECT encode(set_bit(set_bit(overlay(
    uuid_send(gen_random_uuid()) PLACING substring(int8send(floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
    FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid
$$;

-- One event on its way to one endpoint of its organization, in the transaction that it is of; null where that has gone
-- meanwhile. No foreign key leads to the endpoint, since it would make whoever changes anything wait for who deletes one.
-- Where 10 000 wait for the endpoint it has failed as it is made: it can be sent again.
CREATE FUNCTION webhooks.deliver(of_event uuid, to_endpoint uuid) RETURNS uuid
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  delivery public.webhook_deliveries;
  is_full boolean := EXISTS (SELECT FROM public.webhook_deliveries d
                              WHERE d.endpoint_id = to_endpoint AND d.status = 'pending' OFFSET 9999);
BEGIN
  INSERT INTO public.webhook_deliveries (id, organization_id, endpoint_id, event_id, type, status, next_attempt_at)
  SELECT webhooks.new_id(), e.organization_id, p.id, e.id, e.type,
         CASE WHEN is_full THEN 'failed' ELSE 'pending' END::public."WebhookDeliveryStatus",
         CASE WHEN NOT is_full THEN now() END
    FROM public.webhook_events e
    JOIN public.webhook_endpoints p ON p.id = to_endpoint AND p.organization_id = e.organization_id
   WHERE e.id = of_event
  RETURNING * INTO delivery;
  IF delivery.status = 'pending' THEN
    PERFORM jobs.add('webhook-delivery', jsonb_build_object('deliveryId', delivery.id, 'attempt', 1),
                     of_group => delivery.organization_id::text);
  END IF;
  RETURN delivery.id;
END $$;

-- The enabled endpoints of an organization that want a type.
CREATE FUNCTION webhooks.receivers_of(of_organization uuid, of_type text) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT p.id FROM public.webhook_endpoints p JOIN public.organizations o ON o.id = p.organization_id
   WHERE p.organization_id = of_organization AND o.deleted_at IS NULL
     AND p.enabled AND p.events && ARRAY[of_type, '*']
$$;

-- A row as the API shows it: the columns that were published, in camel case, times in ISO 8601 and UTC.
CREATE FUNCTION webhooks.to_data(of_table oid, changed jsonb, columns text[]) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT jsonb_object_agg(
    lower(left(c.name, 1)) || substr(replace(initcap(replace(c.name, '_', ' ')), ' ', ''), 2),
    CASE a.atttypid WHEN 'timestamptz'::regtype
      THEN to_jsonb(to_char((changed->>c.name)::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
      ELSE changed->c.name END)
    FROM unnest(columns) c (name) JOIN pg_attribute a ON a.attrelid = of_table AND a.attname = c.name
$$;

-- A change and what is told of it are one transaction: the arguments are those of webhooks.publish.
CREATE FUNCTION webhooks.tell() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  columns text[] := TG_ARGV[1];
  verbs text[] := TG_ARGV[2];
  before jsonb := to_jsonb(OLD);
  after jsonb := to_jsonb(NEW);
  organization uuid := coalesce(after, before)->>'organization_id';
  event uuid;
  data jsonb;
  told text;
  receiver uuid;
BEGIN
  -- What is kept though it has ended is told of as one that is gone.
  IF before->>TG_ARGV[3] IS NOT NULL THEN before := NULL; END IF;
  IF after->>TG_ARGV[3] IS NOT NULL THEN after := NULL; END IF;
  IF before IS NULL AND after IS NULL THEN RETURN NULL; END IF;
  told := TG_ARGV[0] || '.' || verbs[CASE WHEN before IS NULL THEN 1 WHEN after IS NULL THEN 3 ELSE 2 END];
  FOR receiver IN SELECT webhooks.receivers_of(organization, told) LOOP
    IF event IS NULL THEN
      data := webhooks.to_data(TG_RELID, coalesce(after, before), columns);
      EXIT WHEN after IS NOT NULL AND data = webhooks.to_data(TG_RELID, before, columns);
      INSERT INTO public.webhook_events (id, organization_id, type, data)
      VALUES (webhooks.new_id(), organization, told, data) RETURNING id INTO event;
    END IF;
    PERFORM webhooks.deliver(event, receiver);
  END LOOP;
  RETURN NULL;
END $$;

-- For migrations alone, one line for each table that has an organization: its changes are events `NAME.created`,
-- `.updated` and `.deleted` (or other verbs) with these columns, which are those that the API shows. A row whose column
-- `ended` is set counts as deleted.
CREATE FUNCTION webhooks.publish(
  of_table regclass, named text, columns text[], verbs text[] DEFAULT '{created,updated,deleted}', ended text DEFAULT '')
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  missing text;
BEGIN
  SELECT c INTO missing FROM unnest(columns || '{organization_id}'::text[] || array_remove(ARRAY[ended], '')) c
   WHERE NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = of_table AND a.attname = c);
  IF FOUND THEN RAISE EXCEPTION '% has no column %.', of_table, missing USING ERRCODE = 'undefined_column'; END IF;
  EXECUTE format('CREATE TRIGGER tell_webhooks AFTER INSERT OR UPDATE OR DELETE ON %s
    FOR EACH ROW EXECUTE FUNCTION webhooks.tell(%L, %L, %L, %L)', of_table, named, columns, verbs, ended);
END $$;

-- Endpoints, as whoever serves makes them. `limits` is the table of plans, as the code has it.
CREATE FUNCTION webhooks.create_endpoint(
  of_organization uuid, new_id uuid, to_url text, described text, of_events text[], is_enabled boolean,
  sealed_secret text, limits jsonb, at timestamptz)
RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  at_most bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('webhook_endpoints' || of_organization::text, 0));
  SELECT coalesce((limits->>o.plan::text)::bigint, 0) INTO at_most
    FROM public.organizations o WHERE o.id = of_organization AND o.deleted_at IS NULL;
  IF NOT FOUND THEN RETURN 'not_found'; END IF;
  IF (SELECT count(*) FROM public.webhook_endpoints p WHERE p.organization_id = of_organization) >= at_most
  THEN RETURN 'quota_exceeded'; END IF;
  INSERT INTO public.webhook_endpoints (id, organization_id, url, description, events, enabled, created_at, updated_at)
  VALUES (new_id, of_organization, to_url, described, of_events, is_enabled, at, at);
  INSERT INTO public.webhook_secrets (id, endpoint_id, sealed) VALUES (webhooks.new_id(), new_id, sealed_secret);
  RETURN 'done';
END $$;

-- The secret of now signs until then too, and each before it for as long as it was promised; without a time none of them
-- does any longer. Four that are on their way out at most: what each of them signs is sent.
CREATE FUNCTION webhooks.rotate_secret(of_organization uuid, endpoint uuid, sealed_secret text, until timestamptz)
RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  -- Of rotations at once each sees what the one before has made.
  PERFORM FROM public.webhook_endpoints p
    WHERE p.id = endpoint AND p.organization_id = of_organization FOR NO KEY UPDATE;
  IF NOT FOUND THEN RETURN 'not_found'; END IF;
  DELETE FROM public.webhook_secrets s
   WHERE s.endpoint_id = endpoint AND (s.until <= now() OR rotate_secret.until IS NULL);
  IF (SELECT count(*) FROM public.webhook_secrets s WHERE s.endpoint_id = endpoint) > 4 THEN RETURN 'too_many_secrets'; END IF;
  UPDATE public.webhook_secrets s SET until = rotate_secret.until WHERE s.endpoint_id = endpoint AND s.until IS NULL;
  INSERT INTO public.webhook_secrets (id, endpoint_id, sealed) VALUES (webhooks.new_id(), endpoint, sealed_secret);
  RETURN 'done';
END $$;

-- An event again, under the id it has; or, without a delivery, one that is a test. A disabled endpoint gets neither.
CREATE FUNCTION webhooks.send_again(of_organization uuid, endpoint uuid, delivery uuid DEFAULT NULL)
RETURNS TABLE (outcome text, delivery_id uuid)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  is_enabled boolean;
  event uuid;
BEGIN
  SELECT p.enabled INTO is_enabled FROM public.webhook_endpoints p
   WHERE p.id = endpoint AND p.organization_id = of_organization;
  IF FOUND AND delivery IS NOT NULL THEN
    SELECT d.event_id INTO event FROM public.webhook_deliveries d
     WHERE d.id = delivery AND d.endpoint_id = endpoint AND d.organization_id = of_organization;
  END IF;
  IF NOT FOUND THEN outcome := 'not_found'; RETURN NEXT; RETURN; END IF;
  IF NOT is_enabled THEN outcome := 'disabled'; RETURN NEXT; RETURN; END IF;
  IF event IS NULL THEN
    INSERT INTO public.webhook_events (id, organization_id, type, data)
    VALUES (webhooks.new_id(), of_organization, 'webhook.test', '{}') RETURNING id INTO event;
  END IF;
  delivery_id := webhooks.deliver(event, endpoint);
  outcome := CASE WHEN delivery_id IS NULL THEN 'not_found' ELSE 'done' END;
  RETURN NEXT;
END $$;

-- What the worker sends: nothing where it is no longer to be sent, or this attempt was made. A disabled endpoint's
-- deliveries end here.
CREATE FUNCTION webhooks.begin_attempt(of_delivery uuid, attempt integer)
RETURNS TABLE (organization_id uuid, endpoint_id uuid, url varchar, event_id uuid, type varchar, data jsonb,
               created_at timestamptz, secrets text[])
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
  UPDATE public.webhook_deliveries d SET status = 'cancelled', next_attempt_at = NULL
    FROM public.webhook_endpoints p, public.organizations o
   WHERE d.id = of_delivery AND d.status = 'pending' AND p.id = d.endpoint_id AND o.id = d.organization_id
     AND (NOT p.enabled OR o.deleted_at IS NOT NULL);
  RETURN QUERY
  SELECT d.organization_id, d.endpoint_id, p.url, d.event_id, d.type, e.data, e.created_at,
         ARRAY(SELECT s.sealed FROM public.webhook_secrets s
                WHERE s.endpoint_id = p.id AND (s.until IS NULL OR s.until > now()) ORDER BY s.id DESC)
    FROM public.webhook_deliveries d
    JOIN public.webhook_endpoints p ON p.id = d.endpoint_id
    JOIN public.webhook_events e ON e.id = d.event_id
   WHERE d.id = of_delivery AND d.status = 'pending'
     AND NOT EXISTS (SELECT FROM public.webhook_attempts a WHERE a.delivery_id = d.id AND a.number >= attempt);
END $$;

-- How an attempt has ended, and what follows from it, once: without a wait it was the last. Whoever is told of an
-- attempt that is on record does nothing. What another URL answered than the endpoint has now says nothing of the endpoint.
CREATE FUNCTION webhooks.end_attempt(
  of_delivery uuid, asked_url text, attempt integer, began_at timestamptz, took_ms integer, status integer, error text,
  wait_seconds double precision, failing_days integer)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  found_in public.webhook_deliveries;
  endpoint public.webhook_endpoints;
  wait interval := make_interval(secs => wait_seconds);
  reason public."WebhookDisabledReason";
BEGIN
  SELECT * INTO found_in FROM public.webhook_deliveries d WHERE d.id = of_delivery;
  INSERT INTO public.webhook_attempts (delivery_id, number, organization_id, started_at, duration_ms, response_status, error_kind)
  SELECT of_delivery, attempt, found_in.organization_id, began_at, took_ms, end_attempt.status, error WHERE FOUND
      ON CONFLICT DO NOTHING;
  IF NOT FOUND THEN RETURN; END IF;
  UPDATE public.webhook_endpoints p
     SET failing_since = CASE WHEN error IS NOT NULL THEN coalesce(p.failing_since, now()) END
   WHERE p.id = found_in.endpoint_id AND p.url = asked_url AND (p.failing_since IS NULL) = (error IS NOT NULL);
  SELECT * INTO endpoint FROM public.webhook_endpoints p WHERE p.id = found_in.endpoint_id FOR NO KEY UPDATE;
  reason := CASE WHEN end_attempt.status = 410 THEN 'gone'
                 WHEN endpoint.failing_since < now() - make_interval(days => failing_days) THEN 'failing' END;
  IF reason IS NOT NULL AND endpoint.enabled AND endpoint.url = asked_url THEN
    UPDATE public.webhook_endpoints p SET enabled = false, disabled_reason = reason, updated_at = now()
     WHERE p.id = endpoint.id;
    -- Not at once, and no other while it waits: whoever enables an endpoint again and again has three mails an hour.
    PERFORM jobs.add('webhook-disabled', jsonb_build_object('endpointId', endpoint.id), endpoint.id::text,
                     interval '20 minutes');
  END IF;
  IF error IS NOT NULL AND reason IS NULL AND wait IS NOT NULL THEN
    UPDATE public.webhook_deliveries d SET next_attempt_at = now() + wait WHERE d.id = of_delivery;
    PERFORM jobs.add('webhook-delivery', jsonb_build_object('deliveryId', of_delivery, 'attempt', attempt + 1),
                     start_after => wait, of_group => found_in.organization_id::text, priority => -attempt);
  ELSE
    UPDATE public.webhook_deliveries d SET next_attempt_at = NULL,
           status = CASE WHEN error IS NULL THEN 'delivered' ELSE 'failed' END::public."WebhookDeliveryStatus"
     WHERE d.id = of_delivery;
  END IF;
END $$;

-- Whom to tell that an endpoint was disabled: the owners of its organization.
CREATE FUNCTION webhooks.owners_of(endpoint uuid)
RETURNS TABLE (email varchar, url varchar, disabled_reason text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT u.email, p.url, p.disabled_reason::text
    FROM public.webhook_endpoints p
    JOIN public.organizations o ON o.id = p.organization_id AND o.deleted_at IS NULL
    JOIN public.memberships m ON m.organization_id = p.organization_id AND m.role = 'owner' AND m.removed_at IS NULL
    JOIN public.users u ON u.id = m.user_id AND u.disabled_at IS NULL AND u.deleted_at IS NULL
   WHERE p.id = endpoint AND p.disabled_reason IS NOT NULL
$$;

DO $$
DECLARE
  made regprocedure;
BEGIN
  FOR made IN SELECT p.oid::regprocedure FROM pg_proc p
               WHERE p.pronamespace = 'webhooks'::regnamespace AND p.proname <> 'publish' LOOP
    EXECUTE format('ALTER FUNCTION %s OWNER TO rampart_identity', made);
  END LOOP;
END $$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA webhooks FROM PUBLIC;
GRANT EXECUTE ON FUNCTION webhooks.create_endpoint, webhooks.rotate_secret, webhooks.send_again TO rampart_app;
GRANT EXECUTE ON FUNCTION webhooks.begin_attempt, webhooks.end_attempt, webhooks.owners_of TO rampart_worker;

-- What is told, with what the API shows of it.
SELECT webhooks.publish('orders', 'order', '{id,user_id,status,currency,total_cents,note,created_at,updated_at}');
SELECT webhooks.publish('files', 'file', '{id,user_id,name,media_type,bytes,sha256,status,created_at,updated_at}');
SELECT webhooks.publish('memberships', 'member', '{user_id,role,created_at}', '{added,updated,removed}', 'removed_at');
