-- CreateEnum
CREATE TYPE "FileStatus" AS ENUM ('pending', 'clean', 'infected');

-- CreateTable
CREATE TABLE "files" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "name" VARCHAR(255) NOT NULL,
    "media_type" VARCHAR(30) NOT NULL,
    "bytes" INTEGER NOT NULL,
    "sha256" CHAR(64) NOT NULL,
    "status" "FileStatus" NOT NULL DEFAULT 'pending',
    "storage_key" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "files_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "files_storage_key_key" ON "files"("storage_key");

-- CreateIndex
CREATE INDEX "files_organization_id_user_id_id_idx" ON "files"("organization_id", "user_id", "id");

-- AddForeignKey
ALTER TABLE "files" ADD CONSTRAINT "files_organization_id_user_id_fkey" FOREIGN KEY ("organization_id", "user_id") REFERENCES "memberships"("organization_id", "user_id") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "files"
  ADD CONSTRAINT "files_bytes_check" CHECK ("bytes" BETWEEN 1 AND 5242880),
  ADD CONSTRAINT "files_sha256_check" CHECK ("sha256" ~ '^[0-9a-f]{64}$'),
  ADD CONSTRAINT "files_media_type_check" CHECK ("media_type" IN ('image/png', 'image/jpeg', 'application/pdf'));

ALTER TABLE "files" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
-- What a file is never changes; whether it is clean does.
GRANT SELECT, INSERT, DELETE, UPDATE ("status", "updated_at") ON "files" TO rampart_app;
CREATE POLICY tenant ON "files" TO rampart_app
  USING ("organization_id" = (SELECT app.organization_id()))
  WITH CHECK ("organization_id" = (SELECT app.organization_id()));
CREATE POLICY owner_migrates ON "files" TO rampart_owner USING (true) WITH CHECK (true);

-- 100 MiB and 1000 files for each member of an organization. Uploads of one member follow each other here, so that
-- no number of them at once exceeds it: each counts what the one before it has committed.
CREATE FUNCTION app.keep_file_quota() RETURNS trigger
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE used record;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended(NEW.organization_id::text || NEW.user_id::text, 0));
  SELECT count(*) AS files, coalesce(sum(f.bytes), 0) AS bytes INTO used FROM public.files f
   WHERE f.organization_id = NEW.organization_id AND f.user_id = NEW.user_id;
  IF used.files >= 1000 OR used.bytes + NEW.bytes > 104857600 THEN
    RAISE EXCEPTION 'the quota of files is used up' USING ERRCODE = 'RF001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER keep_file_quota BEFORE INSERT ON "files"
  FOR EACH ROW EXECUTE FUNCTION app.keep_file_quota();
