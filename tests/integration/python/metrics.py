"""What the daemons tell Prometheus: pages in its format, figures that agree with what was done, nobody's name in them.

Goal: docs/operators.md's table of metrics holds on real daemons, and the listener costs a daemon nothing.
Method: a cell in which everything that is counted happens a known number of times; pages are read over HTTP and parsed
strictly. Debian's promtool checks them too; prometheus.py has a real Prometheus scrape them.
"""

import json
import socket
import time

import zmq
import zmq.auth

from cell import Cell, NoAnswer, NotAllowed, Refused, SERVICES, Session, run_claims, say, wait_until
from consumer import open_feed
from facts import Person, Registry, at, days, individual
from metrics_page import get, page, port, promtool
from elp.v1 import envelope_pb2, intake_pb2, ledger_pb2, types_pb2

PEOPLE = [Person("1985-07-30") for _ in range(6)]


def build():
    world = Registry()
    world.network("A01", budget={2026: {"care.base": "10000.00"}})
    provider = world.provider("P1", "A01")
    dates = days("2026-01-05", len(PEOPLE))
    lines = [individual(f"m{place}", "A01", provider, dates[place], person) for place, person in enumerate(PEOPLE)]
    return world, provider, lines


with Cell() as cell:
    world, provider, lines = build()
    cell.start()
    cell.set_clock(at("2026-02-02"))
    cell.load_book()
    cell.load_registry(world.text())

    def each_page_is_what_prometheus_reads():
        for service in SERVICES:
            status, headers, text = get(cell, service)
            assert status == 200 and headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8", headers
            told = page(cell, service)
            version = cell.health(service).version
            assert told[f'elp_build_info{{version="{version}",service="{service}"}}'] == 1
            verdict = promtool(text)
            assert not verdict, verdict
        if promtool("") is None:
            say("  skipped: no promtool; deploy/install-deps --prometheus build/tools brings it")

    def nothing_but_the_page_is_served():
        for path in ("/", "/metrics/", "/metric", "/../metrics", "/metrics%00", "/" + "x" * 4000):
            assert get(cell, "intake", path)[0] == 404, path
        assert get(cell, "intake", "/metrics?of=everything")[0] == 200
        for method in ("POST", "PUT", "DELETE", "HEAD", "OPTIONS", "BREW"):
            status, headers, _ = get(cell, "intake", method=method, body=b"x" * 100000 if method == "POST" else None)
            assert status == 405 and headers["Allow"] == "GET", (method, status)

    def hostile_clients_are_cut_off_and_the_daemon_goes_on():
        where = ("127.0.0.1", port(cell, "intake"))
        idle = [socket.create_connection(where) for _ in range(40)]
        for noise in (b"\0" * 100, b"GET /metrics HTTP/1.1\r\n" + b"A: " + b"x" * 40000, b"\x16\x03\x01" * 500,
                      b"GET /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n"):
            with socket.create_connection(("127.0.0.1", port(cell, "rating")), timeout=15) as client:
                try:
                    client.sendall(noise)
                    client.shutdown(socket.SHUT_WR)
                    assert len(client.recv(65536)) < 65536
                except OSError as error:
                    assert not isinstance(error, TimeoutError), f"nobody hangs up after {noise[:20]}"
        assert cell.health("intake").state == "running"
        for client in idle:
            client.close()
        wait_until(lambda: get(cell, "intake")[0] == 200, what="the page is served again")
        assert page(cell, "rating")["elp_loop_tick_age_seconds"] < 5

    def lines_are_counted_by_verdict_and_code():
        before = page(cell, "intake")
        cell.submit(lines, dry_run=True)
        cell.accept(lines)
        cell.submit(lines[:4])
        changed = intake_pb2.AttestationLine()
        changed.CopyFrom(lines[0])
        changed.minutes = 50
        late = individual("late", "A01", provider, "2024-05-14", PEOPLE[0])
        cell.submit([changed, late])
        after = wait_until(lambda: (told := page(cell, "intake")) and told.total("elp_lines_total") -
                           before.total("elp_lines_total") == 12 and told, what="twelve lines are counted")
        grown = {verdict: after[f'elp_lines_total{{verdict="{verdict}"}}'] - before[f'elp_lines_total{{verdict="{verdict}"}}']
                 for verdict in ("accepted", "refused", "duplicate", "key-conflict")}
        assert grown == {"accepted": 6, "refused": 1, "duplicate": 4, "key-conflict": 1}, grown
        assert after['elp_line_refusals_total{code="deadline-passed"}'] == 1
        assert after['elp_line_refusals_total{code="malformed"}'] == before['elp_line_refusals_total{code="malformed"}']

    def requests_are_counted_by_type_and_outcome():
        before = page(cell, "ledger")
        cell.trial_balance()
        for request in (lambda: cell.request("ledger", ledger_pb2.TrialBalanceQuery(), as_="integrator"),
                        lambda: cell.request("ledger", intake_pb2.SubmitBatch()),
                        lambda: cell.budget("Z99", 0)):
            try:
                request()
            except (Refused, AssertionError):
                pass
        session = cell.session("ledger")
        session.send_frames(b"\xff\xff\xff")
        assert session.receive().type == envelope_pb2.MESSAGE_TYPE_REFUSED

        def grown(sample):
            return page(cell, "ledger")[sample] - before[sample]

        wait_until(lambda: grown("elp_frames_undecodable_total") == 1, what="the frame is counted")
        assert grown('elp_requests_total{type="trial-balance",outcome="answered"}') == 1
        assert grown('elp_requests_total{type="trial-balance",outcome="denied"}') == 1
        assert grown('elp_requests_total{type="unknown",outcome="refused"}') == 1
        assert grown('elp_requests_refused_total{code="denied"}') == 1
        assert grown('elp_requests_refused_total{code="unknown-type"}') == 1
        assert grown('elp_requests_refused_total{code="malformed"}') == 1

    def the_log_names_whoever_sends_what_is_no_message_once():
        cell.new_principal("broken-software", "consumer")
        before = cell.health("rating").frames_undecodable
        session = cell.session("rating", "broken-software")
        for frames in ((b"\xff\xff\xff",), (b"", b""), *((b"\xff",) for _ in range(20))):
            session.send_frames(*frames)
            assert session.receive().type == envelope_pb2.MESSAGE_TYPE_REFUSED
        assert cell.health("rating").frames_undecodable == before + 22
        lines = [line for line in map(json.loads, cell.log("rating").splitlines()) if line["event"] == "undecodable"]
        assert [(line["socket"], line["principal"]) for line in lines] == [("commands", "broken-software")], lines
        assert lines[0]["reason"] == "the frame does not decode as an Envelope" and lines[0]["since_last_line"] == 0, lines
        # Each principal has a line of its own, with what is wrong.
        other = Session(cell, "rating", "integrator", journal=True)
        other.send_frames(b"", b"")
        assert other.receive().type == envelope_pb2.MESSAGE_TYPE_REFUSED
        other.close()
        wait_until(lambda: '"event":"undecodable","socket":"journal","principal":"integrator",'
                   '"reason":"a message has exactly one frame"' in cell.log("rating"), 5, "the other one is named too")

    def a_refused_key_is_counted_at_its_socket():
        stranger = tuple(key for key in zmq.curve_keypair())
        for journal, name in ((False, "commands"), (True, "journal")):
            session = Session(cell, "intake", journal=journal, keys=stranger)
            try:
                session.request(envelope_pb2.Health(), timeout=5)
                raise AssertionError("a stranger was answered")
            except NotAllowed:
                pass
            finally:
                session.close()
            sample = f'elp_handshake_failures_total{{socket="{name}",reason="key"}}'
            wait_until(lambda: page(cell, "intake")[sample] >= 1, 5, f"the {name} socket counts it")
            line = f'"event":"foreign-key","socket":"{name}"'
            wait_until(lambda: line in cell.log("intake"), 5, f"the {name} socket's stranger is logged")
            refused = page(cell, "intake")[sample]
            again = Session(cell, "intake", journal=journal, keys=stranger)
            wait_until(lambda: page(cell, "intake")[sample] > refused, 5, "the next one is counted")
            again.close()
            assert cell.log("intake").count(line) == 1, "each minute has one line"
        plain = cell.context.socket(zmq.DEALER)
        plain.linger = 0
        plain.connect(cell.endpoint("intake"))
        # "protocol" when the daemon sees it first, "broken" when the client does and hangs up.
        wait_until(lambda: (told := page(cell, "intake")) and sum(
            told[f'elp_handshake_failures_total{{socket="commands",reason="{reason}"}}']
            for reason in ("protocol", "broken")) >= 1, 10, "a connection without CURVE is counted")
        plain.close(0)

    def the_store_and_its_commits_are_told():
        told = page(cell, "intake")
        head = cell.head("intake")
        health = cell.health("intake")
        assert told["elp_journal_head"] == head and told["elp_records_total"] == head
        assert told["elp_store_map_bytes"] == health.map_bytes
        assert 0 < told["elp_store_used_bytes"] <= health.map_used_bytes
        assert told["elp_commit_duration_seconds_count"] >= 4 and told["elp_commit_duration_seconds_sum"] > 0
        assert told["elp_commit_records_sum"] == head
        assert told["elp_turn_requests_count"] > 0 and told["elp_store_readers"] >= 1
        assert told["elp_store_reader_lag_commits"] == 0
        assert told["elp_resident_memory_bytes"] > 1 << 20
        assert told["elp_simulated"] == 1 and told["elp_stopped"] == 0
        assert told["elp_loop_tick_age_seconds"] < 5
        assert abs(told["elp_start_time_seconds"] - time.time()) < 300

    def the_feed_counts_subscribers_and_messages():
        cell.new_principal("narrow", "consumer", "Z99")
        feed, narrow = open_feed(cell, "consumer"), open_feed(cell, "narrow")
        feed.subscribe("A01/")
        narrow.subscribe("A01/")
        assert feed.poll(10000)  # a heartbeat
        feed.recv_multipart()
        wait_until(lambda: page(cell, "reporting")["elp_feed_subscriptions"] == 1, 5, "one subscription is told")
        wait_until(lambda: page(cell, "reporting")["elp_feed_subscriptions_refused_total"] == 1, 5, "the other is refused")
        told = page(cell, "reporting")
        assert told["elp_feed_messages_total"] >= 1 and told["elp_feed_messages_lost_total"] == 0
        feed.close(0)
        narrow.close(0)

    def a_backlog_is_told_and_goes():
        cell.kill("rating")
        # Records that ledger holds back until rating has answered them.
        cell.accept([individual(f"b{place}", "A01", provider, "2026-01-20", person, start=f"{15 + place}:00")
                     for place, person in enumerate(PEOPLE[:3])])
        wait_until(lambda: page(cell, "ledger")['elp_upstream_backlog_records{upstream="intake"}'] >= 3, 10,
                   "ledger tells a backlog")
        wait_until(lambda: page(cell, "ledger")['elp_upstream_connected{upstream="rating"}'] == 0, 20,
                   "ledger tells that rating is silent")
        assert page(cell, "ledger")['elp_upstream_connected{upstream="intake"}'] == 1
        cell.start("rating")
        cell.wait_caught_up()
        wait_until(lambda: page(cell, "ledger").total("elp_upstream_backlog_records") == 0, 10, "the backlog is gone")
        assert page(cell, "ledger")['elp_upstream_connected{upstream="rating"}'] == 1

    def a_restart_shows_as_a_start_and_loses_nothing():
        before = page(cell, "intake")
        cell.kill("intake")
        cell.start("intake")
        after = page(cell, "intake")
        assert after["elp_start_time_seconds"] > before["elp_start_time_seconds"]
        assert after["elp_journal_head"] >= before["elp_journal_head"]
        assert after["elp_records_total"] < before["elp_records_total"]

    def no_page_names_anybody():
        names = ["A01", "Z99", provider, "P1", "narrow", "operator", "integrator", cell.health("intake").epoch, "127.0.0.1"]
        names += [person.niss for person in PEOPLE] + [person.birth for person in PEOPLE]
        names += [cell.public_key(service) .decode() for service in SERVICES]
        for service in SERVICES:
            text = page(cell, service).text
            for name in names:
                assert name not in text, f"{service} tells {name}"

    def without_an_address_nobody_listens_and_a_taken_one_is_refused():
        description = cell.dir / "cell.yaml"
        whole = description.read_text()
        line = f'  metrics: "127.0.0.1:{port(cell, "rating")}"\n'
        assert line in whole
        description.write_text(whole.replace(line, ""))
        cell.restart("rating")
        try:
            get(cell, "rating")
            raise AssertionError("somebody listens")
        except ConnectionRefusedError:
            pass
        description.write_text(whole)
        cell.stop("rating")
        with socket.socket() as other:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            other.bind(("127.0.0.1", port(cell, "rating")))
            other.listen()
            cell.start("rating", wait=False)
            assert cell.wait_ended("rating") == 78
        assert f"cannot listen on 127.0.0.1:{port(cell, 'rating')} for HTTP" in cell.log("rating")
        cell.start("rating")
        assert get(cell, "rating")[0] == 200

    run_claims(
        each_page_is_what_prometheus_reads,
        nothing_but_the_page_is_served,
        hostile_clients_are_cut_off_and_the_daemon_goes_on,
        lines_are_counted_by_verdict_and_code,
        requests_are_counted_by_type_and_outcome,
        the_log_names_whoever_sends_what_is_no_message_once,
        a_refused_key_is_counted_at_its_socket,
        the_store_and_its_commits_are_told,
        the_feed_counts_subscribers_and_messages,
        a_backlog_is_told_and_goes,
        a_restart_shows_as_a_start_and_loses_nothing,
        no_page_names_anybody,
        without_an_address_nobody_listens_and_a_taken_one_is_refused,
    )
