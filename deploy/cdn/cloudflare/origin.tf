# It takes the place of whatever a client sends under this name.
resource "cloudflare_ruleset" "origin_secret" {
  zone_id     = var.zone_id
  name        = "The origin's secret"
  description = "By which the API knows that a request came through this zone."
  kind        = "zone"
  phase       = "http_request_late_transform"

  rules = [{
    ref         = "origin_secret"
    description = "The origin's secret"
    expression  = "(http.host eq \"${var.hostname}\")"
    action      = "rewrite"
    action_parameters = {
      headers = {
        "x-origin-secret" = { operation = "set", value = var.origin_secret }
      }
    }
  }]
}

# A certificate of our own: Cloudflare's shared one is sent for every customer.
resource "cloudflare_authenticated_origin_pulls_certificate" "origin" {
  count = var.origin_pull_certificate == null ? 0 : 1

  zone_id     = var.zone_id
  certificate = var.origin_pull_certificate
  private_key = var.origin_pull_private_key
}

resource "cloudflare_authenticated_origin_pulls_settings" "origin" {
  count = var.origin_pull_certificate == null ? 0 : 1

  zone_id    = var.zone_id
  enabled    = true
  depends_on = [cloudflare_authenticated_origin_pulls_certificate.origin]
}
