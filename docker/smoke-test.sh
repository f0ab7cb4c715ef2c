#!/usr/bin/env bash
# Builds the images and runs them on a Postgres and a Redis: migrate, serve, answer, work, refuse the owner.
# Needs a Docker engine (or podman) and nothing else; leaves nothing but the images.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
docker=$(command -v docker || command -v podman) || { echo 'There is neither docker nor podman.' >&2; exit 1; }
run=rampart-smoke-$$
scratch=$(mktemp -d)
bait=() made=()

finish() {
  # Postgres last: the others live in its network.
  "$docker" rm --force --volumes "$run-once" "$run-api" "$run-worker" "$run-redis" >/dev/null 2>&1 || true
  "$docker" rm --force --volumes "$run-postgres" >/dev/null 2>&1 || true
  rm -rf "$scratch" "${bait[@]}"
  rmdir -p "${made[@]}" 2>/dev/null || true
}
trap finish EXIT

# The Dockerfile, on a base that trusts the certificate authority which this machine's own Node is told to trust.
dockerfile=$scratch/Dockerfile
prepare_base() {
  cp docker/Dockerfile "$dockerfile"
  [[ -f ${NODE_EXTRA_CA_CERTS:-} ]] || return 0
  mkdir "$scratch/base"
  cp "$NODE_EXTRA_CA_CERTS" "$scratch/base/authority.crt"
  printf '%s\n' 'FROM node:24-bookworm-slim' 'COPY authority.crt /etc/ssl/authority.crt' \
    'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/authority.crt SSL_CERT_FILE=/etc/ssl/authority.crt' >"$scratch/base/Dockerfile"
  "$docker" build --network=host --tag rampart-base "$scratch/base"
  sed 's/^FROM node:[^ ]* AS node$/FROM rampart-base AS node/' docker/Dockerfile >"$dockerfile"
}

build() {
  "$docker" build --network=host --file "$dockerfile" --target "$1" --tag "rampart-$1" .
}

# All share Postgres's network, so that nothing is published and no name has to be resolved.
join() { "$docker" run --network "container:$run-postgres" "$@"; }

fail() {
  "$docker" logs "$run-api" || true
  "$docker" logs "$run-worker" || true
  echo "$*" >&2
  exit 1
}

# once …: runs to the end, with what it printed and its exit code; `run` itself loses the code on some engines.
once() {
  join --detach --name "$run-once" "$@" >/dev/null
  local code
  code=$("$docker" wait "$run-once")
  "$docker" logs "$run-once" 2>&1
  "$docker" rm "$run-once" >/dev/null
  return "$code"
}

# until_listening PORT: within 60 seconds, or 1
until_listening() {
  once rampart-migrate node --eval "
    const connect = (left) => require('node:net').connect($1, '127.0.0.1')
      .on('connect', () => process.exit(0))
      .on('error', () => left > 0 ? setTimeout(connect, 500, left - 1) : process.exit(1))
    connect(120)"
}

# answers PATH: 200 within 30 seconds, printing the body
answers() {
  "$docker" exec "$run-api" node --input-type=module --eval "
    const ask = () => fetch('http://127.0.0.1:3000$1').then(async (r) => r.ok && r.text(), () => false)
    const end = Date.now() + 30_000
    let body
    while (!(body = await ask()) && Date.now() < end) await new Promise((go) => setTimeout(go, 250))
    console.log('$1', body)
    process.exit(body ? 0 : 1)"
}

# says_ready NAME: within 30 seconds, in its log
says_ready() {
  local left=120
  until "$docker" logs "$1" 2>&1 | grep -q '"msg":"ready"'; do
    (( left-- > 0 )) || return 1
    sleep 0.25
  done
}

# stops NAME: when it is asked to, with exit code 0
stops() {
  "$docker" stop -t 22 "$1" >/dev/null
  [[ $("$docker" inspect --format '{{.State.ExitCode}}' "$1") == 0 ]]
}

# holds TEXT IMAGE: whether a layer of the image, its configuration or its history has the text
holds() {
  local unpacked=$scratch/image
  rm -rf "$unpacked" && mkdir "$unpacked"
  "$docker" save "$2" | tar -x -C "$unpacked"
  local found
  found=$(
    find "$unpacked" -type f -exec sh -c '
      for file; do
        if gzip -t "$file" 2>/dev/null; then zcat "$file"; else cat "$file"; fi | grep -c "$0" | grep -qv "^0$" && echo "$file"
      done
      true' "$1" {} +
    "$docker" history --no-trunc "$2" | grep "$1" || true
  )
  [[ -n $found ]]
}

# What lies about where somebody works, and must not be in an image.
canary=canary-$(od -An -N 16 -tx1 /dev/urandom | tr -d ' \n')
for file in .env .env.production apps/api/.env .dev/canary.json apps/api/server.key packages/auth/id.pem apps/api/.npmrc \
  deploy/cdn/aws/own.tfvars docker/secrets/both/ENCRYPTION_KEYS; do
  [[ ! -e $file ]] || continue
  [[ -d $(dirname "$file") ]] || made=("$(dirname "$file")" "${made[@]}")
  mkdir -p "$(dirname "$file")"
  echo "TOKEN=$canary" >"$file"
  bait+=("$file")
done

