"""Copied into a rendered service as `app/tasks/stuck.py`: SIGUSR2 brings its process to a stand."""

import signal
import time

signal.signal(signal.SIGUSR2, lambda *_: time.sleep(600))
