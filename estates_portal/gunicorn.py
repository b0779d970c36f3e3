"""How gunicorn serves the portal; production adds `--bind` or systemd's socket, and `--forwarded-allow-ips`."""

import os
import sys
from pathlib import Path

# The folder itself before any link to it: a worker that starts after the link has moved still loads this release.
chdir = str(Path(__file__).resolve().parents[1])
sys.path.insert(0, chdir)
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 2
preload_app = False  # each worker loads its own code, so that two releases never mix
max_requests = 5000
max_requests_jitter = 500
accesslog = None
loglevel = "warning"
