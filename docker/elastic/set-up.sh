#!/usr/bin/env bash
# What Elasticsearch and Kibana of docker/compose.yaml need once; nothing changes where it is done again.
set -euo pipefail
: "${ELASTIC_PASSWORD:?}" "${KIBANA_PASSWORD:?}" "${SHIPPER_PASSWORD:?}"
elasticsearch=http://elasticsearch:9200 kibana=http://kibana:5601

# ask METHOD URL ARGUMENT…; the password is told by a file, which no list of processes shows
ask() {
  local method=$1 url=$2
  shift 2
  curl --silent --show-error --fail-with-body --retry 30 --retry-delay 5 --retry-all-errors \
    --config <(printf 'user = "elastic:%s"\n' "$ELASTIC_PASSWORD") --request "$method" "$url" "$@"
  echo
}

json=(--header 'content-type: application/json')
ask PUT "$elasticsearch/_security/user/kibana_system/_password" "${json[@]}" --data @- <<<"{\"password\":\"$KIBANA_PASSWORD\"}"
ask PUT "$elasticsearch/_security/role/rampart_shipper" "${json[@]}" \
  --data '{"indices":[{"names":["logs-rampart-*"],"privileges":["create_doc","auto_configure"]}]}'
ask PUT "$elasticsearch/_security/user/rampart-shipper" "${json[@]}" \
  --data @- <<<"{\"password\":\"$SHIPPER_PASSWORD\",\"roles\":[\"rampart_shipper\"]}"
ask PUT "$elasticsearch/_index_template/logs-rampart" "${json[@]}" --data @/etc/elastic/index-template.json
ask POST "$kibana/api/saved_objects/_import?overwrite=true" --header 'kbn-xsrf: true' --form file=@/etc/elastic/kibana.ndjson
