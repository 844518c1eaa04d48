"""A real Prometheus scrapes the four daemons, and each alarm of deploy/alerts.yml rings when it should and only then.

Goal: what deploy/prometheus.yml and deploy/alerts.yml promise to whoever is woken by them.
Method: Debian's prometheus with the shipped files, shortened intervals and this cell's ports; its HTTP interface is asked.
Alarms that cannot be provoked within seconds are rung by promtool, with series just beyond and just within their bounds.
"""

import json
import re
import signal
import subprocess
import tempfile
import urllib.parse
import urllib.request

from cell import SOURCE, Cell, run_claims, say, wait_until
from metrics_page import port, tool

DEPLOY = SOURCE / "deploy"
ALERTS = (DEPLOY / "alerts.yml").read_text()
DAEMONS = ("intake", "rating", "ledger", "reporting")


class Prometheus:
    """A Prometheus that scrapes one cell; `query` gives {labels as a sorted tuple: number}."""

    def __init__(self, cell):
        self.folder = cell.folder / "prometheus"
        self.folder.mkdir()
        shipped = (DEPLOY / "prometheus.yml").read_text()
        for place, daemon in enumerate(DAEMONS):
            inside = f'"{daemon}:{7119 + 10 * place}"'
            assert inside in shipped, f"deploy/prometheus.yml does not scrape {inside}"
            shipped = shipped.replace(inside, f'"127.0.0.1:{port(cell, daemon)}"')
        shipped, count = re.subn(r"(scrape|evaluation)_interval: 10s", r"\1_interval: 500ms", shipped)
        assert count == 2
        (self.folder / "prometheus.yml").write_text(shipped)
        (self.folder / "alerts.yml").write_text(ALERTS)
        self.port = cell.port_base + 8  # of the cell's own range, and used by no daemon
        with open(self.folder / "log", "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [tool("prometheus"), f"--config.file={self.folder}/prometheus.yml", f"--storage.tsdb.path={self.folder}/tsdb",
                 f"--web.listen-address=127.0.0.1:{self.port}"], stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def query(self, expression):
        where = f"http://127.0.0.1:{self.port}/api/v1/query?" + urllib.parse.urlencode({"query": expression})
        try:
            with urllib.request.urlopen(where, timeout=10) as reply:
                told = json.load(reply)
        except OSError:
            assert self.process.poll() is None, (self.folder / "log").read_text()[-2000:]
            return {}
        return {tuple(sorted(row["metric"].items())): float(row["value"][1]) for row in told["data"]["result"]}

    def waits_for(self, expression, expected, what):
        """Waits until the query gives exactly these: {value of the one label: number}."""
        def equal():
            return {labels[0][1] if labels else "": value for labels, value in self.query(expression).items()} == expected
        wait_until(equal, 60, f"{what}: {expression}")

    def close(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)


def constant(series, value):
    return (series, f"{value}+0x610")


def growing(series, step):
    """Grows by `step` every ten seconds, for a hundred minutes as `constant` lasts."""
    return (series, f"0+{step}x610")


# By alarm: what makes it ring, what just does not, and after how many minutes both are looked at.
RINGS = {
    "ElpDaemonAway": ([constant('up{job="elp",daemon="rating"}', 0)], [constant('up{job="elp",daemon="rating"}', 1)], 2),
    "ElpLoopStandsStill": ([constant("elp_loop_tick_age_seconds", 11)], [constant("elp_loop_tick_age_seconds", 10)], 2),
    "ElpStopped": ([constant("elp_stopped", 1)], [constant("elp_stopped", 0)], 1),
    "ElpRestarts": ([growing("elp_start_time_seconds", 10)], [constant("elp_start_time_seconds", 10)], 15),
    "ElpUpstreamSilent": ([constant('elp_upstream_connected{upstream="intake"}', 0)],
                          [constant('elp_upstream_connected{upstream="intake"}', 1)], 2),
    "ElpBacklog": ([constant("elp_upstream_backlog_records", 20001)], [constant("elp_upstream_backlog_records", 20000)], 15),
    "ElpStoreFills": ([constant("elp_store_used_bytes", 76), constant("elp_store_map_bytes", 100)],
                      [constant("elp_store_used_bytes", 75), constant("elp_store_map_bytes", 100)], 1),
    "ElpBusy": ([growing('elp_requests_refused_total{code="busy"}', 1)],
                [constant('elp_requests_refused_total{code="busy"}', 9), growing('elp_requests_refused_total{code="stale"}', 1)],
                10),
    "ElpReaderHoldsPages": ([constant("elp_store_reader_lag_commits", 10001)], [constant("elp_store_reader_lag_commits", 10000)],
                            15),
    "ElpSlowCommits": (
        [growing('elp_commit_duration_seconds_bucket{daemon="intake",le="0.25"}', 90),
         growing('elp_commit_duration_seconds_bucket{daemon="intake",le="0.5"}', 100),
         growing('elp_commit_duration_seconds_bucket{daemon="intake",le="+Inf"}', 100)],
        [growing('elp_commit_duration_seconds_bucket{daemon="intake",le="0.25"}', 1000),
         growing('elp_commit_duration_seconds_bucket{daemon="intake",le="0.5"}', 1001),
         growing('elp_commit_duration_seconds_bucket{daemon="intake",le="+Inf"}', 1001)], 20),
    "ElpForeignKeys": ([growing('elp_handshake_failures_total{reason="key"}', 1)],
                       [growing('elp_handshake_failures_total{reason="broken"}', 9)], 20),
    "ElpDenied": ([growing('elp_requests_total{daemon="ledger",outcome="denied"}', 1)],
                  [growing('elp_requests_total{daemon="ledger",outcome="answered"}', 9)], 20),
    "ElpUndecodable": ([growing("elp_frames_undecodable_total", 1)], [constant("elp_frames_undecodable_total", 7)], 5),
    "ElpRefusals": (
        [growing('elp_lines_total{verdict="accepted"}', 2), growing('elp_lines_total{verdict="refused"}', 1)],
        [growing('elp_lines_total{verdict="accepted"}', 4), growing('elp_lines_total{verdict="refused"}', 1),
         growing('elp_lines_total{verdict="duplicate"}', 9)], 100),
    "ElpFeedRestarts": ([growing("elp_feed_restarts_total", 1)], [constant("elp_feed_restarts_total", 9)], 20),
    "ElpSimulated": ([constant("elp_simulated", 1)], [constant("elp_simulated", 0)], 1),
}


