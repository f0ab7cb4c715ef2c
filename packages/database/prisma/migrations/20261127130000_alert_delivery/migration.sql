-- What the worker does for alerts and for the audit log
SELECT jobs.declare_queue('alert');
SELECT jobs.declare_queue('alert-webhook');
SELECT jobs.declare_queue('alert-slack');
SELECT jobs.declare_queue('alert-pagerduty');
SELECT jobs.declare_queue('alert-email');
SELECT jobs.declare_queue('audit-seal');
SELECT jobs.declare_queue('audit-upkeep');

-- An alert and the job that delivers it are one transaction. For each row, after it: what is found again of an alert
-- that is there is an UPDATE.
CREATE FUNCTION jobs.deliver_alert() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM jobs.add('alert', jsonb_build_object('alertId', NEW.id));
  RETURN NULL;
END $$;
ALTER FUNCTION jobs.deliver_alert() OWNER TO rampart_identity;
REVOKE ALL ON FUNCTION jobs.deliver_alert() FROM PUBLIC;
CREATE TRIGGER alert_raised AFTER INSERT ON "alerts" FOR EACH ROW EXECUTE FUNCTION jobs.deliver_alert();
