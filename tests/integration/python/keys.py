"""Keys that end, change or are no keys: each says so in one line, and what is not allowed for certain is refused.

Goal: `keys revoke` and `keys rotate` work on open sessions and subscriptions within two seconds; a rotated principal keeps its
idempotency keys; malformed, open, missing and doubled key files and an allow folder that vanishes leave nobody allowed who
is not, and end no running daemon.
Method: open sessions to every socket of every daemon and an open subscription; files are changed under them.
"""

import json
import subprocess
import time

from cell import BIN, SERVICES, Cell, NotAllowed, Refused, Session, run_claims, say, wait_until
from consumer import open_feed
from facts import Person, Registry, at, individual
from elp.v1 import envelope_pb2, intake_pb2, ledger_pb2, reporting_pb2

SOON = 2.0  # seconds: revocation works by then
NO_FETCH = envelope_pb2.JournalFetch(after=0, max_records=1)


def refuses(session):
    """Does the open session answer no more? A lost connection that comes back is refused at the handshake."""
    try:
        session.request(envelope_pb2.Health() if "journal" not in session.where else NO_FETCH, timeout=1.0)
        return False
    except Refused as refused:
        assert refused.code == "denied", refused
        return True
    except NotAllowed:
        return True


with Cell() as cell:
    world = Registry()
    world.network("A01", budget={2026: {"care.base": "100000.00", "operating": "500.00"}})
    provider = world.provider("P1", "A01")
    for name, role in (("leaver", "operator"), ("listener", "consumer"), ("software", "integrator"), ("stays", "operator"),
                       ("double", "consumer")):
        cell.new_principal(name, role)
    world.represent("software", "*")
    cell.start()
    cell.set_clock(at("2026-02-10"))
    cell.load_book()
    assert cell.index("2024", 2026, 172)[1].done
    cell.load_registry(world.text())
    allow, keys = cell.dir / "allow", cell.dir / "keys"
    stays = [Session(cell, service, "stays") for service in SERVICES]

    def line(key, start):
        return individual(key, "A01", provider, "2026-02-03", Person("1980-03-03", serial=7), start=start)

    def everybody_else_goes_on():
        for session in stays:
            session.request(envelope_pb2.Health())

    def open_sessions(name):
        sessions = [Session(cell, service, name, journal=journal) for service in SERVICES for journal in (False, True)]
        for session in sessions:
            assert not refuses(session)
        return sessions

    def soon_refused(sessions, began):
        for session in sessions:
            wait_until(lambda: refuses(session), SOON - (time.monotonic() - began), f"{session.where} is refused")
            session.close()
        say(f"  {len(sessions)} open sessions are refused after {time.monotonic() - began:.2f} s")

    def a_revoked_key_ends_on_open_sessions_and_subscriptions():
        feed, other = open_feed(cell, "listener"), open_feed(cell, "consumer")
        for subscriber in (feed, other):
            subscriber.subscribe("")
            assert subscriber.poll(5000)
        sessions = open_sessions("leaver")
        for name in ("leaver", "listener"):
            began = time.monotonic()
            said = cell.do("keys", "revoke", name)
            assert "refused by: intake, rating, ledger, reporting" in said, said
            assert not (allow / f"{name}.pub").exists() and not (keys / f"{name}.key").exists()
            if name == "leaver":
                soon_refused(sessions, began)
        cell.accept([line("after", "08:00")], as_="software")
        cell.wait_caught_up()
        last = cell.head("intake")

        def numbers(subscriber, milliseconds):
            heard = set()
            while subscriber.poll(milliseconds):
                message = reporting_pb2.FeedMessage.FromString(subscriber.recv_multipart()[1])
                heard |= {event.number for event in message.events}
            return heard
        assert last not in numbers(feed, 1500)
        feed.close(0)
        other.close(0)
        everybody_else_goes_on()
        again = cell.elpctl("keys", "revoke", "leaver")
        assert again.code == 1 and "nobody named" in again.err, again
        assert cell.elpctl("keys", "revoke", "rating").code == 2, "a daemon is not revoked"

    def a_key_that_another_file_holds_too_has_not_ended_and_that_is_said():
        text, secret = (allow / "double.pub").read_text(), (keys / "double.key").read_text()
        for command in ("revoke", "rotate"):
            (allow / "twin.pub").write_text(text.replace("double", "twin"))
            run = cell.elpctl("keys", command, "double")
            said = [line for line in run.err.splitlines() if not line.startswith("{")]
            assert run.code == 1 and len(said) == 1 and "double" in said[0] and "twin.pub" in said[0], run
            assert "elpctl keys revoke twin" in run.err and not run.out, run
            assert (allow / "double.pub").exists() == (command == "rotate")
            assert "refused by: intake, rating, ledger, reporting" in cell.do("keys", "revoke", "twin")
            (allow / "double.pub").write_text(text)
            (keys / "double.key").touch(0o600)
            (keys / "double.key").write_text(secret)

    def the_one_who_asks_can_end_itself():
        cell.new_principal("last", "operator")
        told = json.loads(cell.do("keys", "revoke", "last", "--as", "last", "--json"))
        assert not told["confirmed"] and told["not_confirmed"] == "intake, rating, ledger, reporting", told

    def a_rotated_key_keeps_name_and_idempotency_keys():
        first = cell.submit([line("once", "09:00")], as_="software")[0].verdict
        old = cell.keys("software")
        session = Session(cell, "intake", "software")
        began = time.monotonic()
        told = json.loads(cell.do("keys", "rotate", "software", "--json"))
        assert told["confirmed"] == "intake, rating, ledger, reporting" and not told["not_confirmed"], told
        soon_refused([session], began)
        try:
            raise AssertionError(Session(cell, "intake", "software", keys=old).request(envelope_pb2.Health(), timeout=5))
        except NotAllowed:
            pass
        assert cell.keys("software")[0] != old[0]
        session = Session(cell, "intake", "software")
        answer, = session.request(intake_pb2.SubmitBatch(lines=[line("once", "09:00")])).lines
        assert answer.result == intake_pb2.LINE_RESULT_DUPLICATE and answer.verdict == first, answer
        session.close()
        assert cell.elpctl("keys", "rotate", "nobody").code == 1

    def the_asker_s_own_key_can_be_rotated():
        told = cell.do("keys", "rotate", "operator")
        assert "allowed by, and the old key refused by: intake, rating, ledger, reporting" in told, told
        for key in [key for key in cell.sessions if key[2] == "operator"]:
            cell.sessions.pop(key).close()
        cell.health("intake")

    def what_is_no_public_file_is_left_out_and_logged_once():
        good = (allow / "double.pub").read_text()
        bad = {"junk.pub": "\x00\xff junk", "empty.pub": "", "half.pub": good[:60], "other-name.pub": good,
               "short-key.pub": good.replace("double", "short-key").replace('public-key = "', 'public-key = "x'),
               "no-role.pub": good.replace("double", "no-role").replace("consumer", "king"),
               "no-scope.pub": good.replace("double", "no-scope").replace('scope = "*"', 'scope = "A01, A02"'),
               "twin.pub": good.replace("double", "twin"), "large.pub": good + "#" * 5000}
        for name, text in bad.items():
            (allow / name).write_bytes(text.encode("latin-1"))
        (allow / "folder.pub").mkdir()
        (allow / "link.pub").symlink_to("/nowhere")
        for service in SERVICES:
            def left_out():
                lines = [json.loads(text) for text in cell.log(service).splitlines() if '"allow.left-out"' in text]
                return {entry["file"] for entry in lines} == set(bad) and lines
            lines = wait_until(left_out, what=f"{service} says what it left out")
            assert len(lines) == len(bad), lines
            assert all(entry["reason"] for entry in lines)
        everybody_else_goes_on()
        # Of two files with one key the first in the order of names counts.
        Session(cell, "reporting", "double").request(reporting_pb2.SnapshotQuery())
        for name in bad:
            (allow / name).unlink()
        (allow / "folder.pub").rmdir()
        (allow / "link.pub").unlink()
        everybody_else_goes_on()

    def a_secret_file_that_is_none_or_open_to_others_is_refused_in_one_line():
        path = keys / "stays.key"
        text = path.read_text()
        spoiled = [
            (lambda: path.chmod(0o644), "may read this secret file"),
            (lambda: path.write_text(text[:-30]), "secret-key"),
            (lambda: path.write_text("nonsense\n"), "only the sections"),
            (lambda: path.write_text((allow / "stays.pub").read_text()), "public certificate"),
            (lambda: path.write_text(text.replace("public-key = \"", "public-key = \"1").replace("1\"", "\"")), "public-key"),
            (path.unlink, "cannot be opened"),
        ]
        for spoil, why in spoiled:
            path.touch(0o600)
            path.chmod(0o600)
            path.write_text(text)
            spoil()
            run = cell.elpctl("health", "--as", "stays")
            assert run.code == 78 and why in run.err and run.err.count("\n") == 1 and "stays.key" in run.err, run
            assert text.splitlines()[-1].split('"')[1] not in run.err
        path.write_text(text)
        path.chmod(0o600)
        cell.do("health", "--as", "stays")

    def a_daemon_does_not_start_on_such_a_file_either():
        pub = allow / "rating.pub"
        others = lambda: path.write_text((keys / "ledger.key").read_text())
        swapped = lambda: pub.write_text(pub.read_text().replace(cell.public_key("rating").decode(), "".join(
            reversed(cell.public_key("rating").decode()))))
        twin = lambda: (allow / "aaa.pub").write_text(pub.read_text().replace('"rating"', '"aaa"'))
        as_client = lambda: pub.write_text(pub.read_text().replace('"daemon"', '"operator"'))
        open_to_others, half, no_file = lambda: path.chmod(0o640), lambda: path.write_text(text[:20]), lambda: path.unlink()
        cases = [("rating", "rating.key", [(open_to_others, "chmod 600"), (half, "make one"), (no_file, "check the folder"),
                                           (others, "--make-keys"), (pub.unlink, "--make-keys"), (swapped, "--make-keys"),
                                           (as_client, "--make-keys"), (twin, "aaa.pub")]),
                 ("intake", "intake.key", [(open_to_others, "chmod 600"), (half, "make one"), (no_file, "check the folder")]),
                 ("intake", "vault.master", [(open_to_others, "chmod 600"), (half, "from its backup"),
                                             (no_file, "from its backup")])]
        for service, file, spoiled in cases:
            cell.stop(service)
            path = keys / file
            text, public = path.read_text(), pub.read_text()
            for spoil, way_out in spoiled:
                spoil()
                run = subprocess.run([BIN / f"elp-{service}", "--cell", cell.dir], capture_output=True, text=True, timeout=20)
                said = [line for line in run.stderr.splitlines() if not line.startswith("{")]
                assert run.returncode == 78 and len(said) == 1 and file in said[0] and way_out in said[0], run
                assert text.splitlines()[-1].split('"')[-2:][0] not in said[0]
                say(f"  {said[0]}")
                path.touch(0o600)
                path.write_text(text)
                path.chmod(0o600)
                pub.write_text(public)
                (allow / "aaa.pub").unlink(missing_ok=True)
            cell.start(service)

    def a_folder_of_keys_that_everybody_may_write_in_is_refused():
        cell.stop("rating")
        daemon = [BIN / "elp-rating", "--cell", cell.dir]
        for folder in (allow, keys):
            mode = folder.stat().st_mode & 0o7777
            for wide in (0o777, 0o702 | mode):
                folder.chmod(wide)
                for command in ([*daemon], [*daemon, "--check-config"], [BIN / "elpctl", "--cell", cell.dir, "health"]):
                    run = subprocess.run(command, capture_output=True, text=True, timeout=20)
                    said = [line for line in run.stderr.splitlines() if not line.startswith("{")]
                    assert run.returncode == 78 and len(said) == 1 and f"chmod o-w {folder}" in said[0], (command, run)
                say(f"  {said[0]}")
            # A mounted secret of Kubernetes is 1777 and read-only; the group is the administrator's own matter.
            for narrow in (0o1777, 0o770, mode):
                folder.chmod(narrow)
                run = subprocess.run([*daemon, "--check-config"], capture_output=True, text=True, timeout=20)
                assert run.returncode == 0, (oct(narrow), run)
        cell.start("rating")

    def an_allow_folder_that_vanishes_allows_nobody():
        away = cell.dir / "elsewhere"
        known = {service: cell.public_key(service) for service in SERVICES}
        cell.public_key = known.get

        def nobody(began):
            soon_refused(open_, began)
            for service in SERVICES:
                session = Session(cell, service, "stays")
                try:
                    raise AssertionError(session.request(envelope_pb2.Health(), timeout=5))
                except NotAllowed:
                    session.close()

        def everybody():
            for service in SERVICES:
                wait_until(lambda: cell._knows(service, "stays"), what=f"{service} allows again")
        for vanish, restore in ((lambda: allow.rename(away), lambda: away.rename(allow)),
                                (lambda: (allow.rename(away), allow.mkdir()), lambda: (allow.rmdir(), away.rename(allow))),
                                (lambda: (allow.rename(away), allow.write_text("")),
                                 lambda: (allow.unlink(), away.rename(allow)))):
            open_ = open_sessions("stays")
            began = time.monotonic()
            vanish()
            nobody(began)
            assert all(cell.running(service) for service in SERVICES)
            restore()
            everybody()
        cell.stop("rating")
        allow.rename(away)
        run = subprocess.run([BIN / "elp-rating", "--cell", cell.dir], capture_output=True, text=True, timeout=20)
        said = [text for text in run.stderr.splitlines() if not text.startswith("{")]
        assert run.returncode == 78 and len(said) == 1 and "allow folder" in said[0], run
        away.rename(allow)
        cell.start("rating")

    def a_daemon_s_key_in_a_client_s_hands_writes_nothing():
        for session in (Session(cell, "intake", "reporting"), Session(cell, "intake", "consumer")):
            for message in (intake_pb2.SubmitBatch(lines=[line("x", "10:00")]), intake_pb2.ErasePerson(person=1, reason="x"),
                            intake_pb2.SetClock(at="2026-03-01T00:00:00Z")):
                try:
                    raise AssertionError(session.request(message))
                except Refused as refused:
                    assert refused.code == "denied"
            session.close()

    def denials_are_counted_each_time_and_logged_once():
        session = Session(cell, "ledger", "consumer")
        before, logged = cell.health("ledger").requests_denied, cell.log("ledger").count('"event":"denied"')
        for _ in range(50):
            try:
                raise AssertionError(session.request(ledger_pb2.PaymentQuery()))
            except Refused:
                pass
        session.close()
        assert cell.health("ledger").requests_denied == before + 50
        assert cell.log("ledger").count('"event":"denied"') == logged + 1
        # A line for a provider that the sender does not represent, and a fact that is not its to send, are denials too.
        before, logged = cell.health("intake").requests_denied, cell.log("intake").count('"event":"denied"')
        cell.new_principal("stranger", "integrator")
        for place in range(5):
            answer, = cell.submit([line(f"y-{place}", "11:00")], as_="stranger")
            assert answer.verdict.reasons[0].code == "not-represented"
        assert cell.health("intake").requests_denied == before + 5
        assert cell.log("intake").count('"event":"denied"') == logged + 1

    try:
        run_claims(a_revoked_key_ends_on_open_sessions_and_subscriptions,
                   a_key_that_another_file_holds_too_has_not_ended_and_that_is_said, the_one_who_asks_can_end_itself,
                   a_rotated_key_keeps_name_and_idempotency_keys,
                   the_asker_s_own_key_can_be_rotated, what_is_no_public_file_is_left_out_and_logged_once,
                   a_secret_file_that_is_none_or_open_to_others_is_refused_in_one_line,
                   a_daemon_does_not_start_on_such_a_file_either, a_folder_of_keys_that_everybody_may_write_in_is_refused,
                   a_daemon_s_key_in_a_client_s_hands_writes_nothing,
                   denials_are_counted_each_time_and_logged_once, an_allow_folder_that_vanishes_allows_nobody)
    finally:
        for session in stays:
            session.close()
