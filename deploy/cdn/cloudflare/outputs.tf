output "trusted_proxies" {
  description = "TRUSTED_PROXIES of the API; with proxies of your own behind Cloudflare, their networks too."
  value       = "cloudflare"
}

output "record_id" {
  description = "The DNS record of the hostname, proxied by Cloudflare."
  value       = cloudflare_dns_record.api.id
}
