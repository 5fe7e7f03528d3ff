"""Scripts: `python -m app.scripts.<name>`, started by cron or by hand."""
