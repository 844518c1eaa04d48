"""What operators get: composed file, units, alarms, and the page that explains them."""

import os
import re
import shutil
import subprocess
import tempfile

from claim import Claim
from tree import line_of

PAGE = "docs/operators.md"
ALERTS = "deploy/alerts.yml"
FAMILIES = "common/metrics_family.c"
COMPOSE = "docker-compose.yml"
UNIT = "deploy/systemd/elp@.service"


def families(tree):
    return re.findall(r'\{\s*"(elp_[a-z_]+)"', tree.files.get(FAMILIES, ""))


def check_page(tree):
    page = tree.files.get(PAGE, "")
    findings = []
    for family in families(tree):
        if f"`{family}`" not in page:
            findings.append(f"{PAGE}: no row tells what {family} is")
    for alarm in re.findall(r"- alert: (\w+)", tree.files.get(ALERTS, "")):
        if f"| `{alarm}` |" not in page:
            findings.append(f"{PAGE}: no row says what to do about {alarm}")
    for code in sorted(set(re.findall(r"FAILURE_\w+, (\d+),", tree.files.get("common/failure.c", "")))):
        if f"| {code} |" not in page:
            findings.append(f"{PAGE}: no row says what exit code {code} is")
    for name in re.findall(r"`(elp_[a-z_]+)`", page):
        if name not in families(tree):
            findings.append(f"{PAGE}: {name} is told by no daemon")
    return findings


def check_alarms(tree):
    known = set(families(tree))
    text = tree.files.get(ALERTS, "")
    findings = []
    for match in re.finditer(r"\belp_[a-z_]+", text):
        name = match.group()
        if not known & {name, re.sub(r"_(bucket|sum|count)$", "", name)}:
            findings.append(f"{ALERTS}:{line_of(text, match.start())}: no daemon tells {name}")
    return findings


def check_ports(tree):
    """Every socket of deploy/compose has the same port in the cell's, the clients' and Prometheus' file; what is published is
    a commands socket or the feed."""
    findings = []
    ports = {}
    for path, text in tree.matching(r"deploy/compose/[\w-]+\.yaml"):
        service = ""
        for line in text.split("\n"):
            if match := re.fullmatch(r"(\w+):", line):
                service = match.group(1)
            elif match := re.fullmatch(r'  (\w+): "(?:tcp://)?[\w.-]+:(\d+)"', line):
                socket = (service, match.group(1))
                if ports.setdefault(socket, match.group(2)) != match.group(2):
                    findings.append(f"{path}: {service}.{match.group(1)} has port {ports[socket]} elsewhere")
    public = {port for (service, socket), port in ports.items() if socket in ("commands", "feed")}
    published = set(re.findall(r"ELP_PUBLISH:-127\.0\.0\.1\}:(\d+):\d+", tree.files.get(COMPOSE, "")))
    for port in sorted(published ^ public):
        findings.append(f"{COMPOSE}: port {port} is {'published' if port in published else 'not published'}")
    for service, port in re.findall(r'"(\w+):(\d+)"\]', tree.files.get("deploy/prometheus.yml", "")):
        if ports.get((service, "metrics")) != port:
            findings.append(f"deploy/prometheus.yml: {service} tells its metrics at {ports.get((service, 'metrics'))}")
    return findings


CLOSED = ("read_only: true", "cap_drop: [ALL]", 'security_opt: ["no-new-privileges:true"]', "pids_limit:", "mem_limit:",
          'user: "1')
BASES = {"elp", "keys", "daemon"}


def compose_config(tree):
    """What the tool on this machine says about the file; nothing where there is none."""
    program = shutil.which("docker-compose")
    if not tree.root or not program:
        return []
    run = subprocess.run([program, "-f", os.path.join(tree.root, COMPOSE), "config", "-q"], capture_output=True, text=True,
                         timeout=50)
    return [f"{COMPOSE}: docker-compose config: {run.stderr.strip()[-500:]}"] if run.returncode else []


