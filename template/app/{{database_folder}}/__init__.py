"""The database: engine and sessions, tables, migrations.

    from app.database.session import Session

Nothing is imported here, because the settings are read before Sentry is started.
"""
