"""What carries a rendered service into production: image, compose file, Kubernetes, workflows."""