def rule_tests():
    """promtool's form: at that minute the alarms that ring are this one, or none at all."""
    tests = []
    for alarm, (beyond, within, minutes) in RINGS.items():
        for series, ringing in ((beyond, [{"labels": f'{{alertname="{alarm}"}}', "value": 1}]), (within, [])):
            tests.append({
                "name": alarm,
                "interval": "10s",
                "input_series": [{"series": name, "values": values} for name, values in series],
                "promql_expr_test": [{"expr": 'count by (alertname) (ALERTS{alertstate="firing"})', "eval_time": f"{minutes}m",
                                      "exp_samples": ringing}],
            })
    return {"rule_files": [str(DEPLOY / "alerts.yml")], "evaluation_interval": "10s", "tests": tests}


def the_shipped_files_are_what_promtool_takes():
    run = subprocess.run([tool("promtool"), "check", "config", DEPLOY / "prometheus.yml"], capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr


def each_alarm_rings_beyond_its_bound_and_not_within():
    named = re.findall(r"- alert: (\w+)", ALERTS)
    assert sorted(named) == sorted(RINGS), f"not tried, or gone: {set(named) ^ set(RINGS)}"
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
        json.dump(rule_tests(), file)
        file.flush()
        run = subprocess.run([tool("promtool"), "test", "rules", file.name], capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr


def scraped(cell):
    prometheus = Prometheus(cell)
    everybody = {daemon: 1 for daemon in DAEMONS}

    def all_four_are_scraped():
        prometheus.waits_for('max by (daemon) (up{job="elp"})', everybody, "all four are up")

    def every_family_arrives():
        source = (SOURCE / "common" / "metrics_family.c").read_text()
        families = set(re.findall(r'\{\s*"(elp_[a-z_]+)"', source))
        histograms = set(re.findall(r'\{\s*"(elp_[a-z_]+)",(?:\s*"[^"]*")+,\s*METRICS_HISTOGRAM', source))
        expected = {family + "_count" if family in histograms else family for family in families}

        def missing():
            told = {labels[0][1] for labels in prometheus.query('count by (__name__) ({__name__=~"elp_.+"})')}
            return expected - told

        assert len(families) > 30 and len(histograms) == 3, (len(families), histograms)
        wait_until(lambda: not missing(), 30, f"every family has a sample, at first without {missing()}")

    def what_was_done_is_what_is_asked():
        head = cell.head("intake")
        prometheus.waits_for("max by (daemon) (elp_journal_head)", {daemon: head for daemon in DAEMONS}, "four equal heads")
        prometheus.waits_for("max(elp_upstream_backlog_records)", {"": 0}, "nobody is behind")

    def a_quiet_cell_on_the_manual_clock_rings_for_that_alone():
        prometheus.waits_for('count by (alertname) (ALERTS{alertstate="firing"})', {"ElpSimulated": 4}, "four daemons ring")

    def a_daemon_that_is_away_and_comes_back_is_seen():
        away = 'count by (daemon) (ALERTS{alertname="ElpDaemonAway"})'
        cell.kill("rating")
        prometheus.waits_for(away, {"rating": 1}, "the alarm waits its minute")
        starts = 'max by (daemon) (changes(elp_start_time_seconds{daemon="rating"}[5m]))'
        cell.start("rating")
        prometheus.waits_for(away, {}, "the alarm is over")
        prometheus.waits_for(starts, {"rating": 1}, "one restart is counted")
        prometheus.waits_for("max(elp_upstream_connected == 0)", {}, "everybody hears everybody")

    try:
        return run_claims(all_four_are_scraped, every_family_arrives, what_was_done_is_what_is_asked,
                          a_quiet_cell_on_the_manual_clock_rings_for_that_alone, a_daemon_that_is_away_and_comes_back_is_seen)
    finally:
        prometheus.close()


def main():
    if not tool("prometheus") or not tool("promtool"):
        say("skipped: no Prometheus here; deploy/install-deps --prometheus build/tools brings it")
        return
    run_claims(the_shipped_files_are_what_promtool_takes, each_alarm_rings_beyond_its_bound_and_not_within)
    with Cell() as cell:
        cell.start()
        cell.set_clock("2026-02-02T09:00:00+01:00")
        cell.load_book()
        cell.wait_caught_up()
        scraped(cell)


main()
