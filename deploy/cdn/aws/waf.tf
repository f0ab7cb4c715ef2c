locals {
  # In this order; a rule that is counted is one that our own uploads and clients would meet.
  managed_rules = [
    { name = "AWSManagedRulesAmazonIpReputationList", counted = [] },
    { name = "AWSManagedRulesKnownBadInputsRuleSet", counted = [] },
    { name = "AWSManagedRulesCommonRuleSet", counted = ["SizeRestrictions_BODY", "NoUserAgent_HEADER"] },
    { name = "AWSManagedRulesSQLiRuleSet", counted = [] },
  ]
}

# CloudFront knows web ACLs of us-east-1 alone.
resource "aws_wafv2_web_acl" "api" {
  region      = "us-east-1"
  name        = var.name
  description = "In front of the API: limits by address, then the managed rules."
  scope       = "CLOUDFRONT"

  default_action {
    allow {}
  }

  rule {
    name     = "log-ins-per-address"
    priority = 0

    action {
      block {}
    }

    statement {
      rate_based_statement {
        aggregate_key_type    = "IP"
        evaluation_window_sec = 60
        limit                 = var.log_ins_per_address

        scope_down_statement {
          regex_match_statement {
            regex_string = "^/(api/auth|oauth|login)/|^/trpc/.*auth[.]"

            field_to_match {
              uri_path {}
            }

            text_transformation {
              priority = 0
              type     = "URL_DECODE"
            }

            text_transformation {
              priority = 1
              type     = "NORMALIZE_PATH"
            }
          }
        }
      }
    }

    visibility_config {
      cloudwatch_metrics_enabled = true
      metric_name                = "${var.name}-log-ins-per-address"
      sampled_requests_enabled   = true
    }
  }

  rule {
    name     = "requests-per-address"
    priority = 1

    action {
      block {}
    }

    statement {
      rate_based_statement {
        aggregate_key_type    = "IP"
        evaluation_window_sec = 300
        limit                 = var.requests_per_address
      }
    }

    visibility_config {
      cloudwatch_metrics_enabled = true
      metric_name                = "${var.name}-requests-per-address"
      sampled_requests_enabled   = true
    }
  }

  dynamic "rule" {
    for_each = local.managed_rules

    content {
      name     = rule.value.name
      priority = 10 + rule.key

      override_action {
        none {}
      }

      statement {
        managed_rule_group_statement {
          vendor_name = "AWS"
          name        = rule.value.name

          dynamic "rule_action_override" {
            for_each = rule.value.counted

            content {
              name = rule_action_override.value

              action_to_use {
                count {}
              }
            }
          }
        }
      }

      visibility_config {
        cloudwatch_metrics_enabled = true
        metric_name                = "${var.name}-${rule.value.name}"
        sampled_requests_enabled   = true
      }
    }
  }

  # Samples and logs hold no credential.
  data_protection_config {
    data_protection {
      action = "SUBSTITUTION"

      field {
        field_type = "SINGLE_HEADER"
        field_keys = ["authorization", "cookie", "dpop"]
      }
    }
  }

  visibility_config {
    cloudwatch_metrics_enabled = true
    metric_name                = var.name
    sampled_requests_enabled   = true
  }
}