def check_compose(tree):
    text = tree.files.get(COMPOSE, "")
    findings = []
    base = re.search(r"^x-elp: &elp\n((?:  .*\n|\n)+)", text, re.M)
    for line in CLOSED:
        if not base or line not in base.group(1):
            findings.append(f"{COMPOSE}: x-elp lacks {line}")
    services = text.partition("\nservices:\n")[2].partition("\nnetworks:\n")[0]
    builders = []
    for match in re.finditer(r"^  ([\w-]+):\n((?:    .*\n|\n|  #.*\n)+)", services, re.M):
        name, body = match.groups()
        inherited = re.match(r"    <<: \*(\w+)\n", body)
        if not (inherited and inherited.group(1) in BASES) and not all(line in body for line in CLOSED):
            findings.append(f"{COMPOSE}: {name} is not closed as the others are")
        if inherited and ("    build:" in body or (base and "  build:" in base.group(1))):
            builders.append(name)
    if len(builders) > 1:
        findings.append(f"{COMPOSE}: {', '.join(builders)} build one image at once, which Compose 2 cannot write")
    return findings + compose_config(tree)


HARDENED = ("NoNewPrivileges=yes", "CapabilityBoundingSet=", "ProtectSystem=strict", "ProtectHome=yes", "PrivateTmp=yes",
            "PrivateDevices=yes", "RestrictAddressFamilies=", "SystemCallFilter=", "UMask=0077", "LimitCORE=0",
            "DynamicUser=yes", "LoadCredential=", "StateDirectory=", "Type=notify", "WatchdogSec=", "TimeoutStopSec=30")
# Whatever mends itself, a full disk first of all, is tried again for ever.
LASTING = ("StartLimitIntervalSec=0", "Restart=on-failure", "RestartPreventExitStatus=64 78")


def systemd_says(units):
    """What systemd-analyze says, with a program that exists in place of ours; nothing where there is no systemd."""
    program = shutil.which("systemd-analyze")
    if not program:
        return []
    with tempfile.TemporaryDirectory() as folder:
        for path, text in units:
            target = os.path.join(folder, os.path.relpath(path, "deploy/systemd"))
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(target, "w", encoding="utf-8") as stream:
                stream.write(text.replace("/usr/bin/elp-%i", "/bin/true"))
        names = [f"elp@{service}.service" for service in ("intake", "rating", "ledger", "reporting")] + ["elp.target"]
        run = subprocess.run([program, "verify", "--man=no", *(os.path.join(folder, name) for name in names)],
                             capture_output=True, text=True, timeout=50)
        said = sorted(set(run.stderr.replace(folder + "/", "deploy/systemd/").splitlines()))
        return said or ([f"deploy/systemd: systemd-analyze ended with {run.returncode}"] if run.returncode else [])


def check_units(tree):
    units = tree.matching(r"deploy/systemd/.*")
    text = tree.files.get(UNIT, "")
    findings = [f"{UNIT}: {line} is missing" for line in HARDENED if not re.search(rf"^{re.escape(line)}", text, re.M)]
    findings += [f"{UNIT}: {line} is missing" for line in LASTING if not re.search(rf"^{line}$", text, re.M)]
    return findings or systemd_says(units)


GOOD_UNIT = "[Unit]\n" + "\n[Service]\n".join(LASTING[:2]) + f"\n{LASTING[2]}\n" + "ExecStart=/usr/bin/elp-%i --keys %d\n" + "\n".join({
    "RestrictAddressFamilies=": "RestrictAddressFamilies=AF_INET", "SystemCallFilter=": "SystemCallFilter=@system-service",
    "LoadCredential=": "LoadCredential=%i.key:/etc/elp/keys/%i.key", "StateDirectory=": "StateDirectory=elp/%i",
    "WatchdogSec=": "WatchdogSec=30"}.get(line, line) for line in HARDENED) + "\n"
