"""What the rendered `ops/` says and does, without a Sentry to ask."""
