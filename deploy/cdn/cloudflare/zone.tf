resource "cloudflare_dns_record" "api" {
  zone_id = var.zone_id
  name    = var.hostname
  type    = "A"
  content = var.origin_address
  proxied = true
  ttl     = 1
}

resource "cloudflare_zone_setting" "transport" {
  for_each = {
    min_tls_version = var.min_tls_version
    tls_1_3         = "on"
    # The origin's certificate is checked.
    ssl = "strict"
    # rulesets.tf redirects pages, and refuses programs.
    always_use_https = "off"
    # A request of TLS 1.3's early data can be sent again by whoever saw it.
    "0rtt" = "off"
    # It would write an address that no log can be asked for.
    pseudo_ipv4 = "off"
  }

  zone_id    = var.zone_id
  setting_id = each.key
  value      = each.value
}
