"""A bar chart as SVG: one group of bars for each key, one bar for each series."""

COLOURS = ("#8a8a8a", "#0b6e4f", "#3b6fb6", "#c8553d", "#7d5ba6", "#d9a441", "#4d908e", "#5c4b3a")
WIDTH, BAR, GAP, LEFT = 860, 15, 26, 190


def bars(title, groups):
    most = max(value for series in groups.values() for value in series.values())
    parts, y = [f'<text x="16" y="26" font-size="17">{title}</text>'], 52
    for group, series in groups.items():
        parts.append(f'<text x="16" y="{y}" font-size="14" font-weight="bold">{group}</text>')
        y += 8
        for colour, (name, value) in zip(COLOURS, series.items()):
            width = max(1, (WIDTH - LEFT - 90) * value / most)
            parts.append(f'<text x="{LEFT - 8}" y="{y + BAR - 3}" font-size="12" text-anchor="end">{name}</text>'
                         f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR - 2}" fill="{colour}"/>'
                         f'<text x="{LEFT + width + 6:.1f}" y="{y + BAR - 3}" font-size="12">{value:.1f}</text>')
            y += BAR
        y += GAP
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y}" font-family="sans-serif">'
            f'<rect width="100%" height="100%" fill="white"/>{"".join(parts)}</svg>\n')
