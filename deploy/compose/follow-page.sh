# Part of deploy/compose-smoke: types the commands of docs/operators.md as they are printed there, into projects of their own.
# What is changed: nothing is cloned or built again, there is no terminal, and DIR and the trial's project are given names.
# shellcheck shell=bash

# page_block HEADING N: the Nth sh block below a heading of docs/operators.md.
page_block() {
  awk -v heading="$1" -v wanted="$2" '
    /^```/ { printing = !fenced && below && $0 == "```sh" && ++count == wanted; fenced = !fenced; next }
    !fenced && /^#+ / { sub(/^#+ /, ""); below = $0 == heading; count = 0 }
    printing' docs/operators.md
}

# make_shims: docker-compose without a terminal and from any folder, and elpctl as the page means it with compose.
make_shims() {
  local program
  mkdir -p "$work/shims"
  program="${compose[*]}"
  [ "$program" != docker-compose ] || program=$(command -v docker-compose)
  cat >"$work/shims/docker-compose" <<SHIM
#!/usr/bin/env bash
if [ "\$1" = run ]; then
  shift
  [[ " \$* " == *" -T "* ]] || set -- -T "\$@"
  set -- run "\$@"
fi
exec timeout --foreground 600 $program -f '$here/docker-compose.yml' "\$@"
SHIM
  printf '#!/bin/sh\nexec docker-compose run --rm elpctl "$@"\n' >"$work/shims/elpctl"
  chmod +x "$work/shims/docker-compose" "$work/shims/elpctl"
}

# type_block HEADING N [EDIT…]: types a block, after these edits of sed; fails with the first command that fails.
type_block() {
  local block edits=()
  block=$(page_block "$1" "$2")
  [ -n "$block" ] || { echo "docs/operators.md has no block $2 below '$1'"; return 1; }
  shift 2
  for edit in "$@"; do edits+=(-e "$edit"); done
  [ ${#edits[@]} -eq 0 ] || block=$(sed "${edits[@]}" <<<"$block")
  echo "$block"
  (cd "${typed_in:-$here}" && PATH=$work/shims:$PATH timeout --foreground 300 bash -euo pipefail -c "$block") </dev/null
}

level() { inside health; }
stored_since_the_backup() {
  printf 'representations:\n  - {principal: operator, provider: "*"}\n' |
    compose run --rm -T elpctl registry load /dev/stdin 2>"$work/inside.err"
}
# grep reads to the end here and below: with -q it would leave early, and what it leaves would count as failed.
copied_away() {
  tar -tf "$work/keys-intake.tar" | grep -x keys/vault.master && tar -tf "$work/backup-2026-05-01.tar" | grep /intake/
}

# A client on another machine: its folder, and the lines for "there" and for "here".
client_comes() {
  local typed_in=$work/there
  mkdir -p "$typed_in"
  sed "s/127\.0\.0\.1/$ELP_PUBLISH/" deploy/compose/client.yaml >"$typed_in/client.yaml"
  docker cp "$(container intake):/cell/allow/." "$typed_in"
  (type_block "Principals and their keys" 1 "/^# here/,\$d" "s|^elpctl|$bin/elpctl|") || return 1
  cp "$typed_in/client/allow/practice-software.pub" "$typed_in"
  type_block "Principals and their keys" 1 "1,/^# here/d"
}

follow_page() {
  local -x COMPOSE_PROJECT_NAME=$1 ELP_CELL_FILE=./deploy/compose/cell.yaml ELP_PUBLISH
  ELP_PUBLISH=$(loopback 78)
  # Daemons that had seen more say so within a moment; who reads looks again, and so does this.
  local asking='docker-compose run --rm elpctl health'
  local restoring="s/^$asking.*/for _ in \$(seq 30); do ! ($asking 2>\&1 || true) | grep 'elpctl rebuild' >/dev/null || break; done/"
  check "installing with compose" type_block "Install with compose" 1 '/^git clone/d' '/^docker-compose build/d' '/elpctl health/d'
  check "all four stand at the same record" within 60 level
  check "a client on another machine is let in" client_comes
  check "it is answered" within 60 "$bin/elpctl" --cell "$work/there/client" --as practice-software health
  check "backing up, and verifying" type_block "Backing up" 1 's|DIR/|/cell/backup/|'
  check "copying keys and backups away" type_block "Backing up" 2 "s|> |> $work/|"
  check "they are in it" copied_away
  check "a new key for a daemon" type_block "A daemon's own key" 1
  check "all four stand at the same record" within 60 level
  check "a new master key for the vault" type_block "The vault's master key" 1
  check "a record comes after the backup" stored_since_the_backup
  check "rating's store is lost" type_block "Of rating, ledger or reporting" 1
  check "all four stand at the same record" within 60 level
  check "intake's store is lost" type_block "Of intake" 1 "$restoring"
  check "all four stand at the same record" within 60 level
}

# The page's trial: a sample year on the manual clock, which ends with a table of budgets and leaves nothing.
try_page() {
  local -x ATTESTATIONS=400 ELP_PUBLISH
  ELP_PUBLISH=$(loopback 79)
  type_block "Install with compose" 2 "s/elp-try/$1/" >"$work/try.log" 2>&1 && grep -q A03 "$work/try.log" &&
    [ -z "$(docker volume ls -q -f "name=$1")" ] || { tail -n 30 "$work/try.log"; return 1; }
}
