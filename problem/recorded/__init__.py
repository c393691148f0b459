"""Recorded worlds: devices, requests and gains from tables that users give."""

from problem.recorded.files import read_trace
from problem.recorded.trace import Trace

__all__ = ["Trace", "read_trace"]
