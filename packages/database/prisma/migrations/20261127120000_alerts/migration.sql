-- CreateEnum
CREATE TYPE "AlertSeverity" AS ENUM ('info', 'warning', 'critical');

-- CreateEnum
CREATE TYPE "AlertStatus" AS ENUM ('open', 'acknowledged', 'resolved');

-- CreateTable
CREATE TABLE "alerts" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "rule" VARCHAR(50) NOT NULL,
    "severity" "AlertSeverity" NOT NULL,
    "subject" VARCHAR(200),
    "summary" VARCHAR(500) NOT NULL,
    "count" INTEGER NOT NULL,
    "first_at" TIMESTAMPTZ(3) NOT NULL,
    "last_at" TIMESTAMPTZ(3) NOT NULL,
    "rearms_at" TIMESTAMPTZ(3) NOT NULL,
    "is_current" BOOLEAN NOT NULL DEFAULT true,
    "status" "AlertStatus" NOT NULL DEFAULT 'open',
    "acknowledged_by" UUID,
    "acknowledged_at" TIMESTAMPTZ(3),
    "resolved_by" UUID,
    "resolved_at" TIMESTAMPTZ(3),

    CONSTRAINT "alerts_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "alerts_first_at_id_idx" ON "alerts"("first_at", "id");

-- CreateIndex
CREATE INDEX "alerts_rule_first_at_idx" ON "alerts"("rule", "first_at");

-- What makes two processes agree: one alert at a time counts what is found of one rule and subject.
CREATE UNIQUE INDEX alerts_current ON "alerts" ("rule", (coalesce("subject", ''))) WHERE "is_current";

-- Who may touch what: the serving role raises alerts by a function alone, and reads none. The worker delivers them,
-- and deletes those that are old.
ALTER TABLE "alerts" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_migrates ON "alerts" TO rampart_owner USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON "alerts" TO rampart_identity;
CREATE POLICY identity_keeps ON "alerts" TO rampart_identity USING (true) WITH CHECK (true);
GRANT SELECT, DELETE ON "alerts" TO rampart_worker;
CREATE POLICY worker_delivers ON "alerts" FOR SELECT TO rampart_worker USING (true);
CREATE POLICY worker_retains ON "alerts" FOR DELETE TO rampart_worker
  USING ("last_at" < now() - interval '400 days');

-- A row is inserted once for each alert, so that a trigger AFTER INSERT delivers it once: what is found again is
-- counted there until the rule is armed again, by its time or since somebody has resolved it. A flood of subjects is
-- one alert without a subject, past the hundredth of an hour.
CREATE FUNCTION identity.raise_alert(
  of_rule text, of_severity text, of_subject text, with_summary text, total integer, added integer,
  at timestamptz, rearm_seconds integer)
RETURNS TABLE (alert_id uuid, is_new boolean, subject varchar, count integer, first_at timestamptz)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
  IF (SELECT pg_catalog.count(*) FROM public.alerts a
       WHERE a.rule = of_rule AND a.first_at > at - interval '1 hour') >= 100
     AND NOT EXISTS (SELECT FROM public.alerts a
                      WHERE a.rule = of_rule AND a.subject = left(of_subject, 200) AND a.is_current
                        AND a.rearms_at > at)
  THEN of_subject := NULL; with_summary := 'This was found about more than 100 subjects within an hour.'; END IF;
  UPDATE public.alerts a SET is_current = false
   WHERE a.rule = of_rule AND coalesce(a.subject, '') = coalesce(left(of_subject, 200), '')
     AND a.is_current AND a.rearms_at <= at;
  RETURN QUERY
  INSERT INTO public.alerts AS a
    (rule, severity, subject, summary, count, first_at, last_at, rearms_at)
  VALUES (left(of_rule, 50), of_severity::public."AlertSeverity", left(of_subject, 200), left(with_summary, 500),
          total, at, at, at + make_interval(secs => rearm_seconds))
    ON CONFLICT (rule, (coalesce(subject, ''))) WHERE is_current DO UPDATE
   SET count = least(a.count::bigint + added, 2147483647)::integer,
       last_at = greatest(a.last_at, EXCLUDED.last_at)
  RETURNING a.id, a.xmax = 0, a.subject, a.count, a.first_at;
END $$;

CREATE VIEW platform.alerts AS
  SELECT a.id, a.rule, a.severity::text, a.subject, a.summary, a.count, a.first_at, a.last_at, a.status::text,
         a.acknowledged_by, a.acknowledged_at, a.resolved_by, a.resolved_at
    FROM public.alerts a;

-- An alert that is settled that far already stays as it is: whoever was first has done it.
CREATE FUNCTION platform.settle_alert(by_admin uuid, of_alert uuid, to_status text, at timestamptz)
RETURNS TABLE (outcome text, before jsonb, after jsonb)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  was public.alerts;
BEGIN
  IF NOT platform.is_admin(by_admin) THEN outcome := 'forbidden'; RETURN NEXT; RETURN; END IF;
  SELECT * INTO was FROM public.alerts a WHERE a.id = of_alert FOR UPDATE;
  IF NOT FOUND THEN outcome := 'not_found'; RETURN NEXT; RETURN; END IF;
  before := jsonb_build_object('status', was.status);
  IF to_status::public."AlertStatus" > was.status THEN
    was.status := to_status;
    UPDATE public.alerts a
       SET status = was.status, is_current = a.is_current AND was.status <> 'resolved',
           acknowledged_by = CASE was.status WHEN 'acknowledged' THEN by_admin ELSE a.acknowledged_by END,
           acknowledged_at = CASE was.status WHEN 'acknowledged' THEN at ELSE a.acknowledged_at END,
           resolved_by = CASE was.status WHEN 'resolved' THEN by_admin END,
           resolved_at = CASE was.status WHEN 'resolved' THEN at END
     WHERE a.id = of_alert;
  END IF;
  after := jsonb_build_object('status', was.status);
  outcome := 'done';
  RETURN NEXT;
END $$;

ALTER FUNCTION identity.raise_alert OWNER TO rampart_identity;
ALTER FUNCTION platform.settle_alert OWNER TO rampart_identity;
ALTER VIEW platform.alerts OWNER TO rampart_identity;
REVOKE ALL ON FUNCTION identity.raise_alert, platform.settle_alert FROM PUBLIC;
GRANT EXECUTE ON FUNCTION identity.raise_alert TO rampart_app;
GRANT SELECT ON platform.alerts TO rampart_platform;
GRANT EXECUTE ON FUNCTION platform.settle_alert TO rampart_platform;
