-- What waits, for the worker's metrics: numbers and ages, and nothing of any job or event.

-- Jobs that were given up and wait for somebody, under the queue each was of: of 10 000.
CREATE FUNCTION jobs.count_dead_letters() RETURNS TABLE (queue text, dead_letters integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp ROWS 10 AS $$
  SELECT source_name, count(*)::integer
    FROM (SELECT source_name FROM pgboss.job_common WHERE name = 'dead-letter' AND state = 'created' LIMIT 10000) j
   GROUP BY 1
$$;

-- Every queue but pg-boss's own: 10 000 jobs of each state at most, and when the first that waits is or was due, by one
-- probe of job_i14 for each state.
CREATE FUNCTION jobs.count_queues()
RETURNS TABLE (queue text, waiting integer, retrying integer, running integer, due_at timestamptz, dead_letters integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp ROWS 10 AS $$
  SELECT q.name,
         (SELECT count(*)::integer FROM (
            SELECT FROM pgboss.job_common WHERE name = q.name AND state = 'created' LIMIT 10000) j),
         (SELECT count(*)::integer FROM (
            SELECT FROM pgboss.job_common WHERE name = q.name AND state = 'retry' LIMIT 10000) j),
         (SELECT count(*)::integer FROM (
            SELECT FROM pgboss.job_common WHERE name = q.name AND state = 'active' LIMIT 10000) j),
         least(
           (SELECT min(start_after) FROM pgboss.job_common WHERE name = q.name AND state = 'created' AND NOT blocked),
           (SELECT min(start_after) FROM pgboss.job_common WHERE name = q.name AND state = 'retry' AND NOT blocked)),
         coalesce(d.dead_letters, 0)
    FROM pgboss.queue q LEFT JOIN jobs.count_dead_letters() d ON d.queue = q.name
   WHERE q.name <> 'dead-letter' AND NOT starts_with(q.name, '__pgboss__')
   ORDER BY q.name
$$;
REVOKE ALL ON FUNCTION jobs.count_dead_letters(), jobs.count_queues() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION jobs.count_queues() TO rampart_worker;
GRANT EXECUTE ON FUNCTION jobs.count_dead_letters(), jobs.count_queues() TO rampart_identity;

-- Of the events that no seal covers yet, up to 100 000, and how old the oldest of them is.
CREATE FUNCTION audit.measure_unsealed() RETURNS TABLE (events bigint, oldest_seconds double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT count(*), coalesce(greatest(0, extract(epoch FROM clock_timestamp() - min(e.time))), 0)::double precision
    FROM (SELECT time FROM public.audit_events WHERE id > audit.last_sealed() ORDER BY id LIMIT 100000) e
$$;
REVOKE ALL ON FUNCTION audit.measure_unsealed() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.measure_unsealed() TO rampart_worker;
