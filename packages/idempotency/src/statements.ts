/**
 * Of many at once exactly one inserts the row, or takes over an expired one. The others read what was
 * there when the statement began; a row that was younger still is not seen: no row comes back.
 */
export const claim = {
  name: 'idempotency_claim',
  text: `
    WITH claimed AS (
      INSERT INTO idempotency_keys AS k
        (user_id, organization_id, key_hash, request_hash, created_at, expires_at)
      VALUES ($1, $2, $3, $4, $5, $6)
      ON CONFLICT (user_id, organization_id, key_hash) DO UPDATE
        SET request_hash = excluded.request_hash, status = NULL, body = NULL,
            created_at = excluded.created_at, expires_at = excluded.expires_at
        WHERE k.expires_at <= excluded.created_at
      RETURNING k.request_hash)
    SELECT true AS claimed, request_hash, NULL::integer AS status, NULL::text AS body FROM claimed
    UNION ALL
    SELECT false, request_hash, status, body FROM idempotency_keys
     WHERE user_id = $1 AND organization_id = $2 AND key_hash = $3 AND expires_at > $5
       AND NOT EXISTS (SELECT FROM claimed)`,
}

// The time of the claim tells it from a later one, which took over once this one had expired.
const ownClaim = `
  user_id = $1 AND organization_id = $2 AND key_hash = $3 AND created_at = $4 AND status IS NULL`

export const complete = {
  name: 'idempotency_complete',
  text: `UPDATE idempotency_keys SET status = $5, body = $6, expires_at = $7 WHERE ${ownClaim}`,
}

export const release = {
  name: 'idempotency_release',
  text: `DELETE FROM idempotency_keys WHERE ${ownClaim}`,
}

// Rows that another claim holds are left to it: waiting for each other, two claims could lock up.
export const deleteExpired = {
  name: 'idempotency_delete_expired',
  text: `
    DELETE FROM idempotency_keys WHERE (user_id, organization_id, key_hash) IN (
      SELECT user_id, organization_id, key_hash FROM idempotency_keys
       WHERE user_id = $1 AND expires_at <= $2 FOR UPDATE SKIP LOCKED)`,
}
