# The page in frontend/: installed by `make install`, checked by `make check`.

INSTALLS += frontend/node_modules/.installed
CHECKS += frontend-check
RELEASES += page-build

NPM := npm --prefix frontend
# Types of the API's answers: made from the API itself, never by hand, and not committed.
TYPES := frontend/src/api/schema.d.ts

.PHONY: page page-build page-test frontend-check $(TYPES)

dev: $(TYPES)

page: install $(TYPES)  ## start the page alone on http://127.0.0.1:5173, for an API that runs already (PORT=...)
	API=http://127.0.0.1:$(PORT) $(NPM) run dev

page-build: install $(TYPES)  ## check the page's types and build it into frontend/dist, where the service finds it
	$(NPM) run types
	$(NPM) run build

page-test: install $(TYPES)  ## run the page's tests
	$(NPM) run test

frontend-check: install $(TYPES)
	$(NPM) run lint
	$(NPM) run types
	$(NPM) run test
	$(NPM) run build

$(TYPES): .venv/.installed frontend/node_modules/.installed
	@$(UV) run python -m app openapi > frontend/node_modules/.openapi.json
	@frontend/node_modules/.bin/openapi-typescript frontend/node_modules/.openapi.json --output $@ >/dev/null

# What npm's cache knows is not asked of the registry again: that takes longer than everything else.
frontend/node_modules/.installed: frontend/package.json $(wildcard frontend/package-lock.json)
	$(NPM) $(if $(wildcard frontend/package-lock.json),ci,install) --prefer-offline --no-audit --no-fund --loglevel=error
	@touch $@
