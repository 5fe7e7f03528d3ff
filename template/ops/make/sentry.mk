# What Sentry is told about the service: releases, and what should run when.

.PHONY: release monitors

# A page is built with the token, which uploads its source maps; there, too, a bad token has to be noticed.
# Version and commit are those of the image (deploy.mk).
release: export CI := true
release: version-accepted install $(if $(SENTRY_AUTH_TOKEN),$(RELEASES))  ## tell Sentry about this version (DEPLOY=production: and that it runs there)
	@APP_VERSION=$(call quoted,APP_VERSION) GIT_COMMIT=$(call quoted,GIT_COMMIT) \
		$(UV) run --quiet --with 'sentry-cli>=3.8,<4' python ops/release.py \
		$(if $(value DEPLOY),--deploy=$(call quoted,DEPLOY))

monitors: install  ## write the times of app/schedule.py where ops/sentry reads them, before a plan
	@$(UV) run --quiet python -m app monitors > ops/sentry/monitors.json.new
	@mv ops/sentry/monitors.json.new ops/sentry/monitors.json
