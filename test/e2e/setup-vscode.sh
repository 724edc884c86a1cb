#!/usr/bin/env bash
# Installs a real VS Code workbench (code-server) and the browser that shows it
# (Chromium) for the end-to-end tests. playwright-core, a dev dependency, drives it.
#
#   setup-vscode.sh [CACHE_DIR]      default: ~/.cache/distillery-e2e
#
# Idempotent: skips every part that is already there in the pinned version.
# stdout: one line, the path of the launcher (CACHE_DIR/bin/code-server).
# stderr: progress, and on failure one clear "setup-vscode: ..." line.
# Needs: Linux x64 or arm64, glibc, npm; root (or sudo) only if a Debian
# package is missing. Registries used: npm and Debian's, nothing else.
set -euo pipefail

NODE_VERSION=24.21.0          # code-server 4.139 wants node 24
CODE_SERVER_VERSION=4.139.1   # VS Code 1.139.1
# chromium: the browser. libkrb5-dev: headers for the "kerberos" addon.
# The rest: compiler for code-server's addons; fonts so that text has a width.
APT_PACKAGES="chromium libkrb5-dev pkg-config make g++ python3 fonts-dejavu-core"

say()  { printf 'setup-vscode: %s\n' "$*" >&2; }
fail() { say "ERROR: $*"; exit 1; }

case "${1:-}" in -h|--help) sed -n '2,13s/^# \{0,1\}//p' "$0"; exit 0;; esac
CACHE=${1:-${VSCODE_E2E_HOME:-$HOME/.cache/distillery-e2e}}
mkdir -p "$CACHE" 2>/dev/null || fail "cannot create the cache folder $CACHE"
CACHE=$(cd "$CACHE" && pwd)
[ -w "$CACHE" ] || fail "cannot write in the cache folder $CACHE"

[ "$(uname -s)" = Linux ] || fail "only Linux is supported (this is $(uname -s))"
case "$(uname -m)" in
  x86_64) ARCH=x64 ;; aarch64|arm64) ARCH=arm64 ;;
  *) fail "no node package for the processor $(uname -m)" ;;
esac
command -v npm >/dev/null || fail "npm is not on PATH"
command -v flock >/dev/null || fail "flock is not on PATH (Debian package util-linux)"

# Two calls at once: the second waits for the first.
exec 9>"$CACHE/.lock"
flock -w 900 9 || fail "another setup has held $CACHE/.lock for 15 minutes"

# npm must run install scripts, whatever the caller's npm settings are.
unset NODE_OPTIONS NODE_ENV npm_config_prefix npm_config_local_prefix \
  npm_config_global npm_config_omit npm_config_production npm_config_workspace \
  npm_config_workspaces npm_config_dry_run FORCE_NODE_VERSION
export npm_config_ignore_scripts=false npm_config_audit=false npm_config_fund=false \
  npm_config_update_notifier=false npm_config_loglevel=warn

# --- 1. Debian packages -----------------------------------------------------
missing=""
for p in $APT_PACKAGES; do
  case "$p" in   # a tool that is there in another way will do
    chromium|make|g++|python3|pkg-config) command -v "$p" >/dev/null && continue ;;
  esac
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$p" 2>/dev/null)" = installed ] || missing="$missing $p"
done
if [ -n "$missing" ]; then
  command -v apt-get >/dev/null || fail "install these first (no apt-get here):$missing"
  SUDO=""
  if [ "$(id -u)" != 0 ]; then
    SUDO="sudo -n"; $SUDO true 2>/dev/null || fail "not root; run first: apt-get install --no-install-recommends$missing"
  fi
  say "installing Debian packages:$missing"
  log="$CACHE/apt.log"
  if ! { $SUDO apt-get -o DPkg::Lock::Timeout=300 update &&
         $SUDO env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 \
           install -y --no-install-recommends $missing; } 9>&- >"$log" 2>&1; then
    tail -15 "$log" >&2; fail "apt-get failed (log: $log)"
  fi
fi

# --- 2. npm packages, each in its own folder, stamped when complete -----------
# npm_part FOLDER PACKAGE VERSION [PACKAGES ALLOWED TO RUN SCRIPTS, as JSON]
npm_part() {
  local dir="$CACHE/$1" spec="$2@$3" allow="${4:-}" log="$CACHE/$1.log" t0=$SECONDS
  [ "$(cat "$dir/.complete" 2>/dev/null)" = "$spec" ] && return 0
  say "installing $spec"
  rm -rf "$dir"; mkdir -p "$dir"
  printf '{"name":"distillery-e2e-%s","private":true,"dependencies":{"%s":"%s"},"allowScripts":{%s}}\n' \
    "$1" "$2" "$3" "$allow" >"$dir/package.json"
  if ! (cd "$dir" && npm install --no-package-lock --foreground-scripts </dev/null 9>&- >"$log" 2>&1); then
    tail -25 "$log" >&2; fail "npm could not install $spec (log: $log)"
  fi
  echo "$spec" >"$dir/.complete"
  say "installed $spec in $((SECONDS - t0)) s"
}

npm_part node "node-linux-$ARCH" "$NODE_VERSION"
NODE_PKG="$CACHE/node/node_modules/node-linux-$ARCH"
"$NODE_PKG/bin/node" -e 0 2>/dev/null || fail "the node binary of $NODE_PKG does not run here"

# code-server's install script checks that npm itself runs on node 24, and its
# addons are compiled against the headers that came with that node.
( export PATH="$NODE_PKG/bin:$PATH" npm_config_nodedir="$NODE_PKG"
  npm_part code-server code-server "$CODE_SERVER_VERSION" '"code-server":true,"argon2":true' )
CS="$CACHE/code-server/node_modules/code-server"
[ -f "$CS/out/node/entry.js" ] || fail "code-server is not complete; remove $CACHE/code-server and run this again"

# --- 3. launcher --------------------------------------------------------------
mkdir -p "$CACHE/bin"
LAUNCHER="$CACHE/bin/code-server"
want=$(cat <<SH
#!/bin/sh
# Written by setup-vscode.sh. Runs code-server $CODE_SERVER_VERSION on node $NODE_VERSION.
here=\$(cd "\$(dirname "\$0")/.." && pwd)
exec "\$here/node/node_modules/node-linux-$ARCH/bin/node" "\$here/code-server/node_modules/code-server/out/node/entry.js" "\$@"
SH
)
if [ "$(cat "$LAUNCHER" 2>/dev/null)" != "$want" ] || [ ! -x "$LAUNCHER" ]; then
  printf '%s\n' "$want" >"$LAUNCHER.new"; chmod +x "$LAUNCHER.new"; mv "$LAUNCHER.new" "$LAUNCHER"
  # First run only: prove that it starts (its config goes to a throwaway folder).
  tmp=$(mktemp -d)
  got=$(XDG_CONFIG_HOME="$tmp" XDG_DATA_HOME="$tmp" "$LAUNCHER" --version 2>"$CACHE/launcher.log") || true
  rm -rf "$tmp"
  case "$got" in
    *"$CODE_SERVER_VERSION "*" with Code "*) ;;
    *) rm -f "$LAUNCHER"; cat "$CACHE/launcher.log" >&2; fail "code-server does not start: $got" ;;
  esac
fi
printf '%s\n' "$LAUNCHER"
