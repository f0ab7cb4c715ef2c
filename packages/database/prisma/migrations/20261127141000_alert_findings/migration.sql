-- AlterTable
ALTER TABLE "alerts" ADD COLUMN "peak" INTEGER NOT NULL DEFAULT 0;
UPDATE "alerts" SET "peak" = "count";

-- The id of an alert is that of the finding that raised it, which its caller has made: asked again since no answer
-- came, it is told once more that this alert is new. It has a default for processes that have started before this.
-- From the twenty-first subject of an hour on they fold into one alert, since each is a mail and a page to an operator.
-- Not what is critical, which takes a credential to cause, so that strangers cannot flood with it; and not what was found
-- twice as often within its window as any that has an alert of its own: not as all that was counted of one since, by which
-- a hundred that go on whispering would raise the bar past any voice.
DROP FUNCTION identity.raise_alert(text, text, text, text, integer, integer, timestamptz, integer);
CREATE FUNCTION identity.raise_alert(
  of_rule text, of_severity text, of_subject text, with_summary text, total integer, added integer,
  at timestamptz, rearm_seconds integer, of_finding uuid DEFAULT gen_random_uuid())
RETURNS TABLE (alert_id uuid, is_new boolean, subject varchar, count integer, first_at timestamptz)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  UPDATE public.alerts a
     SET count = greatest(a.count, total), peak = greatest(a.peak, total), last_at = greatest(a.last_at, at)
   WHERE a.id = of_finding RETURNING a.id, true, a.subject, a.count, a.first_at;
  IF FOUND THEN RETURN; END IF;
  IF of_severity <> 'critical'
     AND (SELECT pg_catalog.count(*) >= 20 AND total < 2::bigint * max(a.peak) FILTER (WHERE a.subject IS NOT NULL)
            FROM public.alerts a WHERE a.rule = of_rule AND a.first_at > at - interval '1 hour')
     AND NOT EXISTS (SELECT FROM public.alerts a
                      WHERE a.rule = of_rule AND a.subject = left(of_subject, 200) AND a.is_current
                        AND a.rearms_at > at)
  THEN of_subject := NULL; with_summary := 'This was found about more than 20 subjects within an hour.'; END IF;
  UPDATE public.alerts a SET is_current = false
   WHERE a.rule = of_rule AND coalesce(a.subject, '') = coalesce(left(of_subject, 200), '')
     AND a.is_current AND a.rearms_at <= at;
  RETURN QUERY
  INSERT INTO public.alerts AS a
    (id, rule, severity, subject, summary, count, peak, first_at, last_at, rearms_at)
  VALUES (of_finding, left(of_rule, 50), of_severity::public."AlertSeverity", left(of_subject, 200),
          left(with_summary, 500), total, total, at, at, at + make_interval(secs => rearm_seconds))
    ON CONFLICT (rule, (coalesce(subject, ''))) WHERE is_current DO UPDATE
   SET count = least(a.count::bigint + added, 2147483647)::integer,
       peak = greatest(a.peak, EXCLUDED.peak), last_at = greatest(a.last_at, EXCLUDED.last_at)
  RETURNING a.id, a.id = of_finding, a.subject, a.count, a.first_at;
END $$;
ALTER FUNCTION identity.raise_alert OWNER TO rampart_identity;
REVOKE ALL ON FUNCTION identity.raise_alert FROM PUBLIC;
GRANT EXECUTE ON FUNCTION identity.raise_alert TO rampart_app;
