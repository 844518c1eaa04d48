"""The child network of stories S3 and S4: sessions of ten-year-olds whose insurer part is 91.02 each."""

from cell import cents
from facts import Person, Registry, days, individual

BUDGET = {"care.base": "10000.00", "operating": "500.00"}
PART = cents("91.02")


def registry(*networks, years=(2026,)):
    """Networks with one provider each; (Registry, {network: INAMI number})."""
    world = Registry()
    providers = {}
    for network in networks:
        world.network(network, kind="child", budget={year: BUDGET for year in years})
        providers[network] = world.provider(f"{network}-P", network)
    return world, providers


def sessions(network, provider, count):
    """At most ten a child, each child on ten days a week apart, no two at one time with the provider."""
    lines = []
    for child in range((count + 9) // 10):
        person = Person(f"2015-1{child % 3}-{1 + child:02d}")
        for date in days("2026-01-05", 10, step=7):
            lines.append(individual(f"{network}-{len(lines):04d}", network, provider, date, person,
                                    start=f"{8 + child // 2:02d}:{30 * (child % 2):02d}"))
    return lines[:count]
