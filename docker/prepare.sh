#!/usr/bin/env sh
# Writes what docker/compose.yaml runs with: docker/.env, which holds no secret, and docker/secrets, which holds nothing else.
#   docker/prepare.sh https://api.example.com [valkey|redis|upstash]
# Whoever reads docker/secrets can do everything: back it up with the database, and nowhere else. What is there already stays.
# SMTP_URL and MAIL_FROM are left to be given: nothing here sends mail.
set -eu
umask 077
base_url=${1:?the https origin at which the outside reaches the API}
driver=${2:-valkey}
folder=$(cd "$(dirname "$0")" && pwd)
secrets=$folder/secrets

case $base_url in
  https://*/* | https://) echo "$base_url is no origin, such as https://api.example.com." >&2; exit 1 ;;
  https://*) ;;
  *) echo "$base_url has to begin with https://." >&2; exit 1 ;;
esac
case $driver in
  valkey | redis) profiles=$driver ;;
  upstash) profiles=valkey,upstash ;;
  *) echo "$driver is none of valkey, redis, upstash." >&2; exit 1 ;;
esac
for made in "$folder/.env" "$secrets"; do
  [ ! -e "$made" ] || { echo "$made is there already, and stays as it is." >&2; exit 1; }
done

random() { od -An -vtx1 -N24 /dev/urandom | tr -d ' \n'; }
encryption_key() { head -c 32 /dev/urandom | base64; }
postgres_url() { echo "postgresql://$1:$2@postgres:5432/rampart"; }
# keep FOLDER NAME VALUE: for the containers to read, whoever they run as. The folder above lets nobody else in.
keep() {
  mkdir -p "$secrets/$1"
  printf '%s\n' "$3" >"$secrets/$1/$2"
  chmod 755 "$secrets/$1"
  chmod 644 "$secrets/$1/$2"
}

postgres_password=$(random)
redis_password=$(random)
rest_token=$(random)
grafana_password=$(random)
elastic_password=$(random)
keep postgres password "$postgres_password"
keep redis users.acl "user default off
user rampart on >$redis_password ~* &* +@all -@admin -@dangerous +info"
keep both ENCRYPTION_KEYS "$(date -u +%Y-%m-%d):$(encryption_key)"
keep api DATABASE_URL "$(postgres_url rampart_app "$(random)")"
keep api DATABASE_PLATFORM_URL "$(postgres_url rampart_platform "$(random)")"
if [ "$driver" = upstash ]; then
  keep api UPSTASH_REDIS_REST_TOKEN "$rest_token"
else
  keep api REDIS_URL "redis://rampart:$redis_password@redis:6379"
fi
keep worker DATABASE_WORKER_URL "$(postgres_url rampart_worker "$(random)")"
keep migrate DATABASE_ADMIN_URL "$(postgres_url postgres "$postgres_password")"
keep migrate DATABASE_OWNER_URL "$(postgres_url rampart_owner "$(random)")"
keep grafana password "$grafana_password"
# These images take their secrets from the environment alone.
keep redis-gateway gateway.env "SRH_MODE=env
SRH_TOKEN=$rest_token
SRH_CONNECTION_STRING=redis://rampart:$redis_password@redis:6379"
keep elastic elastic.env "ELASTIC_PASSWORD=$elastic_password
KIBANA_PASSWORD=$(random)
SHIPPER_PASSWORD=$(random)"

host=${base_url#https://}
cat >"$folder/.env" <<ENV
# What compose.yaml runs with; no secret. Those are files of docker/secrets, each by the name of its variable: a new one,
# say docker/secrets/both/SMTP_URL or docker/secrets/api/OIDC_GOOGLE_CLIENT_SECRET, is read at the next start.
COMPOSE_PROJECT_NAME=rampart
# One of valkey and redis, and any of upstash, mail, telemetry, monitoring, elastic.
COMPOSE_PROFILES=$profiles
BASE_URL=$base_url
# What the proxy has a certificate for: of Let's Encrypt for a name that leads here, of its own for localhost.
SITE_HOST=${host%%:*}
# Ports of this machine.
PROXY_HTTPS_PORT=443
PROXY_HTTP_PORT=80
API_REPLICAS=2
# Who owns docker/secrets, and may rotate them.
SECRETS_OWNER=$(id -u):$(id -g)
# The sender of mails, no-reply@example.com or Name <no-reply@example.com>. The mail server goes into docker/secrets/both/SMTP_URL:
# smtps://USER:PASSWORD@HOST (or smtp://, with STARTTLS); smtp://mail:1025 for the profile mail, which catches all of them.
MAIL_FROM=
# The proxy of compose.yaml. Behind a CDN add it, 172.28.77.10,cloudflare or aws, and give docker/secrets/api/ORIGIN_SECRETS to it and to us (deploy/cdn).
TRUSTED_PROXIES=172.28.77.10
# Every other variable of .env.example that is no secret goes here too: CLAMD_URL, ALERT_EMAILS, LOG_LEVEL, …
# With the profile telemetry: OTEL_EXPORTER_OTLP_ENDPOINT=http://otel-collector:4318
# With the profile elastic: LOG_ELASTICSEARCH_URL=http://elasticsearch:9200 and LOG_ELASTICSEARCH_USERNAME=rampart-shipper, and
# in docker/secrets/both/LOG_ELASTICSEARCH_PASSWORD the SHIPPER_PASSWORD of docker/secrets/elastic/elastic.env
ENV
[ "$driver" != upstash ] || echo 'UPSTASH_REDIS_REST_URL=http://redis-gateway' >>"$folder/.env"
# Compose reads it, and whoever may start containers; it holds nothing to hide.
chmod 644 "$folder/.env"
echo "Wrote $folder/.env and $secrets. Give MAIL_FROM there, and $secrets/both/SMTP_URL; then: docker compose --file docker/compose.yaml up --build --wait"