prepare_base
# Once for all three: not every engine remembers what it has copied.
build source
sed -i.bak '/^FROM tools AS source$/,/^$/d' "$dockerfile"
sed -i.bak 's/^FROM tools AS api-files$/FROM rampart-source AS source\
\
&/' "$dockerfile"
build migrate
build api
build worker
rm -f "${bait[@]}"
rmdir -p "${made[@]}" 2>/dev/null || true
for image in migrate api worker; do
  # What is there is found, so that what is not found is not there.
  holds rampart_identity "rampart-$image" || fail "Nothing is found in the layers of rampart-$image."
  if holds "$canary" "rampart-$image"; then fail "A file of the working folder is in rampart-$image."; fi
done
for image in api worker; do
  megabytes=$(($("$docker" image inspect --format '{{.Size}}' "rampart-$image") / 1000000))
  echo "rampart-$image: $megabytes MB, unpacked"
  ((megabytes < 250)) || fail "rampart-$image is larger than 250 MB."
  # What is not there cannot be used by whoever gets in.
  "$docker" run --rm --entrypoint node "rampart-$image" --eval '
    const { existsSync } = require("node:fs")
    const found = ["/bin/sh", "/bin/bash", "/usr/bin/apt", "/usr/bin/env", "/usr/local/bin/npm"].filter(existsSync)
    if (!existsSync("/usr/local/bin/node") || found.length > 0) throw new Error(`There is ${found}.`)' ||
    fail "rampart-$image has a shell or a package manager."
done

random() { od -An -vtx1 -N24 /dev/urandom | tr -d ' \n'; }
postgres_url() { echo "postgresql://$1:${2:-$(random)}@127.0.0.1:5432/rampart"; }
POSTGRES_PASSWORD=$(random) REDIS_PASSWORD=$(random)
export POSTGRES_PASSWORD REDIS_PASSWORD
DATABASE_ADMIN_URL=$(postgres_url postgres "$POSTGRES_PASSWORD") DATABASE_OWNER_URL=$(postgres_url rampart_owner)
DATABASE_URL=$(postgres_url rampart_app) DATABASE_PLATFORM_URL=$(postgres_url rampart_platform)
DATABASE_WORKER_URL=$(postgres_url rampart_worker) ENCRYPTION_KEYS=k1:$(head -c 32 /dev/urandom | base64)
export DATABASE_ADMIN_URL DATABASE_OWNER_URL DATABASE_URL DATABASE_PLATFORM_URL DATABASE_WORKER_URL ENCRYPTION_KEYS
export BASE_URL=https://api.example.com TRUSTED_PROXIES=172.28.77.10 REDIS_URL=redis://:$REDIS_PASSWORD@127.0.0.1:6379
# Nobody is written to.
export SMTP_URL=smtp://127.0.0.1:25 MAIL_FROM='Rampart <no-reply@example.com>'

"$docker" run --detach --name "$run-postgres" --env POSTGRES_PASSWORD --env POSTGRES_DB=rampart postgres:18-alpine
join --detach --name "$run-redis" redis:8-alpine --requirepass "$REDIS_PASSWORD"
until_listening 5432
until_listening 6379

owner=(--env DATABASE_ADMIN_URL --env DATABASE_OWNER_URL --env DATABASE_URL --env DATABASE_WORKER_URL --env DATABASE_PLATFORM_URL)
locked=(--read-only --cap-drop ALL)
once "${locked[@]}" "${owner[@]}" rampart-migrate
serving=(--env BASE_URL --env TRUSTED_PROXIES --env DATABASE_URL --env DATABASE_PLATFORM_URL --env REDIS_URL --env ENCRYPTION_KEYS --env SMTP_URL --env MAIL_FROM)
join --detach "${locked[@]}" --name "$run-api" "${serving[@]}" rampart-api
answers /healthz || fail 'The API is not alive.'
answers /readyz || fail 'The API is not ready.'
[[ $("$docker" exec "$run-api" node --print 'process.getuid()') != 0 ]] || fail 'The API runs as root.'
if once "${serving[@]}" --env DATABASE_OWNER_URL --env PORT=3001 rampart-api >"$scratch/refusal"; then
  fail 'The API started with the owner of the database.'
fi
grep --max-count=1 'DATABASE_OWNER_URL does not belong here' "$scratch/refusal"
working=(--env BASE_URL --env DATABASE_WORKER_URL --env ENCRYPTION_KEYS --env SMTP_URL --env MAIL_FROM)
join --detach "${locked[@]}" --name "$run-worker" "${working[@]}" rampart-worker
says_ready "$run-worker" || fail 'The worker is not ready.'
[[ $("$docker" exec "$run-worker" node --print 'process.getuid()') != 0 ]] || fail 'The worker runs as root.'
if once "${working[@]}" --env DATABASE_OWNER_URL rampart-worker >"$scratch/refusal"; then
  fail 'The worker started with the owner of the database.'
fi
grep --max-count=1 'DATABASE_OWNER_URL does not belong here' "$scratch/refusal"
stops "$run-worker" || fail 'The worker did not end well when it was asked to stop.'
stops "$run-api" || fail 'The API did not end well when it was asked to stop.'
if "$docker" logs "$run-api" 2>&1 | grep -qF -e "$REDIS_PASSWORD" -e "${ENCRYPTION_KEYS#*:}"; then fail 'The log has a secret.'; fi
echo 'The images hold no secret; they migrate, serve, work, refuse the owner and stop.'
