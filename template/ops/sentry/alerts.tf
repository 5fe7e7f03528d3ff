# Who is told what, and how they find the page that says what to do.

locals {
  # Alert -> section of ops/runbooks/alerts.md.
  sections = [
    "an-error-comes-often",
    "many-errors",
    "a-new-error",
    "a-fatal-error",
    "errors-rise",
    "slow-requests",
    "memory-grows",
    "a-run-was-missed",
    "the-service-cannot-be-reached",
  ]
  runbooks = { for section in local.sections : section => "${var.runbooks_url}/alerts.md#${section}" }

  mail = [{ email = { target_type = "team", target_id = data.sentry_team.owners.internal_id } }]
  critical = {
    for section, url in local.runbooks : section => concat(
      local.mail,
      [for slack in var.slack[*] : { slack = { integration_id = data.sentry_organization_integration.slack[0].id, channel_name = slack.critical_channel, tags = local.tags, notes = "<${url}|What to do>" } }],
      [for service in sentry_integration_pagerduty.this : { pagerduty = { integration_id = service.integration_id, service_id = service.id, service_name = service.service, severity = "critical" } }],
    )
  }
  warning = {
    for section, url in local.runbooks : section => concat(
      local.mail,
      [for slack in var.slack[*] : { slack = { integration_id = data.sentry_organization_integration.slack[0].id, channel_name = slack.warning_channel, tags = local.tags, notes = "<${url}|What to do>" } }],
    )
  }
  tags = "environment, release, component, request_id"

  error_monitors = [for monitor in data.sentry_project_error_monitor.this : monitor.id]
}

data "sentry_organization_integration" "slack" {
  count = var.slack == null ? 0 : 1

  organization = var.organization
  provider_key = "slack"
  name         = var.slack.workspace
}

data "sentry_organization_integration" "pagerduty" {
  count = var.pagerduty == null ? 0 : 1

  organization = var.organization
  provider_key = "pagerduty"
  name         = var.pagerduty.account
}

resource "sentry_integration_pagerduty" "this" {
  count = var.pagerduty == null ? 0 : 1

  organization    = var.organization
  integration_id  = data.sentry_organization_integration.pagerduty[0].id
  service         = var.pagerduty.service
  integration_key = var.pagerduty_integration_key
}

# Sentry makes this monitor with every project: its issues are groups of errors. By the project's number, which is not
# known before the project exists; with the slug, the first plan would look for what is not there yet.
data "sentry_project_error_monitor" "this" {
  for_each = local.components

  organization = var.organization
  project      = sentry_project.this[each.key].internal_id
}

# ------------------------------------------------------------------------------------- errors of one issue

resource "sentry_alert" "issue_critical" {
  organization      = var.organization
  name              = "${local.service}: an error comes often"
  environment       = var.environment
  monitor_ids       = local.error_monitors
  frequency_minutes = 30

  action_filters = [
    {
      logic_type = "all"
      conditions = [
        {
          event_frequency_count = {
            interval = "5m"
            value    = var.thresholds.errors_of_an_issue_in_5_minutes_critical
          }
        },
      ]
      actions = local.critical["an-error-comes-often"]
    },
  ]
}

resource "sentry_alert" "issue_warning" {
  organization      = var.organization
  name              = "${local.service}: an error comes again"
  environment       = var.environment
  monitor_ids       = local.error_monitors
  frequency_minutes = 60

  action_filters = [
    {
      logic_type = "all"
      conditions = [
        {
          event_frequency_count = {
            interval = "5m"
            value    = var.thresholds.errors_of_an_issue_in_5_minutes_warning
          }
        },
      ]
      actions = local.warning["an-error-comes-often"]
    },
  ]
}

