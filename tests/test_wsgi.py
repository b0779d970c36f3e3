"""The WSGI application: deep calls of a request do not map memory."""

import resource

from estates_portal.wsgi import application, with_deep_stack

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


def page_faults_at_each_depth():
    return [page_faults(depth) for depth in range(DEPTHS)]


def test_calls_at_any_depth_do_not_map_memory():
    assert max(with_deep_stack(page_faults_at_each_depth)()) < CALLS / 2


def test_application_has_a_deep_stack():
    assert application.__code__ == with_deep_stack(None).__code__
