data "aws_ec2_managed_prefix_list" "cloudfront" {
  name = "com.amazonaws.global.cloudfront.origin-facing"
}

data "aws_vpc" "origin" {
  id = var.vpc_id
}

# For the load balancer: whoever is not CloudFront does not get a connection.
resource "aws_security_group" "origin" {
  name        = "${var.name}-origin"
  description = "HTTPS from CloudFront, and on to the API."
  vpc_id      = var.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "cloudfront" {
  security_group_id = aws_security_group.origin.id
  description       = "HTTPS from CloudFront"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  prefix_list_id    = data.aws_ec2_managed_prefix_list.cloudfront.id
}

resource "aws_vpc_security_group_egress_rule" "api" {
  security_group_id = aws_security_group.origin.id
  description       = "To the API, within the VPC"
  ip_protocol       = "tcp"
  from_port         = var.api_port
  to_port           = var.api_port
  cidr_ipv4         = data.aws_vpc.origin.cidr_block
}
