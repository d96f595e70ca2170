"""Calls to what may fail: deadline, bulkhead, circuit breaker, fallback, request cache, collapser, limiter.

Pure asyncio. Behaviour and defaults follow Hystrix 1.5.18; where we choose otherwise, the docstring says so.
"""
