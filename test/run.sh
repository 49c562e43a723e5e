#!/bin/sh
# Runs tap on what it is told: with Node's compile cache, and with the temporary folders of the tests in memory where there is room for them.
# A test lays a database's folder of a thousand files, and removes it: on a disk that costs more than what is tested. Nothing depends on it:
# a server that is killed loses no more there than what the kernel had taken over for a disk.
set -eu
cd "$(dirname "$0")/.."
export NODE_COMPILE_CACHE="$PWD/node_modules/.cache/compiled"
# What an earlier run left would be counted with this one's (test/attacks/table.ts).
rm -rf .tap/test-results

# Mebibytes that are free in memory and in the file system that lies in it.
memory=$(awk '/^MemAvailable:/ { print int($2 / 1024) }' /proc/meminfo 2>/dev/null || echo 0)
room=$(df -Pm /dev/shm 2>/dev/null | awk 'NR == 2 { print $4 }')
if [ -z "${TMPDIR:-}" ] && [ "${memory:-0}" -gt 12288 ] && [ "${room:-0}" -gt 6144 ] && folder=$(mktemp -d /dev/shm/linkage-XXXXXX); then
  trap 'rm -rf "$folder"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  # Servers of another user lie below it.
  chmod 711 "$folder"
  # Where nothing may be executed (noexec), scripts that tests write could not be.
  printf '#!/bin/sh\n' >"$folder/script"
  chmod +x "$folder/script"
  if "$folder/script" 2>/dev/null; then export TMPDIR="$folder"; fi
fi
tap "$@"
