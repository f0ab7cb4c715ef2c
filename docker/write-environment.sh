#!/usr/bin/env sh
# Prints the environment of compose.yaml with new random passwords and a new encryption key:
#   docker/write-environment.sh https://api.example.com [upstash] >docker/.env
# SMTP_URL and MAIL_FROM are left to be given: nothing here sends mail.
# With `upstash` the API speaks to Redis through the Upstash-compatible gateway.
set -eu
umask 077
base_url=${1:?the https origin at which the outside reaches the API}
driver=${2:-server}

secret() { od -An -vtx1 -N24 /dev/urandom | tr -d ' \n'; }
encryption_key() { head -c 32 /dev/urandom | base64; }
postgres_url() { echo "postgresql://$1:$2@postgres:5432/rampart"; }

postgres_password=$(secret)
redis_password=$(secret)
cat <<ENV
COMPOSE_PROJECT_NAME=rampart
BASE_URL=$base_url
POSTGRES_PASSWORD=$postgres_password
DATABASE_ADMIN_URL=$(postgres_url postgres "$postgres_password")
DATABASE_OWNER_URL=$(postgres_url rampart_owner "$(secret)")
DATABASE_URL=$(postgres_url rampart_app "$(secret)")
DATABASE_PLATFORM_URL=$(postgres_url rampart_platform "$(secret)")
DATABASE_WORKER_URL=$(postgres_url rampart_worker "$(secret)")
REDIS_PASSWORD=$redis_password
# Keep it as long as the database: what is stored encrypted is lost with it. A new one goes in front of it: NEW,OLD.
ENCRYPTION_KEYS=$(date -u +%Y-%m-%d):$(encryption_key)
# Your mail server, smtps://USER:PASSWORD@HOST (or smtp://, with STARTTLS), and the sender: no-reply@example.com or 'Name <no-reply@example.com>'.
SMTP_URL=
MAIL_FROM=
# Who speaks HTTPS, and whose X-Forwarded-* count: the proxy on this machine, which the API sees as the gateway of
# compose.yaml's network. Behind a CDN add it, 172.28.77.1,cloudflare or aws, and give ORIGIN_SECRETS to it and to us (deploy/cdn).
TRUSTED_PROXIES=172.28.77.1
# ORIGIN_SECRETS=$(secret)
# Files are off until both are given: https://KEY:SECRET@HOST/BUCKET?region=REGION, and the clamd that scans them, tcp://HOST:3310.
S3_URL=
CLAMD_URL=
# Where alerts go, each of them or none: addresses with commas between, an incoming webhook of Slack, an integration key of
# PagerDuty, a receiver that verifies Standard Webhooks; then the networks of your own (CIDRs) that these may be on.
ALERT_EMAILS=
ALERT_SLACK_URL=
ALERT_PAGERDUTY_KEY=
ALERT_WEBHOOK_URL=
# ALERT_WEBHOOK_SECRETS=whsec_$(encryption_key)
OUTBOUND_ALLOWED_NETWORKS=
# Where the log goes beside standard output, each of them or none (docs/operations.md, "Shipping logs"): a log group of
# CloudWatch in AWS_REGION with a key (a machine's role needs none), an Elasticsearch cluster with an API key, an OTLP receiver (…/v1/logs).
LOG_CLOUDWATCH_GROUP=
AWS_REGION=
AWS_ACCESS_KEY_ID=
AWS_SECRET_ACCESS_KEY=
LOG_ELASTICSEARCH_URL=
LOG_ELASTICSEARCH_API_KEY=
OTEL_EXPORTER_OTLP_LOGS_ENDPOINT=
OTEL_EXPORTER_OTLP_LOGS_HEADERS=
# Of Grafana, with \`--profile monitoring\`; and the OTLP collector that traces go to, https://HOST:4318, or nothing.
GRAFANA_PASSWORD=$(secret)
OTEL_EXPORTER_OTLP_ENDPOINT=
OTEL_EXPORTER_OTLP_HEADERS=
# Who gets the weekly digest (every administrator of the platform where it is empty), and in whose morning.
DIGEST_EMAILS=
DIGEST_TIME_ZONE=UTC
ENV
if [ "$driver" = upstash ]; then
  cat <<ENV
COMPOSE_PROFILES=upstash
REDIS_URL=
UPSTASH_REDIS_REST_URL=http://redis-gateway
UPSTASH_REDIS_REST_TOKEN=$(secret)
ENV
else
  echo "REDIS_URL=redis://:$redis_password@redis:6379"
fi
