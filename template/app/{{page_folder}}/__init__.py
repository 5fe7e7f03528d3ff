"""The page beside the API: its settings, its files, and answers for pages on other origins.

Imports nothing: settings are read before Sentry is started.
"""
