#!/usr/bin/env bash
# Installs the real servers, browser and Python clients that `npm run prove` tests against, on Debian or Ubuntu as root.
# Python packages go into .bourse/venv, programs that are built from their Go modules into .bourse/kubernetes; nothing is started.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "$(id -u)" != 0 ]; then
  echo "install-servers.sh needs root for apt-get: run it with sudo" >&2
  exit 1
fi
if ! command -v apt-get >/dev/null; then
  echo "install-servers.sh knows Debian and Ubuntu only; install redis, memcached, rabbitmq, postgresql, chromium, maven and a JDK by hand" >&2
  exit 1
fi

export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
apt-get update -qq
apt-get install -y -qq --no-install-recommends gcc libc6-dev redis-server memcached rabbitmq-server postgresql chromium python3-venv \
  maven openjdk-17-jdk-headless

python=$(command -v python3)
[ -x .bourse/venv/bin/python ] || "$python" -m venv .bourse/venv
.bourse/venv/bin/pip install -q --disable-pip-version-check -r scripts/requirements.txt

# kube-apiserver and etcd have no package: built from the modules that scripts/kubernetes/go.mod pins. Minutes once, seconds afterwards.
if ! command -v go >/dev/null; then
  echo "install-servers.sh needs Go 1.24 or newer for kube-apiserver and etcd: install it from go.dev" >&2
  exit 1
fi
build() { go build -C scripts/kubernetes -trimpath -ldflags="-s -w" -o "../../.bourse/kubernetes/$1" "$2"; }
build etcd go.etcd.io/etcd/server/v3
build kube-apiserver k8s.io/kubernetes/cmd/kube-apiserver
