-- Whoever has to do with a code locks in one order: the session, the secret, the recovery codes. In any other two codes
-- of one session, or a code and new ones in the place of all, wait for each other until Postgres ends one (40P01).
CREATE OR REPLACE FUNCTION identity.use_totp_step(
  of_user uuid, session uuid, encrypted text, step integer, at timestamptz, code_hashes text[])
RETURNS TABLE (used boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM FROM public.sessions s WHERE s.public_id = session AND s.user_id = of_user FOR UPDATE;
  UPDATE public.totp_secrets t
     SET last_step = step, failed_codes = 0, failed_since = NULL, confirmed_at = coalesce(t.confirmed_at, at)
   WHERE t.user_id = of_user AND t.secret = encrypted AND t.last_step < step
     AND (t.confirmed_at IS NULL) = (code_hashes IS NOT NULL)
  RETURNING true INTO used;
  IF NOT FOUND THEN RETURN; END IF;
  IF code_hashes IS NOT NULL THEN PERFORM identity.set_recovery_codes(of_user, code_hashes); END IF;
  UPDATE public.sessions s SET second_factor_at = at
   WHERE s.public_id = session AND s.user_id = of_user AND s.pending;
  RETURN NEXT;
END $$;

CREATE OR REPLACE FUNCTION identity.use_recovery_code(of_user uuid, session uuid, code_hash text, at timestamptz)
RETURNS TABLE (used boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM FROM public.sessions s WHERE s.public_id = session AND s.user_id = of_user FOR UPDATE;
  PERFORM FROM public.totp_secrets t WHERE t.user_id = of_user FOR UPDATE;
  DELETE FROM public.recovery_codes WHERE user_id = of_user AND id = code_hash RETURNING true INTO used;
  IF NOT FOUND THEN RETURN; END IF;
  UPDATE public.totp_secrets SET failed_codes = 0, failed_since = NULL WHERE user_id = of_user;
  UPDATE public.sessions s SET second_factor_at = at
   WHERE s.public_id = session AND s.user_id = of_user AND s.pending;
  RETURN NEXT;
END $$;

CREATE OR REPLACE FUNCTION platform.reset_second_factor(by_admin uuid, of_user uuid)
RETURNS TABLE (outcome text, before jsonb, after jsonb, email varchar)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  outcome := platform.refusal(by_admin, of_user);
  IF outcome IS NOT NULL THEN RETURN NEXT; RETURN; END IF;
  SELECT u.email, jsonb_build_object('secondFactor', u.second_factor) INTO reset_second_factor.email, before
    FROM platform.users u WHERE u.id = of_user;
  PERFORM FROM public.sessions s WHERE s.user_id = of_user ORDER BY s.id FOR UPDATE;
  DELETE FROM public.totp_secrets   WHERE user_id = of_user;
  DELETE FROM public.recovery_codes WHERE user_id = of_user;
  DELETE FROM public.passkeys       WHERE user_id = of_user;
  DELETE FROM public.sessions       WHERE user_id = of_user;
  DELETE FROM public.oauth_grants   WHERE user_id = of_user AND second_factor;
  after := jsonb_build_object('secondFactor', false);
  outcome := 'done';
  RETURN NEXT;
END $$;
