"""Recorded worlds: devices, requests and gains from tables that users give."""

from problem.recorded.files import TABLES, read_trace
from problem.recorded.trace import Trace

__all__ = ["TABLES", "Trace", "read_trace"]
