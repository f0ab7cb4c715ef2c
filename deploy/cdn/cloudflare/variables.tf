variable "zone_id" {
  description = "The zone of the hostname."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9a-f]{32}$", var.zone_id))
    error_message = "The zone_id must be the id of a zone: 32 hexadecimal digits."
  }
}

variable "zone_name" {
  description = "The name of that zone, acme.test."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^([a-z0-9-]+\\.)+[a-z]{2,}$", var.zone_name))
    error_message = "The zone_name must be a domain in lower case."
  }
}

variable "hostname" {
  description = "The host of BASE_URL, under which the outside reaches the API."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^([a-z0-9-]+\\.)+[a-z]{2,}$", var.hostname)) && endswith(".${var.hostname}", ".${var.zone_name}")
    error_message = "The hostname must be a host of the zone in lower case, without a scheme or a port."
  }
}

variable "origin_address" {
  description = "The public IPv4 address of the origin, whose certificate is good for the hostname."
  type        = string
  nullable    = false

  validation {
    condition     = can(cidrhost("${var.origin_address}/32", 0))
    error_message = "The origin_address must be an IPv4 address."
  }
}

variable "origin_secret" {
  description = "One of ORIGIN_SECRETS, which Cloudflare adds to each request to the origin: openssl rand -hex 32."
  type        = string
  sensitive   = true
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{32,128}$", var.origin_secret))
    error_message = "The origin_secret must be 32 to 128 letters, digits, - and _."
  }
}

variable "origin_pull_certificate" {
  description = "A client certificate of our own (PEM) by which Cloudflare shows itself to the origin; null for none."
  type        = string
  default     = null

  validation {
    condition     = var.origin_pull_certificate == null || can(regex("^-----BEGIN CERTIFICATE-----", var.origin_pull_certificate))
    error_message = "The origin_pull_certificate must be a certificate in PEM."
  }
}

variable "origin_pull_private_key" {
  description = "Its private key (PEM)."
  type        = string
  default     = null
  sensitive   = true

  validation {
    condition     = (var.origin_pull_private_key == null) == (var.origin_pull_certificate == null)
    error_message = "A certificate and its private key are given together."
  }
}

variable "min_tls_version" {
  description = "The oldest version of TLS that a client may speak."
  type        = string
  default     = "1.2"
  nullable    = false

  validation {
    condition     = contains(["1.2", "1.3"], var.min_tls_version)
    error_message = "The min_tls_version must be 1.2 or 1.3."
  }
}

variable "requests_per_address" {
  description = "How many requests an address may send within a minute; the API's own limits are finer."
  type        = number
  default     = 2000
  nullable    = false

  validation {
    condition     = var.requests_per_address >= 20 && var.requests_per_address <= 20000
    error_message = "The requests_per_address must be 20 to 20000."
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
