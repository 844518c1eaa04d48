"""The program of docs/integrators.md, as it is printed, gets its first verdict from a real cell, and the same one again.

Goal: a reader who copies the page's program and follows its commands sees what the page says.
Method: extract, run against four daemons with the registry that the page names; then once more, with intake killed in between.
"""

import page_program
from cell import SOURCE, Cell, run_claims

PAGE, LINES = "integrators.md", 40
SMALL = SOURCE / "tests" / "integration" / "registry" / "small.yaml"


def verdict(cell):
    program = page_program.start(cell, PAGE, LINES, "cell", cell.endpoint("intake"))
    out = program.communicate(timeout=90)[0]
    return program.returncode, out


def main():
    with Cell() as cell:
        cell.start()
        cell.set_clock("2026-02-02T09:00:00+01:00")
        cell.load_book()
        cell.load_registry(SMALL.read_text())
        ids = []

        def the_program_of_the_page_gets_its_first_verdict():
            code, out = verdict(cell)
            key, result, attestation = out.split()
            assert code == 0 and key == "7d3f0a52/000001" and result == "LINE_RESULT_NEW", out
            ids.append(attestation)

        def running_it_again_doubles_nothing():
            code, out = verdict(cell)
            assert code == 0 and out.split()[1:] == ["LINE_RESULT_DUPLICATE", ids[0]], out
            assert cell.statistics("N07")["N07"].accepted == 1

        def it_waits_for_a_daemon_that_comes_back():
            cell.kill("intake")
            program = page_program.start(cell, PAGE, LINES, "cell", cell.endpoint("intake"))
            cell.start("intake")
            out = program.communicate(timeout=90)[0]
            assert program.returncode == 0 and out.split()[-1] == ids[0], out

        def the_attestation_is_rated_and_posted():
            cell.wait_caught_up()
            number = int(ids[0].rpartition("-")[2])
            assert cell.posting(number).state == "posted"

        def the_page_says_of_every_refusal_code_what_to_do():
            def codes(page, section):
                text = (SOURCE / "docs" / page).read_text().split(f"\n## {section}")[1].split("\n## ")[0]
                return sorted(line.split("`")[1] for line in text.splitlines() if line.startswith("| `"))

            assert codes(PAGE, "Codes") == codes("rules.md", "Intake"), codes("rules.md", "Intake")

        run_claims(the_program_of_the_page_gets_its_first_verdict, running_it_again_doubles_nothing,
                   it_waits_for_a_daemon_that_comes_back, the_attestation_is_rated_and_posted,
                   the_page_says_of_every_refusal_code_what_to_do)


main()
