#!/usr/bin/env bash
# What Elasticsearch of docker/compose.yaml needs before Kibana and the first line; nothing changes where it is done again.
set -euo pipefail
password_of() { cat "/run/secrets/elastic/$1"; }
elasticsearch=http://elasticsearch:9200

# ask METHOD URL ARGUMENT…; the password is told by a file, which no list of processes shows
ask() {
  local method=$1 url=$2
  shift 2
  curl --silent --show-error --fail-with-body --retry 30 --retry-delay 5 --retry-all-errors \
    --config <(printf 'user = "elastic:%s"\n' "$(password_of elastic)") --request "$method" "$url" "$@"
  echo
}

json=(--header 'content-type: application/json')
ask PUT "$elasticsearch/_security/user/kibana_system/_password" "${json[@]}" --data @- <<<"{\"password\":\"$(password_of kibana_system)\"}"
ask PUT "$elasticsearch/_security/role/rampart_shipper" "${json[@]}" \
  --data '{"indices":[{"names":["logs-rampart-*"],"privileges":["create_doc","auto_configure"]}]}'
ask PUT "$elasticsearch/_security/user/rampart-shipper" "${json[@]}" \
  --data @- <<<"{\"password\":\"$(password_of rampart-shipper)\",\"roles\":[\"rampart_shipper\"]}"
ask PUT "$elasticsearch/_index_template/logs-rampart" "${json[@]}" --data @/etc/elastic/index-template.json
