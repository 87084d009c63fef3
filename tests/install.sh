#!/usr/bin/env bash
# Installs the Debian packages that the tests need. Without root it says the line to type.
set -euo pipefail

wanted=()
command -v chromium >/dev/null || wanted+=(chromium)
command -v ffmpeg >/dev/null || wanted+=(ffmpeg)
command -v pdftoppm >/dev/null || wanted+=(poppler-utils)
command -v certutil >/dev/null || wanted+=(libnss3-tools)
command -v sqlite3 >/dev/null || wanted+=(sqlite3)
[ -x /usr/sbin/bearerbox ] || wanted+=(kannel)
command -v zbarimg >/dev/null || wanted+=(zbar-tools)
fc-list 2>/dev/null | grep -qi devanagari || wanted+=(fontconfig fonts-noto-core)
if ! command -v initdb >/dev/null && ! compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; then
  wanted+=(postgresql)
fi
python3 -c 'import ensurepip' 2>/dev/null || wanted+=(python3-venv)
[ ${#wanted[@]} -gt 0 ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
  echo "The tests need some packages. Type: sudo apt-get install ${wanted[*]}" >&2
  exit 1
fi
echo "installing ${wanted[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${wanted[@]}"
