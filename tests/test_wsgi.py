"""The WSGI application: deep calls of a request do not cost memory calls."""

import resource

from estates_portal import wsgi

DEPTHS, CALLS = 200, 100


def page_faults(depth):
    """The page faults of CALLS calls, made `depth` calls below this one."""
    if depth:
        return page_faults(depth - 1)
    before = resource.getrusage(resource.RUSAGE_THREAD).ru_minflt
    for _ in range(CALLS):
        call_with_many_locals()
    return resource.getrusage(resource.RUSAGE_THREAD).ru_minflt - before


def call_with_many_locals():
    a = b = c = d = e = f = g = h = i = j = k = 1
    return a + b + c + d + e + f + g + h + i + j + k


def test_calls_at_any_depth_of_a_request_do_not_map_memory(monkeypatch):
    def deep_calls(environ, start_response):
        return [page_faults(depth) for depth in range(DEPTHS)]

    monkeypatch.setattr(wsgi, "django_application", deep_calls)
    assert max(wsgi.application({}, None)) < CALLS / 2
