"""Bug reports: a failure goes to Sentry and into a table, neither waits for the other, and people are told.

    from app.reports.service import report_failure

Nothing is imported here, because the settings are read before Sentry is started.
"""
