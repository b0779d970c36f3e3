# Start with `make run`, `make demo` and `make test`: see README.md.
PYTHON ?= python3
PORT ?= 8000
VENV := .venv/bin
PYTEST := $(VENV)/pytest -n auto --dist loadfile --no-loadscope-reorder
export PORT
# Compiled modules are kept: without them every process of the tests would compile all packages again
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run demo test setup quality lint checks test-all bench pictures clean

run: ## set up what is missing, then serve on http://127.0.0.1:$(PORT)/
	@$(PYTHON) estates_portal/bootstrap.py run

demo: ## the same with demo.sqlite3, which also contains example data with a year of reports
	@$(PYTHON) estates_portal/bootstrap.py demo

setup:
	@$(PYTHON) estates_portal/bootstrap.py setup

test: setup quality ## lint, checks and tests; with PostgreSQL also, on SQLite, those that differ by database
ifdef TEST_POSTGRES_URL
	DATABASE_URL=$(TEST_POSTGRES_URL) $(PYTEST) -m "not nightly"
	DATABASE_URL= $(PYTEST) -m "both_databases and not nightly"
else
	@echo "PostgreSQL: not tested. Set TEST_POSTGRES_URL=postgres://... to test it; .ci/run does."
	DATABASE_URL= $(PYTEST) -m "not nightly"
endif

test-all: setup quality ## all tests on both databases, nightly and before a release
ifndef TEST_POSTGRES_URL
	$(error Set TEST_POSTGRES_URL=postgres://... to test on both databases)
endif
	DATABASE_URL=$(TEST_POSTGRES_URL) $(PYTEST)
	DATABASE_URL= $(PYTEST)

quality: ## lint and checks, beside each other
	@$(MAKE) --no-print-directory -j 2 lint checks

lint:
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/djlint templates --check --quiet

# With production settings and temporary values: Django's deployment checks pass and no migration is missing.
checks: export DJANGO_SETTINGS_MODULE = estates_portal.settings.production
checks: export ALLOWED_HOSTS = portal.example.org
checks: export DATABASE_URL = sqlite://:memory:
checks: export EMAIL_HOST = smtp.example.org
checks: export CONTACT_EMAIL = estates@example.org
checks: export TRUST_PROXY = 1
checks: export SECURITY_CONTACT = mailto:security@example.org
checks:
	@SECRET_KEY=$$($(PYTHON) -c "import secrets; print(secrets.token_urlsafe(64))"); export SECRET_KEY; \
	$(VENV)/python manage.py makemigrations --check --dry-run && \
	$(VENV)/python manage.py check --deploy --fail-level WARNING

bench: setup ## measure the main pages; set BENCH_POSTGRES_URL to measure PostgreSQL too
	@$(PYTHON) estates_portal/bootstrap.py install
	$(VENV)/python -m tests.benchmarks.run

pictures: setup ## take the pictures of README.md from the demo portal
	$(VENV)/python -m tests.pictures

clean:
	rm -rf .venv node_modules staticfiles .pytest_cache .ruff_cache .hypothesis bench-results
