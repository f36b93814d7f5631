#!/usr/bin/env bash
# Installs the real servers, browser and Python clients that `npm run prove` tests against, on Debian or Ubuntu as root.
# Python packages go into .bourse/venv; nothing is started.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "$(id -u)" != 0 ]; then
  echo "install-servers.sh needs root for apt-get: run it with sudo" >&2
  exit 1
fi
if ! command -v apt-get >/dev/null; then
  echo "install-servers.sh knows Debian and Ubuntu only; install redis, memcached, rabbitmq, postgresql and chromium by hand" >&2
  exit 1
fi

export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
apt-get update -qq
apt-get install -y -qq --no-install-recommends redis-server memcached rabbitmq-server postgresql chromium python3-venv

python=$(command -v python3)
[ -x .bourse/venv/bin/python ] || "$python" -m venv .bourse/venv
.bourse/venv/bin/pip install -q --disable-pip-version-check -r scripts/requirements.txt
