"""How gunicorn serves the portal; production adds `--bind` and, behind a proxy, `--forwarded-allow-ips`."""

import os

workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 2
preload_app = True  # the code is read once, and every worker answers with the same page tags
max_requests = 5000
max_requests_jitter = 500
accesslog = None
loglevel = "warning"