GOOD_COMPOSE = ("x-elp: &elp\n  user: \"10001:10001\"\n  read_only: true\n  cap_drop: [ALL]\n"
                "  security_opt: [\"no-new-privileges:true\"]\n  pids_limit: 64\n  mem_limit: 1g\n\nservices:\n  intake:\n"
                "    <<: *elp\n    command: [a]\n\nnetworks:\n")

CLAIMS = [
    Claim(
        "the_operators_page_tells_every_metric_alarm_and_exit_code",
        "Whoever is woken by an alarm finds what to do about it.",
        check_page,
        bad=[
            {FAMILIES: '{"elp_a_total", "A."}', PAGE: ""},
            {ALERTS: "- alert: ElpA\n", PAGE: "`ElpA`"},
            {"common/failure.c": "{FAILURE_MEMORY, 71, ", PAGE: "71"},
            {PAGE: "`elp_gone`"},
        ],
        good=[{FAMILIES: '{"elp_a_total", "A."}', ALERTS: "- alert: ElpA\n", "common/failure.c": "{FAILURE_MEMORY, 71, ",
               PAGE: "| `ElpA` | a |\n| `elp_a_total` | b |\n| 71 | c |\n"}],
    ),
    Claim(
        "alarms_ask_for_what_daemons_tell",
        "An alarm on a metric that nobody tells never rings.",
        check_alarms,
        bad=[{FAMILIES: '{"elp_a_total", ', ALERTS: "expr: elp_b_total > 0"}],
        good=[{FAMILIES: '{"elp_a_seconds", ', ALERTS: "expr: rate(elp_a_seconds_bucket[5m]) > 0"}],
    ),
    Claim(
        "the_composed_ports_agree_and_only_client_facing_ones_are_published",
        "Journals and metrics stay inside; a port that differs between two files is found when it hurts.",
        check_ports,
        bad=[
            {"deploy/compose/cell.yaml": 'intake:\n  commands: "tcp://intake:1"\n', COMPOSE: "",
             "deploy/compose/client.yaml": 'intake:\n  commands: "tcp://127.0.0.1:2"\n'},
            {"deploy/compose/cell.yaml": 'intake:\n  journal: "tcp://intake:1"\n',
             COMPOSE: "${ELP_PUBLISH:-127.0.0.1}:1:1"},
            {"deploy/compose/cell.yaml": 'intake:\n  metrics: "0.0.0.0:9"\n', COMPOSE: "",
             "deploy/prometheus.yml": 'targets: ["intake:8"]'},
        ],
        good=[{"deploy/compose/cell.yaml": 'intake:\n  commands: "tcp://intake:1"\n  metrics: "0.0.0.0:9"\n',
               COMPOSE: "${ELP_PUBLISH:-127.0.0.1}:1:1", "deploy/prometheus.yml": 'targets: ["intake:9"]'}],
    ),
    Claim(
        "composed_services_are_closed",
        "Not root, nothing writable but volumes, no capabilities, bounded, built once; docker-compose config checks the rest.",
        check_compose,
        bad=[
            {COMPOSE: GOOD_COMPOSE.replace("  read_only: true\n", "")},
            {COMPOSE: GOOD_COMPOSE.replace("    <<: *elp\n", "    image: other\n")},
            {COMPOSE: GOOD_COMPOSE.replace("\nnetworks:", "    build: .\n  rating:\n    <<: *elp\n    build: .\n\nnetworks:")},
        ],
        good=[{COMPOSE: GOOD_COMPOSE}],
    ),
    Claim(
        "units_are_hardened_and_pass_systemd_analyze",
        "A unit that systemd half understands runs unprotected.",
        check_units,
        bad=[{UNIT: GOOD_UNIT.replace("NoNewPrivileges=yes\n", "")}],
        good=[],
    ),
]
