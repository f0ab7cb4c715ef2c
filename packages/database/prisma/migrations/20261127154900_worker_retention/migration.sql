-- What the worker takes away is over, and it sees no more of it than that: not who is signed in, and from where.
ALTER POLICY worker_retains ON "sessions"         USING ("expires_at" < now());
ALTER POLICY worker_retains ON "one_time_tokens"  USING ("expires_at" < now());
ALTER POLICY worker_retains ON "email_changes"    USING ("expires_at" < now());
ALTER POLICY worker_retains ON "idempotency_keys" USING ("expires_at" < now());
ALTER POLICY worker_retains ON "oauth_records"    USING ("expires_at" < now());
ALTER POLICY worker_retains ON "oauth_grants"     USING ("expires_at" < now());

REVOKE SELECT ON "sessions", "one_time_tokens", "email_changes", "idempotency_keys" FROM rampart_worker;
GRANT SELECT ("id", "expires_at") ON "sessions", "one_time_tokens" TO rampart_worker;
GRANT SELECT ("user_id", "expires_at") ON "email_changes" TO rampart_worker;
GRANT SELECT ("user_id", "organization_id", "key_hash", "expires_at") ON "idempotency_keys" TO rampart_worker;
