# What differs between organizations. Put yours into terraform.tfvars; secrets come from TF_VAR_... .

variable "organization" {
  description = "Slug of the Sentry organization, from the address of its pages."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]*$", var.organization))
    error_message = "organization is a slug: lower-case letters, digits and hyphens, for example acme."
  }
}

variable "team" {
  description = "Slug of the existing team that owns the projects and is mailed."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9_-]*$", var.team))
    error_message = "team is a slug without #: lower-case letters, digits, hyphens, for example backend."
  }
}

variable "environment" {
  description = "The environment whose events raise alerts: ENVIRONMENT of the service."
  type        = string
  default     = "production"

  validation {
    condition     = can(regex("^[^\\s/]{1,64}$", var.environment))
    error_message = "environment has up to 64 characters, without spaces and slashes, for example production."
  }
}

variable "runbooks_url" {
  description = "Where people read ops/runbooks, for example https://git.example/acme/shop/-/blob/main/ops/runbooks."
  type        = string

  validation {
    condition     = can(regex("^https://\\S+[^/]$", var.runbooks_url))
    error_message = "runbooks_url begins with https:// and does not end with a slash."
  }
}

variable "public_url" {
  description = "Address of the service, asked every minute whether it lives; null for none."
  type        = string
  default     = null

  validation {
    condition     = var.public_url == null || can(regex("^https?://\\S+[^/]$", var.public_url))
    error_message = "public_url begins with http:// or https:// and does not end with a slash."
  }
}

variable "slack" {
  description = "Name of the Slack workspace that is connected to Sentry, and its channels; null for none."
  type = object({
    workspace        = string
    critical_channel = string
    warning_channel  = string
  })
  default = null

  validation {
    condition = var.slack == null || alltrue([
      for channel in [try(var.slack.critical_channel, ""), try(var.slack.warning_channel, "")] :
      startswith(channel, "#")
    ])
    error_message = "The channels of slack begin with #, for example #alerts-critical."
  }
}

variable "pagerduty" {
  description = "Name of the PagerDuty account that is connected to Sentry, and of its service; null for none."
  type = object({
    account = string
    service = string
  })
  default = null
}

variable "pagerduty_integration_key" {
  description = "Integration key of the PagerDuty service. Set TF_VAR_pagerduty_integration_key, no file."
  type        = string
  default     = null
  sensitive   = true
}

variable "ignored_messages" {
  description = "Errors that Sentry refuses, as globs of `Type: message`."
  type        = set(string)
  default     = ["*ResizeObserver loop*", "*Extension context invalidated*"]

  validation {
    condition     = !contains(var.ignored_messages, "*")
    error_message = "ignored_messages has \"*\", which refuses every error; name types or messages."
  }
}

variable "events_per_minute" {
  description = "The most events that Sentry takes from each component, per minute; null for no limit."
  type        = number
  default     = null

  validation {
    condition     = var.events_per_minute == null || try(var.events_per_minute >= 1, false)
    error_message = "events_per_minute is at least 1; null means no limit."
  }
}

variable "thresholds" {
  description = "When alerts are raised. Counts of events; milliseconds; percent of growth."
  type = object({
    errors_of_an_issue_in_5_minutes_critical = optional(number, 10)
    errors_of_an_issue_in_5_minutes_warning  = optional(number, 1)
    errors_in_10_minutes_critical            = optional(number, 100)
    errors_in_10_minutes_warning             = optional(number, 5)
    error_growth_in_an_hour                  = optional(number, 100)
    slow_request_ms                          = optional(number, 1000)
    memory_growth_in_a_day                   = optional(number, 50)
  })
  default = {}

  validation {
    condition     = alltrue([for threshold in values(var.thresholds) : threshold > 0])
    error_message = "Every threshold is above 0."
  }

  validation {
    condition     = var.thresholds.errors_in_10_minutes_critical > var.thresholds.errors_in_10_minutes_warning
    error_message = "errors_in_10_minutes_critical is above errors_in_10_minutes_warning."
  }
}
