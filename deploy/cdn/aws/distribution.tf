data "aws_cloudfront_cache_policy" "none" {
  name = "Managed-CachingDisabled"
}

# Host, cookies, query and Authorization as the client sent them.
data "aws_cloudfront_origin_request_policy" "all" {
  name = "Managed-AllViewer"
}

locals {
  origin  = "api"
  methods = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]
}

resource "aws_cloudfront_distribution" "api" {
  comment         = var.name
  aliases         = [var.hostname]
  enabled         = true
  is_ipv6_enabled = true
  http_version    = "http2and3"
  web_acl_id      = aws_wafv2_web_acl.api.arn

  origin {
    origin_id   = local.origin
    domain_name = var.origin_hostname

    # It takes the place of whatever a client sends under this name.
    custom_header {
      name  = "x-origin-secret"
      value = var.origin_secret
    }

    custom_origin_config {
      http_port              = 80
      https_port             = 443
      origin_protocol_policy = "https-only"
      origin_ssl_protocols   = ["TLSv1.2"]
      origin_read_timeout    = 20
      # Shorter than the API keeps an idle connection.
      origin_keepalive_timeout = 4
    }
  }

  # A program that speaks plain HTTP is refused and not redirected: its secret is out by then.
  dynamic "ordered_cache_behavior" {
    for_each = ["/api/*", "/trpc/*", "/oauth/*"]

    content {
      path_pattern             = ordered_cache_behavior.value
      target_origin_id         = local.origin
      viewer_protocol_policy   = "https-only"
      allowed_methods          = local.methods
      cached_methods           = ["GET", "HEAD"]
      cache_policy_id          = data.aws_cloudfront_cache_policy.none.id
      origin_request_policy_id = data.aws_cloudfront_origin_request_policy.all.id
    }
  }

  default_cache_behavior {
    target_origin_id         = local.origin
    viewer_protocol_policy   = "redirect-to-https"
    allowed_methods          = local.methods
    cached_methods           = ["GET", "HEAD"]
    cache_policy_id          = data.aws_cloudfront_cache_policy.none.id
    origin_request_policy_id = data.aws_cloudfront_origin_request_policy.all.id
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  viewer_certificate {
    acm_certificate_arn      = var.certificate_arn
    minimum_protocol_version = "TLSv1.2_2021"
    ssl_support_method       = "sni-only"
  }
}
