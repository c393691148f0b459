"""Recorded worlds: devices, requests and gains from tables that users give."""

from skyedge.problem.recorded.gains import Gains
from skyedge.problem.recorded.read_trace import TABLES, read_trace
from skyedge.problem.recorded.rows import Placed, Word
from skyedge.problem.recorded.trace import Trace

__all__ = ["TABLES", "Gains", "Placed", "Trace", "Word", "read_trace"]
