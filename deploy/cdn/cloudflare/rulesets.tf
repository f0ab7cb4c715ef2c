locals {
  api      = "(http.host eq \"${var.hostname}\")"
  programs = "(starts_with(http.request.uri.path, \"/api/\") or starts_with(http.request.uri.path, \"/trpc/\") or starts_with(http.request.uri.path, \"/oauth/\"))"
  log_ins  = "(starts_with(http.request.uri.path, \"/api/auth/\") or starts_with(http.request.uri.path, \"/oauth/\") or starts_with(http.request.uri.path, \"/login/\") or (starts_with(http.request.uri.path, \"/trpc/\") and http.request.uri.path contains \"auth.\"))"

  cloudflare_managed_rules = "efb7b8c949ac4650a09736fc376e9aee"
  owasp_core_rules         = "4814384a9e5d4991b9815dcfc25d2f1f"
}

resource "cloudflare_ruleset" "redirect" {
  zone_id     = var.zone_id
  name        = "Pages over HTTPS"
  description = "Who asks for a page over plain HTTP is sent to HTTPS."
  kind        = "zone"
  phase       = "http_request_dynamic_redirect"

  rules = [{
    ref         = "pages_over_https"
    description = "Pages over HTTPS"
    expression  = "${local.api} and not ssl and not ${local.programs}"
    action      = "redirect"
    action_parameters = {
      from_value = {
        status_code           = 308
        preserve_query_string = true
        target_url            = { expression = "concat(\"https://${var.hostname}\", http.request.uri.path)" }
      }
    }
  }]
}

resource "cloudflare_ruleset" "refuse" {
  zone_id     = var.zone_id
  name        = "Refused at once"
  description = "Programs over plain HTTP, and Workers of other zones."
  kind        = "zone"
  phase       = "http_request_firewall_custom"

  rules = [
    {
      # Its secret is out by then: a redirect would hide that.
      ref         = "programs_over_https"
      description = "Programs over HTTPS"
      expression  = "${local.api} and not ssl"
      action      = "block"
    },
    {
      # They come out of Cloudflare's own networks.
      ref         = "workers_of_others"
      description = "Workers of other zones"
      expression  = "${local.api} and cf.worker.upstream_zone ne \"\" and cf.worker.upstream_zone ne \"${var.zone_name}\""
      action      = "block"
    },
  ]
}

resource "cloudflare_ruleset" "limits" {
  zone_id     = var.zone_id
  name        = "Limits by address"
  description = "Coarser than the API's own, which tell when to come back."
  kind        = "zone"
  phase       = "http_ratelimit"

  rules = [
    {
      ref         = "log_ins_per_address"
      description = "Where people log in"
      expression  = "${local.api} and ${local.log_ins}"
      action      = "block"
      ratelimit = {
        characteristics     = ["cf.colo.id", "ip.src"]
        period              = 60
        requests_per_period = var.log_ins_per_address
        mitigation_timeout  = 60
      }
    },
    {
      ref         = "requests_per_address"
      description = "Everywhere"
      expression  = local.api
      action      = "block"
      ratelimit = {
        characteristics     = ["cf.colo.id", "ip.src"]
        period              = 60
        requests_per_period = var.requests_per_address
        mitigation_timeout  = 60
      }
    },
  ]
}

resource "cloudflare_ruleset" "managed" {
  zone_id     = var.zone_id
  name        = "Managed rules"
  description = "Cloudflare's own and OWASP's core rules."
  kind        = "zone"
  phase       = "http_request_firewall_managed"

  rules = [
    for name, id in { cloudflare = local.cloudflare_managed_rules, owasp = local.owasp_core_rules } : {
      ref                        = "managed_${name}"
      description                = "Managed rules: ${name}"
      expression                 = local.api
      action                     = "execute"
      action_parameters          = { id = id }
    }
  ]
}

resource "cloudflare_ruleset" "cache" {
  zone_id     = var.zone_id
  name        = "Nothing is cached"
  description = "Answers are somebody's own."
  kind        = "zone"
  phase       = "http_request_cache_settings"

  rules = [{
    ref               = "no_cache"
    description       = "Nothing is cached"
    expression        = local.api
    action            = "set_cache_settings"
    action_parameters = { cache = false }
  }]
}
