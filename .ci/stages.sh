# What `.ci/run` and `.ci/nightly` share: stages with their times, and what all their tests counted.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export CI=true
exec </dev/null
engine_tool=../shared/tools/container-engine
scratch=$(mktemp -d)
started_engine=false composer_pid='' passed=0 failed=0

finish() {
  [[ -z $composer_pid ]] || kill "$composer_pid" || true
  [[ $started_engine == false ]] || "$engine_tool" down || true
  rm -rf "$scratch"
}
trap finish EXIT

pnpm() { npx --yes pnpm@12 "$@"; }

# Who reads the end alone still learns which tests failed, and at what.
report() {
  cat "$scratch"/failures-* 2>/dev/null || true
  printf '\n%d passed, %d failed\n' "$passed" "$failed"
}

# stage TITLE COMMAND…: runs it under a heading and says how long it took; its exit code is the command's.
stage() {
  local title=$1 start=$SECONDS code=0
  shift
  printf '\n=== %s\n' "$title"
  "$@" || code=$?
  printf -- '--- %s: exit %d after %d s\n' "$title" "$code" $((SECONDS - start))
  return "$code"
}

# gate …: a stage without which the rest is not worth its time.
gate() {
  stage "$@" && return
  failed=1
  report
  exit 1
}

# failures NAME LOG: each failed test's name with its first lines of error, and what no test was to blame for.
failures() {
  printf '\n=== What failed: %s\n' "$1"
  sed 's/\x1b\[[0-9;]*m//g' "$2" | grep -E -A 12 '^ FAIL |Unhandled (Rejection|Error)' | head -n 150 || tail -n 40 "$2"
}

# counted NAME COMMAND…: adds what its last line of this form counted, and one failure where there is no such line.
counted() {
  local name=$1 log=$scratch/$1 code=0 stage_passed=0 stage_failed=0
  shift
  "$@" 2>&1 | tee "$log" || code=$?
  local line='^([0-9]+) passed, ([0-9]+) failed$'
  if [[ $(grep -E "$line" "$log" | tail -n 1) =~ $line ]]; then
    stage_passed=${BASH_REMATCH[1]} stage_failed=${BASH_REMATCH[2]}
  else
    code=1
  fi
  if [[ $code != 0 && $stage_failed == 0 ]]; then stage_failed=1; fi
  if [[ $stage_failed != 0 ]]; then failures "$name" "$log" >"$scratch/failures-$name"; fi
  passed=$((passed + stage_passed)) failed=$((failed + stage_failed))
  [[ $stage_failed == 0 ]]
}

# tests BACKEND FILE…: by the README's own command; without files all of them.
tests() {
  local backend=$1
  shift
  TEST_BACKEND=$backend pnpm test "$@"
}

# Where no Docker engine answers, the machine's own tool may bring one.
engine() {
  if docker version; then return; fi
  if [[ ! -x $engine_tool ]]; then
    echo 'No Docker engine answers. The tests in containers and the images need one.' >&2
    return 1
  fi
  local settings
  started_engine=true
  settings=$("$engine_tool" up) && eval "$settings"
}

# Where images are stand-ins, so is compose: Debian's, on a podman of its own whose networks know names, which the tool's do not.
composer() {
  if docker compose version && [[ $started_engine == false ]]; then return; fi
  install docker-compose netavark aardvark-dns catatonit
  sed 's/^\[engine\]/[network]\nnetwork_backend = "netavark"\n&/' "$CONTAINERS_CONF" >"$scratch/containers.conf"
  CONTAINERS_CONF=$scratch/containers.conf setsid podman system service --time=0 "unix://$scratch/docker.sock" >"$scratch/podman" 2>&1 </dev/null &
  composer_pid=$!
  export COMPOSER_HOST=unix://$scratch/docker.sock STAND_IN_IMAGES=true PROXY_IMAGE=rampart-proxy-stand-in
  docker build --network=host --tag "$PROXY_IMAGE" - <<'DOCKERFILE'
FROM node:24-bookworm-slim
RUN apt-get update && apt-get install --yes --no-install-recommends caddy && rm -rf /var/lib/apt/lists/*
DOCKERFILE
}

# as_root COMMAND…: as root is, or as whoever may become root without being asked, as on GitHub's runners.
as_root() {
  if [[ $EUID == 0 ]]; then "$@"; else sudo --non-interactive "$@"; fi
}

# install PACKAGE…
install() {
  as_root apt-get update -qq && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends "$@"
}

# program NAME PACKAGE TESTS PATH…: what some tests need; apt-get brings it where this is root's machine.
program() {
  local name=$1 package=$2 tests=$3 path
  shift 3
  for path in "$@"; do
    if [[ -x $path ]]; then return; fi
  done
  if ! command -v apt-get || ! as_root true; then
    echo "There is no $name, and no apt-get for root to install one with: the $tests will fail." >&2
    return 1
  fi
  install "$package"
}

browser() {
  program Chromium chromium 'browser tests' "${CHROMIUM:-}" /usr/bin/{chromium,chromium-browser,google-chrome}
}

# Its package starts no service in a container, and brings no signatures: the tests have their own.
scanner() { program clamd clamav-daemon 'tests of the real scanner' "${CLAMD:-}" /usr/sbin/clamd; }

# Its package starts no service in a container either.
promtool() { program promtool prometheus 'tests of rules for Prometheus' "${PROMTOOL:-}" /usr/bin/promtool; }

# From Debian 13 on; the one of 12 knows no Kustomization of today.
kubectl() { program kubectl kubernetes-client 'tests of the manifests' "${KUBECTL:-}" /usr/bin/kubectl /usr/local/bin/kubectl; }

# Nor does this one's.
pgbouncer() { program pgbouncer pgbouncer 'tests of a pooler' "${PGBOUNCER:-}" /usr/sbin/pgbouncer /usr/bin/pgbouncer; }

# Its package starts no service in a container.
redis() { program redis-server redis-server 'tests of a real Redis' "${REDIS_SERVER:-}" /usr/bin/{redis-server,valkey-server}; }