# Levels are numbers: 40 is error, 50 is fatal.
resource "sentry_alert" "new_error" {
  organization      = var.organization
  name              = "${local.service}: a new error"
  environment       = var.environment
  monitor_ids       = local.error_monitors
  frequency_minutes = 5

  trigger_conditions = [{ first_seen_event = {} }, { regression_event = {} }]

  action_filters = [
    {
      logic_type = "all"
      conditions = [{ level = { level = 40, match = "gte" } }]
      actions    = local.warning["a-new-error"]
    },
  ]
}

resource "sentry_alert" "fatal" {
  organization      = var.organization
  name              = "${local.service}: a fatal error"
  environment       = var.environment
  monitor_ids       = local.error_monitors
  frequency_minutes = 5

  action_filters = [
    {
      logic_type = "all"
      conditions = [{ level = { level = 50, match = "gte" } }]
      actions    = local.critical["a-fatal-error"]
    },
  ]
}

# ----------------------------------------------------------------------------------- errors of a component

# condition_result is the issue's priority: 75 high, 50 medium, 0 resolved.
resource "sentry_metric_monitor" "errors" {
  for_each = local.components

  organization        = var.organization
  project             = sentry_project.this[each.key].slug
  name                = "${each.key}: many errors"
  description         = local.runbooks["many-errors"]
  environment         = var.environment
  dataset             = "events"
  event_types         = ["default", "error"]
  query_type          = "error"
  aggregate           = "count()"
  time_window_seconds = 600

  condition_group = {
    logic_type = "any"
    conditions = [
      { type = "gt", comparison = var.thresholds.errors_in_10_minutes_critical, condition_result = 75 },
      { type = "gt", comparison = var.thresholds.errors_in_10_minutes_warning, condition_result = 50 },
      { type = "lte", comparison = var.thresholds.errors_in_10_minutes_warning, condition_result = 0 },
    ]
  }
  issue_detection = { type = "static" }
  owner           = { team_id = data.sentry_team.owners.internal_id }
}

# Sentry compares in percent of what was before: 100 % more is 200. Where there was no error before, it says nothing.
resource "sentry_metric_monitor" "rising_errors" {
  for_each = local.components

  organization        = var.organization
  project             = sentry_project.this[each.key].slug
  name                = "${each.key}: errors rise"
  description         = local.runbooks["errors-rise"]
  environment         = var.environment
  dataset             = "events"
  event_types         = ["default", "error"]
  query_type          = "error"
  aggregate           = "count()"
  time_window_seconds = 3600

  condition_group = {
    logic_type = "any"
    conditions = [
      { type = "gt", comparison = 100 + var.thresholds.error_growth_in_an_hour, condition_result = 50 },
      { type = "lte", comparison = 100 + var.thresholds.error_growth_in_an_hour, condition_result = 0 },
    ]
  }
  issue_detection = { type = "percent", comparison_delta = 3600 }
  owner           = { team_id = data.sentry_team.owners.internal_id }
}

resource "sentry_alert" "many_errors" {
  organization      = var.organization
  name              = "${local.service}: many errors"
  environment       = var.environment
  monitor_ids       = [for monitor in sentry_metric_monitor.errors : monitor.id]
  frequency_minutes = 30

  trigger_conditions = [{ first_seen_event = {} }, { reappeared_event = {} }, { regression_event = {} }]

  action_filters = [
    {
      logic_type = "all"
      conditions = [{ issue_priority_greater_or_equal = { comparison = 75 } }]
      actions    = local.critical["many-errors"]
    },
    {
      logic_type = "none"
      conditions = [{ issue_priority_greater_or_equal = { comparison = 75 } }]
      actions    = local.warning["many-errors"]
    },
  ]
}

resource "sentry_alert" "rising_errors" {
  organization      = var.organization
  name              = "${local.service}: errors rise"
  environment       = var.environment
  monitor_ids       = [for monitor in sentry_metric_monitor.rising_errors : monitor.id]
  frequency_minutes = 60

  trigger_conditions = [{ first_seen_event = {} }, { reappeared_event = {} }, { regression_event = {} }]

  action_filters = [{ logic_type = "all", actions = local.warning["errors-rise"] }]
}
