# What is watched beside errors: time, memory, what should run, and whether the service answers.

# Over an hour, so that a handful of requests at night is no alarm.
resource "sentry_metric_monitor" "slow" {
  organization        = var.organization
  project             = sentry_project.this["api"].slug
  name                = "api: slow requests"
  description         = local.runbooks["slow-requests"]
  environment         = var.environment
  dataset             = "events_analytics_platform"
  event_types         = ["trace_item_span"]
  query_type          = "performance"
  query               = "is_transaction:true span.op:http.server"
  aggregate           = "p95(span.duration)"
  extrapolation_mode  = "client_and_server_weighted"
  time_window_seconds = 3600

  condition_group = {
    logic_type = "any"
    conditions = [
      { type = "gt", comparison = var.thresholds.slow_request_ms, condition_result = 50 },
      { type = "lte", comparison = var.thresholds.slow_request_ms, condition_result = 0 },
    ]
  }
  issue_detection = { type = "static" }
  owner           = { team_id = data.sentry_team.owners.internal_id }
}

# The gauge of app/observability/resident_memory.py, an hour's mean against the same hour of the day before.
resource "sentry_metric_monitor" "memory" {
  for_each = { for name, component in local.components : name => component if name != "page" }

  organization        = var.organization
  project             = sentry_project.this[each.key].slug
  name                = "${each.key}: memory grows"
  description         = local.runbooks["memory-grows"]
  environment         = var.environment
  dataset             = "events_analytics_platform"
  event_types         = ["trace_item_metric"]
  query_type          = "performance"
  aggregate           = "avg(value,process.memory.rss,gauge,byte)"
  time_window_seconds = 3600

  condition_group = {
    logic_type = "any"
    conditions = [
      { type = "gt", comparison = 100 + var.thresholds.memory_growth_in_a_day, condition_result = 50 },
      { type = "lte", comparison = 100 + var.thresholds.memory_growth_in_a_day, condition_result = 0 },
    ]
  }
  issue_detection = { type = "percent", comparison_delta = 86400 }
  owner           = { team_id = data.sentry_team.owners.internal_id }
}

resource "sentry_alert" "slow" {
  organization      = var.organization
  name              = "${local.service}: slow requests"
  environment       = var.environment
  monitor_ids       = [sentry_metric_monitor.slow.id]
  frequency_minutes = 60

  trigger_conditions = [{ first_seen_event = {} }, { reappeared_event = {} }, { regression_event = {} }]

  action_filters = [{ logic_type = "all", actions = local.warning["slow-requests"] }]
}

resource "sentry_alert" "memory" {
  organization      = var.organization
  name              = "${local.service}: memory grows"
  environment       = var.environment
  monitor_ids       = [for monitor in sentry_metric_monitor.memory : monitor.id]
  frequency_minutes = 1440

  trigger_conditions = [{ first_seen_event = {} }, { reappeared_event = {} }, { regression_event = {} }]

  action_filters = [{ logic_type = "all", actions = local.warning["memory-grows"] }]
}

# ------------------------------------------------------------------------------ what should run, and answer

# monitors.json is app/schedule.py as data. It is no part of the repository: `make monitors` writes it.
resource "sentry_cron_monitor" "this" {
  for_each = jsondecode(file("${path.module}/monitors.json"))

  organization            = var.organization
  project                 = sentry_project.this[each.value.component].slug
  name                    = each.key
  description             = local.runbooks["a-run-was-missed"]
  schedule                = { crontab = each.value.crontab }
  timezone                = each.value.time_zone
  checkin_margin_minutes  = each.value.margin_minutes
  max_runtime_minutes     = each.value.max_runtime_minutes
  failure_issue_threshold = 1
  recovery_threshold      = 1
  owner                   = { team_id = data.sentry_team.owners.internal_id }
}

resource "sentry_alert" "missed_run" {
  count = length(sentry_cron_monitor.this) == 0 ? 0 : 1

  organization      = var.organization
  name              = "${local.service}: a run was missed"
  environment       = var.environment
  monitor_ids       = [for monitor in sentry_cron_monitor.this : monitor.id]
  frequency_minutes = 30

  trigger_conditions = [{ first_seen_event = {} }, { reappeared_event = {} }, { regression_event = {} }]

  action_filters = [{ logic_type = "all", actions = local.critical["a-run-was-missed"] }]
}

resource "sentry_uptime_monitor" "this" {
  count = var.public_url == null ? 0 : 1

  organization     = var.organization
  project          = sentry_project.this["api"].slug
  name             = "${local.service} answers"
  description      = local.runbooks["the-service-cannot-be-reached"]
  environment      = var.environment
  url              = "${var.public_url}/health/live"
  method           = "GET"
  interval_seconds = 60
  timeout_ms       = 10000
  owner            = { team_id = data.sentry_team.owners.internal_id }
}

resource "sentry_alert" "unreachable" {
  count = var.public_url == null ? 0 : 1

  organization      = var.organization
  name              = "${local.service}: the service cannot be reached"
  environment       = var.environment
  monitor_ids       = [sentry_uptime_monitor.this[0].id]
  frequency_minutes = 5

  trigger_conditions = [{ first_seen_event = {} }, { reappeared_event = {} }, { regression_event = {} }]

  action_filters = [{ logic_type = "all", actions = local.critical["the-service-cannot-be-reached"] }]
}
