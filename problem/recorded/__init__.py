"""Recorded worlds: devices, requests and gains from tables that users give."""

from skyedge.problem.recorded.read_trace import TABLES, read_trace
from skyedge.problem.recorded.trace import Trace

__all__ = ["TABLES", "Trace", "read_trace"]
