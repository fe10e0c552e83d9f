"""Charts as they are sent: a drawing that nothing but its page may show, and a table for a spreadsheet."""

from fastapi import Response

from serving.charts.chart import Chart

_KEPT_TO_ITSELF = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}


def as_picture(svg: str) -> Response:
    """A drawing."""
    return Response(svg, headers=dict(_KEPT_TO_ITSELF), media_type="image/svg+xml")


def as_file(chart: Chart) -> Response:
    """The table of a chart, as CSV to be kept."""
    headers = _KEPT_TO_ITSELF | {"Content-Disposition": f'attachment; filename="{chart.name}.csv"'}
    return Response(chart.csv(), headers=headers, media_type="text/csv; charset=utf-8")
