"""`python -m app`: commands for people who run the service."""

from app.cli import main

main()
