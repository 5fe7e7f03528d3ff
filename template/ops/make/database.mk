# Tables follow the code: `make dev` migrates first.

.PHONY: migrate migration

dev: migrate

migrate: install .env  ## bring the tables of the database to the newest revision
	$(UV) run python -m app migrate

migration: install .env  ## write a migration for what changed in the models (NAME="add invoices")
	$(UV) run alembic revision --autogenerate -m "$(or $(NAME),changes)"
	$(UV) run ruff check --fix --quiet app/database/migrations
	$(UV) run ruff format --quiet app/database/migrations
