variable "name" {
  description = "What the resources are called: 1 to 32 lower-case letters, digits and -."
  type        = string
  default     = "rampart"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9-]{1,32}$", var.name))
    error_message = "The name must be 1 to 32 lower-case letters, digits and -."
  }
}

variable "hostname" {
  description = "The host of BASE_URL, under which the outside reaches the API."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^([a-z0-9-]+\\.)+[a-z]{2,}$", var.hostname))
    error_message = "The hostname must be a host in lower case, without a scheme or a port."
  }
}

variable "origin_hostname" {
  description = "The host of the load balancer in front of the API, with a certificate of its own; not the hostname itself."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^([a-z0-9-]+\\.)+[a-z]{2,}$", var.origin_hostname)) && var.origin_hostname != var.hostname
    error_message = "The origin_hostname must be a host in lower case, and another one than the hostname."
  }
}

variable "certificate_arn" {
  description = "The certificate of the hostname in ACM, in us-east-1, where CloudFront looks for it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws:acm:us-east-1:[0-9]{12}:certificate/", var.certificate_arn))
    error_message = "The certificate_arn must be of a certificate in us-east-1."
  }
}

variable "origin_secret" {
  description = "One of ORIGIN_SECRETS, which CloudFront adds to each request to the origin: openssl rand -hex 32."
  type        = string
  sensitive   = true
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{32,128}$", var.origin_secret))
    error_message = "The origin_secret must be 32 to 128 letters, digits, - and _."
  }
}

variable "vpc_id" {
  description = "The VPC of the load balancer."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^vpc-[0-9a-f]+$", var.vpc_id))
    error_message = "The vpc_id must be the id of a VPC."
  }
}

variable "api_port" {
  description = "The port at which the load balancer reaches the API."
  type        = number
  default     = 3000
  nullable    = false

  validation {
    condition     = var.api_port >= 1 && var.api_port <= 65535
    error_message = "The api_port must be a port."
  }
}

variable "requests_per_address" {
  description = "How many requests an address may send within five minutes; the API's own limits are finer."
  type        = number
  default     = 10000
  nullable    = false

  validation {
    condition     = var.requests_per_address >= 100 && var.requests_per_address <= 100000
    error_message = "The requests_per_address must be 100 to 100000."
  }
}

variable "log_ins_per_address" {
  description = "How many requests to where people log in an address may send within a minute."
  type        = number
  default     = 300
  nullable    = false

  validation {
    condition     = var.log_ins_per_address >= 10 && var.log_ins_per_address <= 1000
    error_message = "The log_ins_per_address must be 10 to 1000."
  }
}
