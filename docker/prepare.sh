#!/usr/bin/env sh
# Writes what docker/compose.yaml runs with: docker/.env, which holds no secret, and docker/secrets, which holds nothing else.
#   docker/prepare.sh https://api.example.com [valkey|redis|upstash]
# Whoever reads docker/secrets can do everything: back it up with the database, and nowhere else. What is there already stays.
# The mail server and MAIL_FROM are left to be given: nothing here sends mail.
set -eu
umask 077
base_url=${1:?the https origin at which the outside reaches the API}
driver=${2:-valkey}
folder=$(cd "$(dirname "$0")" && pwd)

fail() {
  echo "$*" >&2
  exit 1
}

host=${base_url#https://}
port=${host#*:}
[ "$port" != "$host" ] || port=443
case $base_url in
  https://*) ;;
  *) fail "$base_url has to begin with https://." ;;
esac
no_origin="$base_url is no origin, such as https://api.example.com or https://localhost:8443."
case ${host%%:*} in '' | *[!A-Za-z0-9.-]*) fail "$no_origin" ;; esac
case $port in '' | *[!0-9]*) fail "$no_origin" ;; esac
case $driver in
  valkey | redis) profiles=$driver ;;
  upstash) profiles=valkey,upstash ;;
  *) fail "$driver is none of valkey, redis, upstash." ;;
esac
for made in "$folder/.env" "$folder/secrets"; do
  [ ! -e "$made" ] || fail "$made is there already, and stays as it is."
done

# Both appear whole, or not at all.
new=$(mktemp -d "$folder/.prepare.XXXXXX")
trap 'rm -rf "$new"' EXIT
mkdir "$new/secrets"

random() { od -An -vtx1 -N24 /dev/urandom | tr -d ' \n'; }
encryption_key() { head -c 32 /dev/urandom | base64; }
postgres_url() { echo "postgresql://$1:$2@postgres:5432/rampart"; }
# keep FOLDER NAME VALUE: for the containers to read, whoever they run as. The folder above lets nobody else in.
keep() {
  mkdir -p "$new/secrets/$1"
  printf '%s\n' "$3" >"$new/secrets/$1/$2"
  chmod 755 "$new/secrets/$1"
  chmod 644 "$new/secrets/$1/$2"
}

postgres_password=$(random)
redis_url=redis://rampart:$(random)@redis:6379
redis_password=${redis_url#redis://rampart:}
redis_password=${redis_password%%@*}
keep postgres password "$postgres_password"
keep redis users.acl "user default off
user rampart on >$redis_password ~* &* +@all -@admin -@dangerous +info"
keep both ENCRYPTION_KEYS "$(date -u +%Y-%m-%d):$(encryption_key)"
# To be filled in.
keep both SMTP_URL ''
keep api DATABASE_URL "$(postgres_url rampart_app "$(random)")"
keep api DATABASE_PLATFORM_URL "$(postgres_url rampart_platform "$(random)")"
keep worker DATABASE_WORKER_URL "$(postgres_url rampart_worker "$(random)")"
keep migrate DATABASE_ADMIN_URL "$(postgres_url postgres "$postgres_password")"
keep migrate DATABASE_OWNER_URL "$(postgres_url rampart_owner "$(random)")"
if [ "$driver" = upstash ]; then
  token=$(random)
  keep api UPSTASH_REDIS_REST_TOKEN "$token"
  keep redis-gateway tokens.json "{\"$token\":{\"srh_id\":\"redis\",\"connection_string\":\"$redis_url\",\"max_connections\":10}}"
else
  keep api REDIS_URL "$redis_url"
fi
keep grafana password "$(random)"
elastic_password=$(random) kibana_password=$(random) shipper_password=$(random)
keep elastic elastic "$elastic_password"
keep elastic kibana_system "$kibana_password"
keep elastic rampart-shipper "$shipper_password"
keep elasticsearch elasticsearch.env "ELASTIC_PASSWORD=$elastic_password"
keep kibana kibana.yml "server.host: 0.0.0.0
elasticsearch.hosts: ['http://elasticsearch:9200']
elasticsearch.username: kibana_system
elasticsearch.password: $kibana_password
telemetry.enabled: false"

cat >"$new/.env" <<ENV
# What compose.yaml runs with; no secret. Those are files of docker/secrets, each by the name of its variable: a new one,
# say docker/secrets/api/OIDC_GOOGLE_CLIENT_SECRET, is read at the next start, where containers may read it (chmod 644).
COMPOSE_PROJECT_NAME=rampart
# One of valkey and redis, and any of upstash, mail, telemetry, monitoring, elastic.
COMPOSE_PROFILES=$profiles
BASE_URL=$base_url
# What the proxy has a certificate for: of Let's Encrypt for a name that leads here, of its own for localhost.
SITE_HOST=${host%%:*}
# Ports of this machine, and the addresses they are open at: [::] too, once the network outside has IPv6.
PROXY_ADDRESS=0.0.0.0
PROXY_HTTPS_PORT=$port
PROXY_HTTP_PORT=80
WORKER_REPLICAS=1
# Who owns docker/secrets, and may rotate them.
SECRETS_OWNER=$(id -u):$(id -g)
# The sender of mails, no-reply@example.com or Name <no-reply@example.com>. The mail server goes into docker/secrets/both/SMTP_URL:
# smtps://USER:PASSWORD@HOST (or smtp://, with STARTTLS); smtp://mail:1025 for the profile mail, which catches all of them.
MAIL_FROM=
# The proxy of compose.yaml, of a network of its own (EDGE_NETWORK, 172.28.77). Behind a CDN: TRUSTED_PROXIES=172.28.77.10,cloudflare
# (or aws), its networks with spaces between in CDN_NETWORKS, and a secret in docker/secrets/api/ORIGIN_SECRETS (deploy/cdn).
TRUSTED_PROXIES=172.28.77.10
# Every other variable of .env.example that is no secret goes here too: CLAMD_URL, ALERT_EMAILS, LOG_LEVEL, …
# With the profile telemetry: OTEL_EXPORTER_OTLP_ENDPOINT=http://otel-collector:4318
# With the profile elastic: LOG_ELASTICSEARCH_URL=http://elasticsearch:9200 and LOG_ELASTICSEARCH_USERNAME=rampart-shipper, and
# docker/secrets/elastic/rampart-shipper copied to docker/secrets/both/LOG_ELASTICSEARCH_PASSWORD.
ENV
[ "$driver" != upstash ] || echo 'UPSTASH_REDIS_REST_URL=http://redis-gateway' >>"$new/.env"
# Compose reads it, and whoever may start containers; it holds nothing to hide.
chmod 644 "$new/.env"
mv "$new/secrets" "$folder/secrets"
mv "$new/.env" "$folder/.env"
echo "Wrote $folder/.env and $folder/secrets. Give MAIL_FROM there, and $folder/secrets/both/SMTP_URL; then: docker compose --file docker/compose.yaml up --build --wait"
