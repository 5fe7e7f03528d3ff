"""Rendered services with a worker, run as in production: uvicorn, the engine's own command, a real Valkey."""
