"""Story S2, the school: the session of S1 on a share-exempt site, in 2026 and in 2024, under both policies.

N1 has the policy "sites from art. 8" and enough on that envelope, N2 has the policy and 300.00 on it, N3 has not the policy.
"""

from cell import Cell, cents, euro, run_claims, say
from facts import Person, Registry, at, group

NETWORKS = ("N1", "N2", "N3")
ART8 = {"N1": "5000.00", "N2": "300.00", "N3": "5000.00"}


def build():
    world = Registry()
    world.payee("E1", without_enterprise=True, bce="")
    world.payee("O1")
    providers = {}
    for network in NETWORKS:
        money = {"care.base": "10000.00", "mission.art8": ART8[network], "operating": "500.00"}
        world.network(network, budget={2024: money, 2026: money}, sites_from_art8=network != "N3")
        world.site(f"{network}-S", network, kind="school")
        providers[network] = world.provider(f"{network}-P1", network, sites=[f"{network}-S"])
        world.second_leader(f"{network}-L", network, kind="expert", designated=True, designator="O1",
                            rate_per_hour="42.10", paid_in_person=True, payee="E1")
        world.programme(f"{network}-G", network)
    return world, providers


def session(network, provider, date):
    people = [Person(f"{int(date[:4]) - age}-01-0{place + 1}") for place, age in enumerate((22, 23, 24, 31, 58, 80))]
    return group(f"{network}-{date}", network, provider, date, people, f"{network}-G", second_leader=f"{network}-L",
                 site=f"{network}-S")


with Cell() as cell:
    world, providers = build()
    cell.start()
    cell.set_clock(at("2024-05-20"))
    cell.load_book()
    cell.load_registry(world.text())

    def post(date):
        """{network: (Rated, envelope, cents)} of one session of each network."""
        verdicts = cell.accept([session(network, providers[network], date) for network in NETWORKS])
        result = {}
        for network, verdict in zip(NETWORKS, verdicts):
            rated = cell.rated(verdict.number)
            transaction, = cell.posting(verdict.number).transactions
            spent = {name: amount for name, (_, amount) in cell.envelopes(network, int(date[:4])).items() if amount}
            assert list(spent.values()) == [transaction.cents] and transaction.cents == rated.insurer_cents
            say(f"  {network}: fee {euro(rated.fee_cents)}, share {euro(rated.share_cents)}, insurer "
                f"{euro(rated.insurer_cents)}, spent {', '.join(spent)} {euro(transaction.cents)}")
            result[network] = (rated, *spent)
        return result

    def in_2024_care_base_pays_whatever_the_policy():
        for rated, envelope in post("2024-05-14").values():
            assert (rated.fee_cents, rated.share_cents) == (cents("376.83"), 0) and envelope == "CARE_BASE"

    def the_index_of_2026_makes_provisional_columns():
        cell.set_clock(at("2026-02-12"))
        _, outcome = cell.index("2024", 2026, 172)
        say(f"  index 2026 1.72 %: {outcome.reason}")
        assert outcome.done, outcome

    def in_2026_the_fee_is_395_65_and_nobody_pays_a_share():
        global posted
        posted = post("2026-02-10")
        for rated, _ in posted.values():
            assert rated.fee_cents == cents("395.65") and rated.insurer_cents == cents("395.65")
            assert rated.share_cents == 0 and rated.provisional and rated.column == 2026
            assert sorted(part.fee_cents for part in rated.parts) == [cents("68.73"), cents("84.20"), cents("242.72")]

    def with_the_policy_mission_art8_pays():
        assert posted["N1"][1] == "MISSION_ART8"

    def an_envelope_of_300_00_leaves_the_whole_amount_to_care_base():
        assert posted["N2"][1] == "CARE_BASE"

    def without_the_policy_care_base_pays():
        assert posted["N3"][1] == "CARE_BASE"

    def the_books_balance():
        assert cell.trial_balance() == 0

    run_claims(in_2024_care_base_pays_whatever_the_policy, the_index_of_2026_makes_provisional_columns,
               in_2026_the_fee_is_395_65_and_nobody_pays_a_share, with_the_policy_mission_art8_pays,
               an_envelope_of_300_00_leaves_the_whole_amount_to_care_base, without_the_policy_care_base_pays,
               the_books_balance)
