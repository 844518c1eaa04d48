"""Numbers over repetitions, and how they are printed."""

import statistics


def spread(values):
    """min / median / max."""
    return min(values), statistics.median(values), max(values)


def number(value):
    """12,345 or 0.56."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def spread_text(values):
    return " / ".join(number(value) for value in spread(values))


def table(title, heads, rows):
    """Prints a table in columns; the first is text, the others stand on the right."""
    cells = [[str(cell) for cell in row] for row in [heads, *rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(heads))]
    print(f"\n{title}")
    for index, row in enumerate(cells):
        print("  " + "  ".join(cell.ljust(width) if column == 0 else cell.rjust(width)
                               for column, (cell, width) in enumerate(zip(row, widths))).rstrip())
        if index == 0:
            print("  " + "  ".join("-" * width for width in widths))


def verdict(value, target, at_least=True):
    """"reached", or by how much not."""
    reached = value >= target if at_least else value <= target
    return "reached" if reached else f"missed by {abs(value - target) / target:.0%}"
