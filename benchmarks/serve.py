"""A contender for a server: `uvicorn benchmarks.serve:app`, chosen by BENCHMARK_KIND."""

import os

from benchmarks.contenders import application

app = application(os.environ["BENCHMARK_KIND"], os.environ["SENTRY_DSN"])
