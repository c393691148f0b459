"""The report of a campaign: one HTML file that needs nothing else, with tables, figures and a replay."""

from skyedge.results.report.page import write_report

__all__ = ["write_report"]
