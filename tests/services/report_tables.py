"""A report as plain lines, for golden texts."""

from locker.services.reports import Duration, Percent, Sentence, Share


def told(value):
    match value:
        case Sentence(key=key, fills=fills):
            inside = ", ".join(f"{name} {told(each)}" for name, each in fills.items())
            return f"{key.removeprefix('reports.')}({inside})" if inside else key.removeprefix("reports.")
        case Share(n=n, of=of):
            return f"{n}/{of} [{value.rate.low:.4f} {value.rate.high:.4f}]"
        case Percent(share=share):
            return f"{share:.3f}"
        case Duration(seconds=seconds, upto=upto):
            return f"{'<=' if upto else ''}{seconds:g}s"
        case None:
            return "-"
        case _:
            return f"{value:g}" if isinstance(value, int | float) else str(value)


def written(report):
    lines = [f"# {told(report.finding)}"]
    lines += [f"{name.removeprefix('reports.')}: {told(now)} was {told(was)}" for name, now, was in report.sums]
    for chart in report.charts:
        lines.append(f"## {chart.name} ({chart.form.value}): {told(chart.finding)}")
        lines += ["  " + " | ".join([told(row.label), *map(told, row.cells)]) for row in chart.rows]
    return "\n".join(lines) + "\n"
