-- An address that an administrator has opened begins anew: its next block is as long as a first one.
CREATE OR REPLACE FUNCTION platform.unblock_address(by_admin uuid, of_key text, at timestamptz)
RETURNS TABLE (outcome text, before jsonb, after jsonb)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT platform.is_admin(by_admin) THEN outcome := 'forbidden'; RETURN NEXT; RETURN; END IF;
  SELECT jsonb_build_object('reason', b.reason, 'blockedUntil', b.blocked_until) INTO before
    FROM public.blocked_addresses b WHERE b.address_key = of_key AND b.blocked_until > at FOR UPDATE;
  IF NOT FOUND THEN outcome := 'not_found'; RETURN NEXT; RETURN; END IF;
  UPDATE public.blocked_addresses b SET blocked_until = at, block_count = 0 WHERE b.address_key = of_key;
  outcome := 'done';
  RETURN NEXT;
END $$;
