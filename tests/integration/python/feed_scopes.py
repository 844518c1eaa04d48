"""The feed of real daemons gives a consumer its own networks, nothing else, and nothing more after its key was revoked.

Goal: scope and revocation hold on the running system, and whoever stays loses no event by somebody else's revocation.
Method: two consumers with a network each and one with all, sessions of both networks; then one public key file is taken away.
"""

import time

from cell import SOURCE, Cell, NoAnswer, NotAllowed, Refused, Session, run_claims, wait_until
from consumer import Consumer, open_feed
from elp.v1 import reporting_pb2
from facts import Person, days, individual

SMALL = SOURCE / "tests" / "integration" / "registry" / "small.yaml"
PROVIDERS = {"N07": ("10070182001", "1985-07-30"), "N08": ("10080179001", "2015-03-04")}
QUIET_MS = 1500  # a heartbeat, and time to spare


def heard(feed, milliseconds):
    """The networks of everything that comes within so many milliseconds."""
    networks, end = set(), time.monotonic() + milliseconds / 1000
    while feed.poll(max(0, int((end - time.monotonic()) * 1000))):
        networks.add(feed.recv_multipart()[0].decode().partition("/")[0])
    return networks


def main():
    with Cell() as cell:
        cell.start()
        cell.set_clock("2026-02-02T09:00:00+01:00")
        cell.load_book()
        cell.load_registry(SMALL.read_text())
        for name, scope in (("seven", "N07"), ("eight", "N08")):
            cell.new_principal(name, "consumer", scope)
        sent = {"N07": 0, "N08": 0}

        def attest(network, count=5):
            provider, birth = PROVIDERS[network]
            dates = days("2026-01-05", 20)
            cell.accept([individual(f"{network}-{sent[network] + place}", network, provider, dates[place], Person(birth),
                                    start=f"{8 + sent[network] // count:02d}:00") for place in range(count)])
            sent[network] += count

        seven, eight, nosy = open_feed(cell, "seven"), open_feed(cell, "eight"), open_feed(cell, "seven")
        seven.subscribe("N07/")
        eight.subscribe("N08/")
        for prefix in ("", "N", "N0", "N07", "N08/", "-/"):
            nosy.subscribe(prefix)
        everything = Consumer(cell, ["N07", "N08"])

        def each_hears_its_own_network():
            wait_until(lambda: heard(seven, 100), what="the first heartbeat of N07")
            wait_until(lambda: heard(eight, 100), what="the first heartbeat of N08")
            attest("N07")
            attest("N08")
            cell.wait_caught_up()
            assert heard(seven, QUIET_MS) == {"N07"}
            assert heard(eight, QUIET_MS) == {"N08"}

        def a_prefix_outside_the_scope_brings_nothing():
            assert heard(nosy, QUIET_MS) == set()
            assert cell.log("reporting").count('"event":"subscription-refused"') == 6

        def a_question_outside_the_scope_is_denied():
            questions = (reporting_pb2.EventFetch(topic="N08/posted"), reporting_pb2.EventFetch(network="N08"),
                         reporting_pb2.SnapshotQuery(network="N08"), reporting_pb2.StatisticsQuery(network="N08"))
            for question in questions:
                try:
                    raise AssertionError(cell.request("reporting", question, as_="seven"))
                except Refused as refused:
                    assert refused.code == "denied", refused
            events = cell.request("reporting", reporting_pb2.EventFetch(network="*"), as_="seven").events
            assert {event.network for event in events} == {"N07", "all"}

        def a_revoked_key_loses_its_open_subscription():
            (cell.dir / "allow" / "seven.pub").unlink()
            wait_until(lambda: '"event":"feed-rebound"' in cell.log("reporting"), what="reporting notices")
            wait_until(lambda: heard(eight, 100), what="the others are back")
            heard(seven, 100)
            attest("N07")
            cell.wait_caught_up()
            assert heard(seven, QUIET_MS) == set()
            session = Session(cell, "reporting", "seven")
            try:
                raise AssertionError(session.request(reporting_pb2.EventFetch(network="N07"), timeout=2.0))
            except (NotAllowed, NoAnswer):
                pass
            finally:
                session.close()

        def whoever_stays_has_lost_nothing():
            attest("N08")
            everything.wait_complete()
            places = {(event.number, event.index) for event in everything.taken}
            assert len(places) == len(everything.taken) and everything.counters["N07/posted"] == 10

        try:
            run_claims(each_hears_its_own_network, a_prefix_outside_the_scope_brings_nothing,
                       a_question_outside_the_scope_is_denied, a_revoked_key_loses_its_open_subscription,
                       whoever_stays_has_lost_nothing)
        finally:
            everything.close()


main()
