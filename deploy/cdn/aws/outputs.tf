output "domain_name" {
  description = "What the DNS record of the hostname points to (an alias or a CNAME)."
  value       = aws_cloudfront_distribution.api.domain_name
}

output "distribution_id" {
  description = "The distribution, for invalidations and alarms."
  value       = aws_cloudfront_distribution.api.id
}

output "web_acl_arn" {
  description = "The web ACL, for a logging configuration or Shield Advanced."
  value       = aws_wafv2_web_acl.api.arn
}

output "origin_security_group_id" {
  description = "The security group that the load balancer must have, as its only one."
  value       = aws_security_group.origin.id
}

output "trusted_proxies" {
  description = "TRUSTED_PROXIES of the API: the load balancer's network, and CloudFront's."
  value       = "${data.aws_vpc.origin.cidr_block},aws"
}
