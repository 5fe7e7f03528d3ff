"""The rendered service side by side with its peers; see `python -m benchmarks --help`."""
